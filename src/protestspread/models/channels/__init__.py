"""Channels of a panel: own past, neighbors and the rest of the country, side by side in a linear model."""
