"""Everything that is looked at: the only place that imports matplotlib or folium."""
