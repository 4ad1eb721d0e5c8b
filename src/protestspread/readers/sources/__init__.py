"""Sources of event data: one file for each, and their registry."""
