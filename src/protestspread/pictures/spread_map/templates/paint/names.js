// Names, placed without overlapping each other or a circle at its final size. They are placed once per map view, so that
// they do not move from date to date.

const NAME_LENGTH = 26;
const MOST_NAMES = 400; // number of names to try, the most important first
const MOST_OBSTACLES = 800;
const MOST_IN_CROWD = 40; // names where many cities share the map: of the largest only, and only these are obstacles

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

function makeNames(model) {
  const find = makeFinder(model);
  let placed = [];
  let key = "";

  function place(g, camera, theme, marks, showCities, buttons) {
    const { cities, dates } = model;
    const final = radiiAt(model, camera, dates - 1);
    const at = (x, y) => [camera.x + camera.k * x, camera.y + camera.k * y];
    const taken = [buttons];
    for (const r of marks) {
      const [x, y] = at(model.regions[r].x, model.regions[r].y);
      const radius = markRadius(model, camera, r, final);
      taken.push([x - radius, y - radius, x + radius, y + radius]);
    }
    const crowded = crowding(model, camera);
    const most = crowded < 1 ? MOST_IN_CROWD : MOST_NAMES;
    const reach = (i) => (final[i] ? final[i] + 3.4 * crowded : 2);
    if (showCities) {
      for (const i of cities.order.slice(0, crowded < 1 ? MOST_IN_CROWD : MOST_OBSTACLES)) {
        const [x, y] = at(cities.xy[2 * i], cities.xy[2 * i + 1]);
        const r = final[i] ? 0.85 * reach(i) : 1;
        taken.push([x - r, y - r, x + r, y + r]);
      }
    }
    const found = [];
    const fits = (box) => box[0] > 2 && box[1] > 2 && box[2] < camera.width - 2 && box[3] < camera.height - 2;
    const tryBoxes = (name, boxes, style) => {
      const box = boxes.find((candidate) => fits(candidate) && !overlaps(candidate, taken));
      if (!box) return;
      taken.push([box[0] - 3, box[1], box[2] + 3, box[3]]);
      found.push({ name, box, ...style });
    };
    if (showCities && cities.count) {
      g.font = `600 ${theme.font}`;
      const close = cities.count <= 25 || camera.k > 1.8 * camera.fitted;
      for (const i of cities.order.slice(0, most)) {
        if (cities.known && !cities.total(i) && !close) continue; // cities without events are named only when zoomed in
        const [x, y] = at(cities.xy[2 * i], cities.xy[2 * i + 1]);
        if (x < 0 || y < 0 || x > camera.width || y > camera.height) continue;
        const name = shorten(cities.names[i], NAME_LENGTH);
        const inMark = marks.find((r) => cities.region[i] === r);
        const around = inMark === undefined ? reach(i) : Math.max(reach(i), markRadius(model, camera, inMark, final) + 1);
        tryBoxes(name, cityBoxes(x, y, around, g.measureText(name).width), { city: i });
      }
    } else {
      g.font = `600 ${theme.font}`;
      for (const r of marks.concat(model.largestFirst.slice(0, MOST_NAMES))) {
        const region = model.regions[r];
        const [x, y] = at(region.x, region.y);
        const name = shorten(region.name, NAME_LENGTH);
        const width = g.measureText(name).width;
        if (found.some((one) => one.region === r)) continue;
        if (marks.includes(r)) tryBoxes(name, cityBoxes(x, y, MARK + 2, width), { region: r });
        else if (width < 0.9 * camera.k * (region.box[2] - region.box[0])) tryBoxes(name, [[x - width / 2, y - 7, x + width / 2, y + 7]], { region: r });
      }
    }
    if (model.context && !model.page.tiles) placeContext(g, camera, theme, at, taken, found, fits);
    return found;
  }

  // Names of neighboring countries and water, only outside the regions.
  function placeContext(g, camera, theme, at, taken, found, fits) {
    const bare = { showCities: false, marks: [], radii: [] };
    for (const [text, wx, wy, water] of model.context.names) {
      const [x, y] = at(wx, wy);
      const name = shorten(text, NAME_LENGTH);
      g.font = contextFont(theme, water);
      const width = g.measureText(name).width;
      for (const shift of [0, -18, 18, -36, 36]) {
        const box = [x - width / 2, y - 7 + shift, x + width / 2, y + 7 + shift];
        const spots = [0, 0.25, 0.5, 0.75, 1].map((share) => [box[0] + share * width, y + shift]);
        if (!fits(box) || overlaps(box, taken) || spots.some(([px, py]) => find(camera, bare, px, py))) continue;
        taken.push(box);
        found.push({ name, box, water, context: true });
        break;
      }
    }
  }

  function paint(g, camera, theme, scene) {
    const now = [camera.k, camera.x, camera.y, camera.width, camera.height, scene.showCities, scene.marks.length, scene.buttons].join();
    if (now !== key) {
      placed = place(g, camera, theme, scene.marks, scene.showCities, scene.buttons);
      key = now;
    }
    g.lineJoin = "round";
    g.textBaseline = "middle";
    for (const { name, box, city, water, context } of placed) {
      const quiet = city !== undefined && model.cities.known && !scene.radii[city];
      g.font = context ? contextFont(theme, water) : (quiet ? "" : "600 ") + theme.font;
      if (!context) {
        g.lineWidth = 3.2;
        g.strokeStyle = theme.paper;
        g.globalAlpha = 0.85;
        g.strokeText(name, box[0], box[1] + 7);
        g.globalAlpha = 1;
      }
      g.fillStyle = context ? (water ? theme.water : theme.muted) : quiet ? theme.muted : theme.ink;
      g.globalAlpha = context ? 0.75 : 1;
      g.fillText(name, box[0], box[1] + 7);
      g.globalAlpha = 1;
    }
    g.textBaseline = "alphabetic";
  }

  return { paint, boxes: () => placed.map((one) => one.box) };
}

function contextFont(theme, water) {
  return (water ? "italic " : "") + theme.font.replace("12px", "11px");
}
