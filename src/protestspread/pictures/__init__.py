"""Charts, maps and animations: the only package that imports matplotlib or folium."""
