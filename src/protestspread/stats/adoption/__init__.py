"""Adoption: thresholds, exposure at onset, hazards, and how activity grows."""
