// Opens one map and its player; the map is handed back so that what users added can join it.
window.protestspread.open = function open(id) {
  const root = document.getElementById(id);
  const page = JSON.parse(document.getElementById(root.dataset.spread).textContent);
  const map = openLeaflet(element("div", "", root), page);
  startPlayer(root, page, leafletEngine(map));
  root.protestspread.map = map;
  return map;
};
