// Drawn above the ground: arrows of inferred spread, marks of very small regions, circles of cities, and names.

const MARK = 8; // radius of a mark, in pixels
const MOST_MARKS = 24;
const MOST_ARROWS = 200;

function circleScale(camera) {
  return Math.max(11, Math.min(26, 0.042 * Math.min(camera.width, 1.4 * camera.height)));
}

// Factor for small circles, rings and dots: below 1 where many cities share the map.
function crowding(model, camera) {
  const { cities, regions } = model;
  const marked = cities.known ? cities.order.filter((i) => cities.total(i) > 0).length : cities.count;
  const area = regions.reduce((sum, region) => sum + region.area, 0) * camera.k * camera.k;
  return Math.max(0.5, Math.min(1, Math.sqrt(area / Math.max(1, marked)) / 16));
}

function radiusOf(value, most, largest, crowded = 1) {
  return value > 0 ? Math.max(2.6 * crowded, largest * Math.sqrt(value / most)) : 0;
}

// Regions too small to be visible, if most others are visible.
function smallRegions(model, camera) {
  const areas = model.regions.map((region) => region.area * camera.k * camera.k);
  const median = areas.slice().sort((a, b) => a - b)[areas.length >> 1];
  const found = [];
  areas.forEach((area, r) => {
    if (area < 180 && area < 0.1 * median) found.push(r);
  });
  return median > 1200 && found.length <= MOST_MARKS ? found : [];
}

// Radii of all circles on a row.
function radiiAt(model, camera, t) {
  const { cities, dates } = model;
  const largest = circleScale(camera);
  const crowded = crowding(model, camera);
  return Float64Array.from({ length: cities.known ? cities.count : 0 }, (_, i) => radiusOf(cities.known[i * dates + t], cities.most, largest, crowded));
}

// Radius of a mark; behind the circle of its own city it is a rim around it.
function markRadius(model, camera, region, radii) {
  let radius = MARK;
  const { x, y } = model.regions[region];
  model.cities.region.forEach((of, i) => {
    const away = Math.hypot(model.cities.xy[2 * i] - x, model.cities.xy[2 * i + 1] - y) * camera.k;
    if (of === region && away < 6 && radii[i]) radius = Math.max(radius, radii[i] + 6.5);
  });
  return radius;
}

function paintMarks(g, model, camera, theme, scene) {
  for (const r of scene.marks) {
    const region = model.regions[r];
    const color = classColor(scene.view, theme, scene.after[r]);
    g.beginPath();
    g.arc(camera.x + camera.k * region.x, camera.y + camera.k * region.y, markRadius(model, camera, r, scene.radii), 0, 7);
    g.fillStyle = color || hatchFill(g, theme, 1);
    g.fill();
    g.lineWidth = scene.hover && scene.hover.region === r ? 2.4 : 1.1;
    g.strokeStyle = scene.hover && scene.hover.region === r ? theme.ink : theme.coast;
    g.stroke();
  }
}

function paintCircles(g, model, camera, theme, scene) {
  const { cities, dates } = model;
  const crowded = crowding(model, camera);
  for (const i of cities.order || cities.names.keys()) {
    const x = camera.x + camera.k * cities.xy[2 * i];
    const y = camera.y + camera.k * cities.xy[2 * i + 1];
    const radius = scene.radii[i] || 0;
    const value = cities.values ? cities.values[i * dates + scene.t] : 0;
    g.beginPath();
    if (!radius) {
      g.arc(x, y, 1.7 * crowded, 0, 7);
      g.fillStyle = theme.muted;
      g.fill();
      continue;
    }
    g.arc(x, y, radius, 0, 7);
    g.fillStyle = theme.city;
    g.globalAlpha = value === value ? 0.86 : 0.35;
    g.fill();
    g.globalAlpha = 1;
    g.lineWidth = 1.3 * crowded;
    g.strokeStyle = theme.paper;
    g.stroke();
    if (value > 0) {
      g.beginPath();
      g.arc(x, y, radius + 2.6 * crowded, 0, 7);
      g.lineWidth = 1.5 * crowded;
      g.strokeStyle = theme.city;
      g.stroke();
    }
  }
}

// Curve between two places; its tip is at the rim of the target's circle.
function curveBetween(camera, arrow, rim) {
  const at = (spot) => [camera.x + camera.k * spot[0], camera.y + camera.k * spot[1]];
  const [ax, ay] = at(arrow.from);
  const [bx, by] = at(arrow.to);
  const cx = (ax + bx) / 2 + 0.18 * (by - ay);
  const cy = (ay + by) / 2 - 0.18 * (bx - ax);
  const length = Math.hypot(bx - cx, by - cy) || 1;
  const [ux, uy] = [(bx - cx) / length, (by - cy) / length];
  return { ax, ay, cx, cy, ux, uy, bx: bx - ux * rim, by: by - uy * rim };
}

