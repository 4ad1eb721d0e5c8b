"""Maps: regions, points, graphs, flows, trees."""
