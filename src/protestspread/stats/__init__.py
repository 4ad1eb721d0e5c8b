"""What is seen: tests and measures of spread in events and panels."""
