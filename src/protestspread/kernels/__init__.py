"""Compiled inner loops, each with a plain twin that tests it. numba is imported by these modules alone."""
