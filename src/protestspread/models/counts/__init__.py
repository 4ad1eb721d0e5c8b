"""Models of event counts."""
