// Names, placed without overlapping each other or a circle at its final size. They are placed once per map view, so that
// they do not move from date to date.

const NAME_LENGTH = 26;
const MOST_NAMES = 80;
const NAME_AREA = 8800; // square pixels of the map per name
const MOST_OBSTACLES = 300;
const SURE = 16; // names that may lie on circles of others where there is no other room

function overlaps(box, taken) {
  return taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1]);
}

// Candidate boxes for the name of a city: right, left, above, below, then the corners.
function cityBoxes(x, y, reach, width) {
  const r = reach + 4;
  const d = 0.7 * reach + 3;
  return [
    [x + r, y - 7], [x - r - width, y - 7], [x - width / 2, y - reach - 16], [x - width / 2, y + reach + 2],
    [x + d, y - d - 12], [x + d, y + d - 2], [x - d - width, y - d - 12], [x - d - width, y + d - 2],
  ].map(([left, top]) => [left, top, left + width, top + 14]);
}

// Cities in the order of their names: the first to join, then by turns the most active and the largest.
function nameOrder(cities) {
  const active = cities.order.filter((i) => !cities.series || cities.series.total(i) > 0);
  const joined = cities.series ? active.slice().sort((a, b) => cities.series.first[a] - cities.series.first[b]).slice(0, 3) : [];
  const large = active.slice().sort((a, b) => cities.rank[a] - cities.rank[b]);
  const byTurns = active.flatMap((one, i) => [one, large[i]]);
  return [...new Set([...joined, ...byTurns, ...cities.order])];
}

