"""Fronts: whether onsets are later at greater distance from an origin."""
