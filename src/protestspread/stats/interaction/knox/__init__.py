"""Knox's test: at one pair of limits, under several nulls, and at many limits."""