function makeNames(model) {
  const find = makeFinder(model);
  let placed = [];
  let key = "";

  // taken: boxes of buttons, headline and squares
  function place(g, camera, theme, scene) {
    const { cities } = model;
    const final = radiiAt(model, camera, { from: null, t: model.dates - 1 });
    const at = (x, y) => [camera.x + camera.k * x, camera.y + camera.k * y];
    const taken = [...scene.boxes, ...scene.squares.map(({ x, y, half }) => [x - half, y - half, x + half, y + half])];
    const circles = [];
    for (const [left, top, width, height] of (model.page.insets || []).map((inset) => insetBox(camera, inset))) taken.push([left, top, left + width, top + 16], [left, top + height - 16, left + width, top + height]);
    const crowded = crowding(model, camera);
    const reach = (i) => (scene.chance ? 7.5 * crowded : final[i] ? (scene.first && crowded === 1 ? FIRST_RADIUS : final[i] + 3.4 * crowded) : 2);
    const most = Math.min(MOST_NAMES, Math.round((camera.width * camera.height) / NAME_AREA));
    const order = nameOrder(cities);
    if (scene.showCities) {
      for (const i of order.slice(0, crowded < 1 ? most : MOST_OBSTACLES)) {
        const [x, y] = cityAt(model, camera, i);
        const r = final[i] ? 0.85 * reach(i) : 1;
        circles.push([x - r, y - r, x + r, y + r]);
      }
    }
    const found = [];
    const fits = (box) => box[0] > 2 && box[1] > 2 && box[2] < camera.width - 2 && box[3] < camera.height - 2;
    const tryBoxes = (name, boxes, style, sure) => {
      const free = boxes.filter((candidate) => fits(candidate) && !overlaps(candidate, taken));
      const box = free.find((candidate) => !overlaps(candidate, circles)) || (sure ? free[0] : undefined);
      if (!box) return;
      taken.push([box[0] - 3, box[1], box[2] + 3, box[3]]);
      found.push({ name, box, ...style });
    };
    if (scene.showCities && cities.count) {
      g.font = `600 ${theme.font}`;
      const close = cities.count <= 25 || camera.k > 1.8 * camera.fitted;
      const first = scene.pin !== null && scene.pin.city !== undefined ? [scene.pin.city] : [];
      for (const i of new Set([...first, ...order])) {
        if (found.length >= most) break;
        const named = scene.pin !== null && isCity(scene.pin, i);
        if (!named && cities.series && !cities.series.total(i) && !close) continue; // named only when zoomed in
        const [x, y] = cityAt(model, camera, i);
        if (x < 0 || y < 0 || x > camera.width || y > camera.height) continue;
        const name = shorten(cities.names[i], NAME_LENGTH);
        tryBoxes(name, cityBoxes(x, y, reach(i), g.measureText(name).width), { city: i }, named || found.length < SURE);
      }
    } else placeRegions(g, camera, theme, scene, at, tryBoxes, found, most);
    if (model.context && !model.page.tiles) placeContext(g, camera, theme, at, taken.concat(circles), found, fits);
    return found;
  }

  function placeRegions(g, camera, theme, scene, at, tryBoxes, found, most) {
    g.font = `600 ${theme.font}`;
    const squares = new Map(scene.squares.map((square) => [square.region, square]));
    for (const r of new Set([...squares.keys(), ...model.largestFirst.slice(0, 400)])) {
      if (found.length >= most) break;
      const region = model.regions[r];
      const square = squares.get(r);
      const [x, y] = square ? [square.x, square.y] : at(region.x, region.y);
      const name = shorten(region.name, NAME_LENGTH);
      const width = g.measureText(name).width;
      if (square) tryBoxes(name, cityBoxes(x, y, square.half + 2, width), { region: r });
      else if (width < 0.9 * camera.k * (region.box[2] - region.box[0])) tryBoxes(name, [[x - width / 2, y - 7, x + width / 2, y + 7]], { region: r });
    }
  }

  // Names of neighboring countries and water, only outside the regions.
  function placeContext(g, camera, theme, at, taken, found, fits) {
    const bare = { showCities: false, squares: [], radii: [] };
    const boxes = (model.page.insets || []).map((inset) => insetBox(camera, inset)).map(([left, top, width, height]) => [left, top, left + width, top + height]);
    for (const [text, wx, wy, water] of model.context.names) {
      const [x, y] = at(wx, wy);
      const name = shorten(text, NAME_LENGTH);
      g.font = contextFont(theme, water);
      const width = g.measureText(name).width;
      for (const shift of [0, -18, 18, -36, 36]) {
        const box = [x - width / 2, y - 7 + shift, x + width / 2, y + 7 + shift];
        const spots = [0, 0.25, 0.5, 0.75, 1].map((share) => [box[0] + share * width, y + shift]);
        if (!fits(box) || overlaps(box, taken) || overlaps(box, boxes) || spots.some(([px, py]) => find(camera, bare, px, py))) continue;
        taken.push(box);
        found.push({ name, box, water, context: true });
        break;
      }
    }
  }

  function paint(g, camera, theme, scene) {
    const now = [camera.k, camera.x, camera.y, camera.width, camera.height, scene.showCities, scene.view.key, scene.squares.length, JSON.stringify(scene.pin), scene.boxes.join()].join();
    if (now !== key) {
      placed = place(g, camera, theme, scene);
      key = now;
    }
    g.lineJoin = "round";
    g.textBaseline = "middle";
    for (const { name, box, city, water, context } of placed) {
      const quiet = city !== undefined && model.cities.series && !scene.radii[city] && !isCity(scene.pin, city);
      g.font = context ? contextFont(theme, water) : (quiet ? "" : "600 ") + theme.font;
      if (!context) {
        g.lineWidth = 3.2;
        g.strokeStyle = theme.paper;
        g.globalAlpha = 0.88;
        g.strokeText(name, box[0], box[1] + 7);
        g.globalAlpha = 1;
      }
      g.fillStyle = context ? (water ? theme.water : theme.muted) : quiet ? theme.muted : theme.ink;
      g.fillText(name, box[0], box[1] + 7);
    }
    g.textBaseline = "alphabetic";
  }

  return { paint, boxes: () => placed.map((one) => one.box), names: () => placed.map((one) => one.name) };
}

function contextFont(theme, water) {
  return (water ? "italic " : "") + theme.font.replace("12px", "11px");
}
