"""Spatial autocorrelation day by day: whether neighboring places are alike."""
