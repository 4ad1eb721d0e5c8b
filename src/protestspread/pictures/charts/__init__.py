"""Charts over time: curve, timeline, heatmap, stacked bars."""
