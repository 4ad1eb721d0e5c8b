"""Sources of event data, one file each, and their registry."""
