// Ground of the map: neighboring countries, water, regions in the color of their class, and borders.
// The camera is the position on the screen: x = camera.x + camera.k * (x on the grid).

function toWorld(g, camera) {
  const dense = g.getTransform().a;
  g.setTransform(dense * camera.k, 0, 0, dense * camera.k, dense * camera.x, dense * camera.y);
}

// Blend of two colors, "#rrggbb".
function mix(from, to, share) {
  const channel = (color, i) => parseInt(color.slice(1 + 2 * i, 3 + 2 * i), 16);
  const mixed = [0, 1, 2].map((i) => Math.round(channel(from, i) + (channel(to, i) - channel(from, i)) * share));
  return "#" + mixed.map((value) => value.toString(16).padStart(2, "0")).join("");
}

// Color of a class: null for -1 (hatched), then 0 (zero), 1 ... k.
function classColor(view, theme, index) {
  if (index < 0) return null;
  return index === 0 ? theme.zero : (theme.dark ? view.dark : view.colors)[index - 1];
}

function makeGround(model) {
  const backdrop = document.createElement("canvas");
  const borders = document.createElement("canvas");
  const outline = new Path2D();
  for (const region of model.regions) outline.addPath(region.path);
  let drawn = "";

  // Neighboring countries, and a dark outline of the regions; the fills cover its inner half.
  function paintBackdrop(camera, theme) {
    const g = prepareCanvas(backdrop, camera.width, camera.height);
    toWorld(g, camera);
    g.lineJoin = "round";
    if (model.context && !model.page.tiles) {
      for (const [paths, fill, edge] of [[model.context.land, theme.land, theme.line], [model.context.water, theme.sea, theme.waterline]]) {
        g.fillStyle = fill;
        g.strokeStyle = edge;
        g.lineWidth = 0.8 / camera.k;
        for (const path of paths) {
          g.fill(path, "evenodd");
          g.stroke(path);
        }
      }
    }
    g.strokeStyle = theme.coast;
    g.lineWidth = 2.4 / camera.k;
    g.stroke(outline);
  }

  function paintBorders(camera, theme) {
    const g = prepareCanvas(borders, camera.width, camera.height);
    toWorld(g, camera);
    g.lineJoin = "round";
    g.strokeStyle = theme.edge;
    g.lineWidth = (model.regions.length > 500 ? 0.35 : 0.8) / camera.k;
    g.stroke(outline);
  }

  // Regions by color, so that each color is set once.
  function fills(view, theme, before, after, share) {
    const found = new Map();
    for (const r of model.largestFirst) {
      const now = classColor(view, theme, after[r]);
      const then = before && before[r] !== after[r] ? classColor(view, theme, before[r]) : now;
      const color = now && then ? (now === then ? now : mix(then, now, share)) : now;
      if (!found.has(color)) found.set(color, []);
      found.get(color).push(model.regions[r].path);
    }
    return found;
  }

  return function paintGround(canvas, camera, theme, view, before, after, share) {
    const key = [camera.k, camera.x, camera.y, camera.width, camera.height, window.devicePixelRatio, theme.paper, theme.land].join();
    if (key !== drawn) {
      paintBackdrop(camera, theme);
      paintBorders(camera, theme);
      drawn = key;
    }
    const g = prepareCanvas(canvas, camera.width, camera.height);
    g.drawImage(backdrop, 0, 0, camera.width, camera.height);
    toWorld(g, camera);
    if (model.page.tiles) g.globalAlpha = 0.78;
    for (const [color, paths] of fills(view, theme, before, after, share)) {
      g.fillStyle = color || hatchFill(g, theme, camera.k);
      for (const path of paths) g.fill(path, "evenodd");
    }
    g.globalAlpha = 1;
    const dense = g.getTransform().a / camera.k;
    g.setTransform(dense, 0, 0, dense, 0, 0);
    g.drawImage(borders, 0, 0, camera.width, camera.height);
  };
}
