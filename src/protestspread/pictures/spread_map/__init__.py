"""The spread map: one HTML file, offline, that plays how protest moved.

::

    api          spread_map, choropleth_map
    merging      min_count: small places merged with their neighbors
    payload      what the page holds, from: shapes, responses (lanes), arrows, tiles, words, encoding
    page         templates, policy, hashes; open_page: with foreign layers
    folium_map   SpreadMap, a folium.Map
    assets       our templates, Leaflet from XStatic-Leaflet
    templates/   the player: plain JavaScript in short modules, one style sheet
"""
