"""Fronts: whether onsets come later with distance from an origin."""
