// Boxes of far parts, with their names and scales.

function insetBox(camera, inset) {
  const [x0, y0, x1, y1] = inset.box;
  const [left, top] = [camera.x + camera.k * Math.min(x0, x1), camera.y + camera.k * Math.min(y0, y1)];
  return [left, top, camera.k * Math.abs(x1 - x0), camera.k * Math.abs(y1 - y0)];
}

// Their ground, which hides the context below them.
function paintInsets(g, model, camera, theme) {
  for (const inset of model.page.insets || []) {
    const [left, top, width, height] = insetBox(camera, inset);
    g.fillStyle = theme.land;
    g.fillRect(left, top, width, height);
    g.strokeStyle = theme.edge;
    g.lineWidth = 1;
    g.strokeRect(left + 0.5, top + 0.5, width, height);
  }
}

// Their names, and a round number of kilometers on each.
function nameInsets(g, model, camera, theme) {
  for (const inset of model.page.insets || []) {
    const [left, top, width, height] = insetBox(camera, inset);
    g.font = `600 ${theme.font.replace("12px", "11px")}`;
    g.fillStyle = theme.ink;
    g.fillText(fitText(g, inset.name, width - 10), left + 5, top + 13);
    const metres = model.page.grid.step / camera.k / inset.scale;
    const bar = roundBar(metres, 0.4 * width);
    g.font = theme.font.replace("12px", "10px");
    g.fillText(bar.text, left + 10 + bar.pixels, top + height - 5);
    g.fillRect(left + 5, top + height - 8, bar.pixels, 1.5);
  }
}
