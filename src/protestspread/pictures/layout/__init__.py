"""Label placement, legends and figures measured in pixels."""
