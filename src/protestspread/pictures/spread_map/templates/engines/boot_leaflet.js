// Open one map and its player. Return the map, so that layers can be added to it.
window.protestspread.open = function open(id) {
  const root = document.getElementById(id);
  const page = JSON.parse(document.getElementById(root.dataset.spread).textContent);
  const map = openLeaflet(element("div", "", root), page);
  startPlayer(root, page, leafletEngine(map));
  root.protestspread.map = map;
  return map;
};
