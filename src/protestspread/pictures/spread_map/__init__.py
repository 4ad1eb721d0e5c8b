"""The spread map: one HTML file that works offline and plays the spread of protest.

::

    api          spread_map, choropleth_map
    merging      min_count: merging small places with their neighbors
    payload      the data of a page, from shapes, page_layers (painters of layers), tiles, encoding
    page         the page: templates, policy, hashes; open_page: a page with added layers
    folium_map   SpreadMap, a folium.Map
    assets       templates of this package, and Leaflet from XStatic-Leaflet
    templates/   the player: short modules of plain JavaScript, and one style sheet
"""
