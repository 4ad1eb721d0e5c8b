// The map in Leaflet: two canvases in separate panes, one below and one above added layers.

// Attribution of the tiles; only text and http(s) links are kept.
function attributionOf(parts) {
  const line = element("span", "");
  for (const [text, address] of parts) {
    if (!address) line.append(text);
    else {
      const link = element("a", "", line, text);
      link.href = address;
      link.rel = "noopener";
      link.target = "_blank";
    }
  }
  return line;
}

function openLeaflet(host, page) {
  const map = L.map(host, {
    crs: planeCRS(page.plane, page.grid, page.insets),
    zoomControl: false,
    attributionControl: false,
    trackResize: false, // the player calls resize(), which also fits the map to its new size
    zoomAnimation: false,
    fadeAnimation: false,
    keyboard: false,
    scrollWheelZoom: false,
    zoomSnap: 0,
    zoomDelta: 0.7,
    wheelPxPerZoomLevel: 90,
    minZoom: -1,
    maxZoom: page.tiles ? page.tiles.maxZoom : 7,
    maxBoundsViscosity: 1,
    center: [0, 0],
    zoom: 1,
  });
  const { grid } = page;
  const corner = (x, y) => map.options.crs.projection.unproject(new L.Point(grid.x + x * grid.step, grid.y - y * grid.step));
  map.setView(corner(grid.width / 2, grid.height / 2), 1, { animate: false });
  if (page.tiles) {
    const { url, ...options } = page.tiles;
    L.tileLayer(url, { ...options, attribution: "" }).addTo(map);
  }
  return map;
}

function leafletEngine(map) {
  return function engine(host, canvas, model, words, moved) {
    const { grid, tiles } = model.page;
    const container = map.getContainer();
    const listeners = [];
    let dragging = false;
    let shown = false;
    let fitted = 0; // scale that shows the whole map
    host.insertBefore(container, host.firstChild);
    container.classList.add("host");
    container.tabIndex = 0;
    container.setAttribute("role", "group");
    container.setAttribute("aria-label", words.map);
    for (const [name, z] of [["ground", 250], ["story", 450]]) {
      const pane = map.createPane(`protestspread-${name}`);
      pane.style.zIndex = z;
      pane.style.pointerEvents = "none";
      canvas[name].style.position = "absolute";
      pane.appendChild(canvas[name]);
    }
    makeZoomButtons(host, words, (factor) => map.setZoom(map.getZoom() + Math.log2(factor), { animate: false }), fit);
    if (tiles && tiles.credit) host.appendChild(attributionOf(tiles.credit)).className = "credit";

    const crs = map.options.crs;
    const point = (x, y) => new L.Point(grid.x + x * grid.step, grid.y - y * grid.step);

    // Size of a grid unit on the screen, and the position of the origin.
    function camera() {
      const scale = crs.scale(map.getZoom());
      const [start, end] = [point(0, 0), point(grid.width, 0)].map((spot) => crs.transformation.transform(spot, scale));
      const corner = map.getPixelBounds().min;
      const size = map.getSize();
      return { fitted, k: (end.x - start.x) / grid.width, x: start.x - corner.x, y: start.y - corner.y, width: size.x, height: size.y };
    }

    function fit() {
      const size = map.getSize();
      const pad = Math.max(12, Math.min(26, 0.03 * size.x));
      const one = crs.transformation.transform(point(grid.width, grid.height), 1).subtract(crs.transformation.transform(point(0, 0), 1));
      const scale = Math.min((size.x - 2 * pad) / one.x, (size.y - 2 * pad) / one.y);
      map.setMinZoom(-3);
      const middle = crs.projection.unproject(point(grid.width / 2, grid.height / 2));
      map.setView(middle, crs.zoom(scale), { animate: false });
      fitted = camera().k;
      map.setMinZoom(map.getZoom() - 1);
    }

    // Keep the canvases over the visible map when Leaflet moves its panes.
    function place() {
      for (const one of [canvas.ground, canvas.story]) {
        L.DomUtil.setPosition(one, map.containerPointToLayerPoint([0, 0]));
        const size = map.getSize();
        one.style.width = `${size.x}px`;
        one.style.height = `${size.y}px`;
      }
    }

    map.on("move zoom viewreset", () => {
      listeners.forEach((listener) => listener());
      moved();
    });
    map.on("dragstart", () => (dragging = true));
    map.on("dragend", () => (dragging = false));
    container.addEventListener("focusin", () => map.scrollWheelZoom.enable());
    container.addEventListener("focusout", () => map.scrollWheelZoom.disable());
    container.addEventListener("pointerdown", () => container.focus({ preventScroll: true }));
    container.addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey || map.scrollWheelZoom.enabled()) return;
        event.preventDefault();
        map.setZoomAround(map.mouseEventToContainerPoint(event), map.getZoom() - event.deltaY / 200, { animate: false });
      },
      { passive: false },
    );
    container.addEventListener("keydown", (event) => {
      const by = event.target === container && panKey(event, camera());
      if (by) map.panBy([-by[0], -by[1]], { animate: false });
    });

    return {
      camera() {
        place();
        return camera();
      },
      busy: () => dragging,
      onMove: (listener) => listeners.push(listener),
      resize() {
        const all = !shown || Math.abs(camera().k / fitted - 1) < 1e-6;
        const before = map.getSize();
        map.invalidateSize({ animate: false });
        if (!shown || (all && !before.equals(map.getSize()))) fit();
        shown = true;
      },
    };
  };
}
