"""The spread map: one HTML file that works offline and plays the spread of protest.

::

    api          spread_map, choropleth_map
    merging      min_count: merging small places with their neighbors
    payload      the data of a page, and the painters of its layers; from encoding, tiles
    encoding     numbers, texts and geometry for a page
    page         the page: templates, Leaflet, policy, hashes; open_page: a page with added layers
    folium_map   SpreadMap, a folium.Map
    templates/   the player: short modules of plain JavaScript, and one style sheet
"""
