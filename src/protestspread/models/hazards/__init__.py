"""Hazards of onset: event history."""
