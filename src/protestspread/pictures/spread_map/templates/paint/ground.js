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

// Color of a class: -1 (hatched) and 0 (zero), then 1 ... k.
function classColor(view, theme, index) {
  return index <= 0 ? theme.zero : (theme.dark ? view.dark : view.colors)[index - 1];
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
    const dense = g.getTransform().a / camera.k;
    g.setTransform(dense, 0, 0, dense, 0, 0);
    paintInsets(g, model, camera, theme);
    toWorld(g, camera);
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

  // Regions by color, so that each color is set once; and by hatching, which lies over the color.
  function fills(view, theme, before, after, share) {
    const colors = new Map();
    const hatched = new Map();
    const add = (found, key, path) => (found.has(key) ? found.get(key).push(path) : found.set(key, [path]));
    for (const r of model.largestFirst) {
      const now = classColor(view, theme, after.index[r]);
      const then = before && before.index[r] !== after.index[r] ? classColor(view, theme, before.index[r]) : now;
      add(colors, now === then ? now : mix(then, now, share), model.regions[r].path);
      if (after.index[r] < 0 || after.open[r]) add(hatched, hatchingOn(theme, now), model.regions[r].path);
    }
    return { colors, hatched };
  }

  return function paintGround(canvas, camera, theme, view, before, after, share) {
    const key = [camera.k, camera.x, camera.y, camera.width, camera.height, window.devicePixelRatio, theme.dark].join();
    if (key !== drawn) {
      paintBackdrop(camera, theme);
      paintBorders(camera, theme);
      drawn = key;
    }
    const g = prepareCanvas(canvas, camera.width, camera.height);
    g.drawImage(backdrop, 0, 0, camera.width, camera.height);
    toWorld(g, camera);
    if (model.page.tiles) g.globalAlpha = 0.78;
    const { colors, hatched } = fills(view, theme, before, after, share);
    for (const [color, paths] of colors) {
      g.fillStyle = color;
      for (const path of paths) g.fill(path, "evenodd");
    }
    for (const [tile, paths] of hatched) {
      g.fillStyle = hatchFill(g, tile, camera.k);
      for (const path of paths) g.fill(path, "evenodd");
    }
    g.globalAlpha = 1;
    const dense = g.getTransform().a / camera.k;
    g.setTransform(dense, 0, 0, dense, 0, 0);
    g.drawImage(borders, 0, 0, camera.width, camera.height);
  };
}
