"""Spatial autocorrelation by day: whether neighboring places have similar values."""
