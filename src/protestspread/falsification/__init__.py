"""Contagion told apart from its rivals, and what changed after an intervention."""
