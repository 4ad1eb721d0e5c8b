"""Compiled inner loops, each tested against a plain version in numpy. Only these modules import numba."""
