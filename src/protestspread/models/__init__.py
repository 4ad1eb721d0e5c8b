"""Models of spread, and their fits to data."""