function paintArrows(g, model, camera, theme, scene) {
  const shown = model.arrows.list
    .filter((arrow) => arrow.row <= scene.t && arrow.p >= scene.least)
    .sort((a, b) => a.row - b.row || a.p - b.p)
    .slice(-MOST_ARROWS);
  for (const arrow of shown) {
    const age = scene.t - arrow.row;
    const fresh = age < scene.fade;
    const curve = curveBetween(camera, arrow, 4 + (scene.radii[arrow.target] || 0));
    const grown = age === 0 ? scene.share : 1;
    const width = 0.8 + 2.6 * arrow.p;
    // the part of the curve drawn so far, by De Casteljau's algorithm
    const [px, py] = [curve.ax + (curve.cx - curve.ax) * grown, curve.ay + (curve.cy - curve.ay) * grown];
    const [qx, qy] = [curve.cx + (curve.bx - curve.cx) * grown, curve.cy + (curve.by - curve.cy) * grown];
    const [ex, ey] = [px + (qx - px) * grown, py + (qy - py) * grown];
    g.globalAlpha = fresh ? 0.95 : 0.5;
    for (const [color, line] of [[theme.paper, width + 1.8], [fresh ? theme.arrow : theme.settled, width]]) {
      g.strokeStyle = color;
      g.lineWidth = line;
      g.beginPath();
      g.moveTo(curve.ax, curve.ay);
      g.quadraticCurveTo(px, py, ex, ey);
      g.stroke();
    }
    if (grown === 1) {
      const size = 5 + 2.4 * arrow.p;
      const side = 0.5 * size;
      g.fillStyle = fresh ? theme.arrow : theme.settled;
      g.beginPath();
      g.moveTo(ex + 2 * curve.ux, ey + 2 * curve.uy);
      g.lineTo(ex - size * curve.ux - side * curve.uy, ey - size * curve.uy + side * curve.ux);
      g.lineTo(ex - size * curve.ux + side * curve.uy, ey - size * curve.uy - side * curve.ux);
      g.fill();
    }
  }
  g.globalAlpha = 1;
}

function drawSymbol(g, mark, x, y) {
  const r = mark.size / 2;
  g.beginPath();
  if (mark.shape === "cross") {
    for (const side of [-r, r]) {
      g.moveTo(x - r, y - side);
      g.lineTo(x + r, y + side);
    }
  } else if (mark.shape === "square") g.rect(x - r, y - r, 2 * r, 2 * r);
  else g.arc(x, y, r, 0, 7);
  if (mark.shape !== "cross" && mark.color !== "none") g.fill();
  g.stroke();
}

// Set the colors of a mark; names of colors are those of the theme.
function penOf(g, mark, theme) {
  const color = theme[mark.color] || mark.color;
  g.fillStyle = color;
  g.strokeStyle = mark.shape === "cross" || mark.shape === "line" ? color : theme[mark.edge] || mark.edge;
  g.lineWidth = mark.shape === "line" ? mark.size : mark.width;
}

// Points, lines and areas of layers that have no painter of their own here.
function paintShapes(g, model, camera, theme, scene) {
  const at = (shape, i) => [camera.x + camera.k * shape[i], camera.y + camera.k * shape[i + 1]];
  for (const mark of model.page.marks || []) {
    if (scene.t < mark.rows[0] || scene.t > mark.rows[1]) continue;
    penOf(g, mark, theme);
    for (const parts of [...(mark.areas || []), ...(mark.lines || [])]) {
      g.beginPath();
      for (const part of parts) {
        g.moveTo(...at(part, 0));
        for (let i = 2; i < part.length; i += 2) g.lineTo(...at(part, i));
      }
      if (mark.shape === "area") g.fill("evenodd");
      g.stroke();
    }
    for (const point of mark.points || []) drawSymbol(g, mark, ...at(point, 0));
  }
}

// scene: t, view, after (classes), radii, share (of a transition), marks, hover, least, fade, showCities, showArrows
function paintStory(canvas, model, camera, theme, scene, names) {
  const g = prepareCanvas(canvas, camera.width, camera.height);
  if (scene.hover && scene.hover.region !== undefined && !scene.marks.includes(scene.hover.region)) {
    const dense = g.getTransform().a;
    toWorld(g, camera);
    g.lineJoin = "round";
    g.strokeStyle = theme.ink;
    g.lineWidth = 2.2 / camera.k;
    g.stroke(model.regions[scene.hover.region].path);
    g.setTransform(dense, 0, 0, dense, 0, 0);
  }
  if (scene.showArrows && model.arrows.count) paintArrows(g, model, camera, theme, scene);
  paintMarks(g, model, camera, theme, scene);
  if (scene.showCities) paintCircles(g, model, camera, theme, scene);
  paintShapes(g, model, camera, theme, scene);
  names.paint(g, camera, theme, scene);
}

// Returns a function that finds the city or region at a point of the screen, else null.
function makeFinder(model) {
  const g = document.createElement("canvas").getContext("2d");
  return function find(camera, scene, x, y) {
    const { cities } = model;
    let best = null;
    let nearest = Infinity;
    if (scene.showCities) {
      for (let i = 0; i < cities.count; i++) {
        const away = Math.hypot(camera.x + camera.k * cities.xy[2 * i] - x, camera.y + camera.k * cities.xy[2 * i + 1] - y);
        if (away <= Math.max(5, scene.radii[i] || 0) && away < nearest) {
          nearest = away;
          best = { city: i };
        }
      }
    }
    if (best) return best;
    for (const r of scene.marks) {
      const region = model.regions[r];
      const away = Math.hypot(camera.x + camera.k * region.x - x, camera.y + camera.k * region.y - y);
      if (away <= markRadius(model, camera, r, scene.radii)) return { region: r };
    }
    const [wx, wy] = [(x - camera.x) / camera.k, (y - camera.y) / camera.k];
    for (let i = model.largestFirst.length - 1; i >= 0; i--) {
      const { box, path } = model.regions[model.largestFirst[i]];
      if (wx < box[0] || wx > box[2] || wy < box[1] || wy > box[3]) continue;
      if (g.isPointInPath(path, wx, wy, "evenodd")) return { region: model.largestFirst[i] };
    }
    return null;
  };
}
