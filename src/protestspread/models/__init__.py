"""Models of spread and their fits."""
