"""Transmission trees: who probably followed whom, from a fit or from a given delay."""
