// Start one player in Leaflet, and return its map.
function startLeaflet(root, page) {
  const map = openLeaflet(element("div", "", root), page);
  startPlayer(root, page, leafletEngine(map));
  root.protestspread.map = map;
  return map;
}
// For pages with added layers: their data are not compressed, so that the map is there when layers are added to it.
window.protestspread = { open: (id) => startLeaflet(document.getElementById(id), pageOf(document.getElementById(id))) };
// A closed page ends with the player; a page with added layers begins with it, and has no roots yet.
document.querySelectorAll("[data-spread]").forEach(async (root) => startLeaflet(root, await inflateAll(pageOf(root))));
