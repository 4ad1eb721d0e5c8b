"""Statistics of spread: tests and measures for events and panels."""
