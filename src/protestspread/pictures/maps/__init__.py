"""Maps of regions, points, graphs, flows and trees."""
