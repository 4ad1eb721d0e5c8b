"""Models of contagion on a graph."""
