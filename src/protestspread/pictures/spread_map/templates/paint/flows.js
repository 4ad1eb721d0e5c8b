// Flows, such as troops: lines from their origin, which may be outside the map, to their destination. Returns functions that
// write their names, once the other names have their places.

const WIDEST = 7;

function paintFlows(g, model, camera, theme, scene) {
  const { flows } = model.page;
  if (!flows || !scene.showFlows) return [];
  const now = flows.filter((flow) => flow.rows[0] <= scene.t && scene.t <= flow.rows[1]);
  const most = Math.max(...flows.map((flow) => flow.size || 0), 1);
  const taken = [...scene.boxes];
  const names = [];
  for (const flow of now) {
    const [ax, ay, bx, by] = flow.ends.map((value, i) => (i % 2 ? camera.y : camera.x) + camera.k * value);
    const [cx, cy] = [(ax + bx) / 2 + 0.1 * (by - ay), (ay + by) / 2 - 0.1 * (bx - ax)];
    const width = flow.size === null ? 1.5 : Math.max(1.8, WIDEST * Math.sqrt(flow.size / most));
    g.setLineDash(flow.size === null ? [4, 3] : []);
    for (const [color, line] of [[theme.paper, width + 2], [theme.flow, width]]) {
      g.strokeStyle = color;
      g.lineWidth = line;
      g.beginPath();
      g.moveTo(ax, ay);
      g.quadraticCurveTo(cx, cy, bx, by);
      g.stroke();
    }
    g.setLineDash([]);
    const length = Math.hypot(bx - cx, by - cy) || 1;
    paintTip(g, { ux: (bx - cx) / length, uy: (by - cy) / length }, bx, by, 7 + width, theme.flow);
    names.push((boxes) => nameFlow(g, camera, theme, flow.name, [ax, ay, cx, cy, bx, by], taken, boxes));
  }
  return names;
}

// The name stands where the line enters the map.
function nameFlow(g, camera, theme, name, [ax, ay, cx, cy, bx, by], taken, boxes) {
  g.font = `600 ${theme.font.replace("12px", "11.5px")}`;
  const width = g.measureText(name).width;
  let box = null;
  for (let share = 0.02; share < 0.9 && !box; share += 0.02) {
    const [u, v, w] = [(1 - share) ** 2, 2 * share * (1 - share), share ** 2];
    const [x, y] = [u * ax + v * cx + w * bx, u * ay + v * cy + w * by];
    if (x < 2 || y < 12 || x > camera.width - 2 || y > camera.height - 12) continue;
    const sides = [x + 8, x - 8 - width].map((left) => [left, y - 7, left + width, y + 7]);
    box = sides.find((side) => side[0] > 4 && side[2] < camera.width - 4 && !overlaps(side, taken) && !overlaps(side, boxes)) || null;
  }
  if (!box) return;
  taken.push(box);
  g.lineWidth = 3.2;
  g.strokeStyle = theme.paper;
  g.lineJoin = "round";
  g.textBaseline = "middle";
  g.strokeText(name, box[0], box[1] + 7);
  g.fillStyle = theme.flow;
  g.fillText(name, box[0], box[1] + 7);
  g.textBaseline = "alphabetic";
}
