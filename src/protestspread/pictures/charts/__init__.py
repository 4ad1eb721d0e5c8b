"""Charts over time: curve, timeline, heatmap and stacked bars."""
