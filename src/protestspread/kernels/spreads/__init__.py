"""Compiled loops of spreads on graphs: contagion, cascades and thresholds, each with its plain twin."""
