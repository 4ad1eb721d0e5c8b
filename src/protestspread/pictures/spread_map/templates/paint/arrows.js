// Arrows of inferred spread, and points, lines and areas of other layers.

const MOST_ARROWS = 200;

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

// The arrows of a row: those of the pinned place if there is one, else the most probable of all.
function arrowsAt(model, scene) {
  const { list } = model.arrows;
  const number = scene.pin === null ? -1 : scene.pin.city ?? model.cities.count + scene.pin.region;
  const mine = number < 0 ? [] : list.filter((arrow) => arrow.p >= 0.1 && (arrow.target === number || arrow.source === number));
  if (mine.length) return { pinned: number, shown: mine };
  const shown = scene.showArrows ? list.filter((arrow) => arrow.row <= scene.t && arrow.p >= scene.least) : [];
  return { pinned: -1, shown: shown.sort((a, b) => a.row - b.row || a.p - b.p).slice(-MOST_ARROWS) };
}

function paintArrows(g, model, camera, theme, scene) {
  const { pinned, shown } = arrowsAt(model, scene);
  for (const arrow of shown) {
    const age = scene.t - arrow.row;
    const strong = pinned < 0 ? age < scene.fade : arrow.target === pinned;
    const curve = curveBetween(camera, arrow, 4 + (scene.radii[arrow.target] || 0));
    const grown = age === 0 && pinned < 0 ? scene.share : 1;
    const width = 0.9 + 3.6 * arrow.p;
    // the part of the curve drawn so far, by De Casteljau's algorithm
    const [px, py] = [curve.ax + (curve.cx - curve.ax) * grown, curve.ay + (curve.cy - curve.ay) * grown];
    const [qx, qy] = [curve.cx + (curve.bx - curve.cx) * grown, curve.cy + (curve.by - curve.cy) * grown];
    const [ex, ey] = [px + (qx - px) * grown, py + (qy - py) * grown];
    g.globalAlpha = strong ? 0.95 : 0.5;
    for (const [color, line] of [[theme.paper, width + 1.8], [strong ? theme.arrow : theme.settled, width]]) {
      g.strokeStyle = color;
      g.lineWidth = line;
      g.beginPath();
      g.moveTo(curve.ax, curve.ay);
      g.quadraticCurveTo(px, py, ex, ey);
      g.stroke();
    }
    if (grown === 1) paintTip(g, curve, ex, ey, 5 + 2.4 * arrow.p, strong ? theme.arrow : theme.settled);
  }
  g.globalAlpha = 1;
}

function paintTip(g, { ux, uy }, x, y, size, color) {
  const side = 0.5 * size;
  g.fillStyle = color;
  g.beginPath();
  g.moveTo(x + 2 * ux, y + 2 * uy);
  g.lineTo(x - size * ux - side * uy, y - size * uy + side * ux);
  g.lineTo(x - size * ux + side * uy, y - size * uy - side * ux);
  g.fill();
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
    if (scene.t < mark.rows[0] || scene.t > mark.rows[1] || scene.off.has(mark.label)) continue;
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
