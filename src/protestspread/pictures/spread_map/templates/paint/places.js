// Drawn above the ground: squares of small regions, circles of cities, and marks of the place in question.

const SMALL_AREA = 260; // square pixels below which a region has a square
const MOST_SQUARES = 24;
const MOST_CIRCLES = 1500; // cities drawn at a time: the most active, then the largest, in view
const FIRST_RADIUS = 8.5; // of circles that hold the day of the first event

function circleScale(camera) {
  return Math.max(10, Math.min(24, 0.038 * Math.min(camera.width, 1.4 * camera.height)));
}

// Factor for small circles, rings and dots: below 1 where many cities share the map.
function crowding(model, camera) {
  const { cities, regions } = model;
  const marked = cities.series ? cities.order.filter((i) => cities.series.total(i) > 0).length : cities.count;
  const area = (regions.reduce((sum, region) => sum + region.area, 0) || 0.5 * model.page.grid.width * model.page.grid.height) * camera.k * camera.k;
  return Math.max(0.5, Math.min(1, Math.sqrt(area / Math.max(1, marked)) / 16));
}

function radiusOf(value, most, largest, crowded = 1) {
  return value > 0 ? Math.max(2.6 * crowded, largest * Math.sqrt(value / most)) : 0;
}

const cityAt = (model, camera, i) => [camera.x + camera.k * model.cities.xy[2 * i], camera.y + camera.k * model.cities.xy[2 * i + 1]];

// Radii of all circles on a row.
function radiiAt(model, camera, state) {
  const { cities } = model;
  const largest = circleScale(camera);
  const crowded = crowding(model, camera);
  return Float64Array.from({ length: cities.series ? cities.count : 0 }, (_, i) => radiusOf(cities.series.sum(i, state.from ?? 0, state.t), cities.most, largest, crowded));
}

// Cities in view, and how many of them are drawn.
function citiesInView(model, camera) {
  const inside = model.cities.order.filter((i) => {
    const [x, y] = cityAt(model, camera, i);
    return x > -30 && y > -30 && x < camera.width + 30 && y < camera.height + 30;
  });
  return { drawn: inside.slice(0, MOST_CIRCLES), inView: inside.length };
}

// Regions with a square because they are small on the screen: the most active, if there are many.
function smallRegions(model, camera) {
  const areas = model.regions.map((region) => region.whole * camera.k * camera.k);
  const below = (limit) => areas.map((_, r) => r).filter((r) => areas[r] < limit);
  let found = below(SMALL_AREA);
  if (found.length > MOST_SQUARES) found = below(SMALL_AREA / 5);
  if (found.length > MOST_SQUARES) found = found.sort((a, b) => model.series.total(b) - model.series.total(a) || a - b).slice(0, MOST_SQUARES);
  return placeSquares(model, camera, found);
}

// A square for each small region, beside its place, clear of other squares and, if possible, of cities with events.
function placeSquares(model, camera, regions) {
  const half = camera.width < 500 ? 7.5 : 11;
  const reach = circleScale(camera) + half + 6;
  const taken = [];
  const cities = regions.length ? model.cities.order.slice(0, 200).filter((i) => model.cities.series && model.cities.series.total(i) > 0).map((i) => cityAt(model, camera, i)) : [];
  const crowd = ([sx, sy]) => cities.filter(([x, y]) => Math.hypot(x - sx, y - sy) < half + 12).length;
  return regions.flatMap((r) => {
    const { x, y } = model.regions[r];
    const [px, py] = [camera.x + camera.k * x, camera.y + camera.k * y];
    const spots = Array.from({ length: 16 }, (_, i) => [px + reach * Math.cos((0.7 + i / 8) * Math.PI), py + reach * Math.sin((0.7 + i / 8) * Math.PI)]);
    const clear = ([sx, sy]) => sx > half + 4 && sy > half + 4 && sx < camera.width - half - 4 && sy < camera.height - half - 4 && taken.every(([ox, oy]) => Math.max(Math.abs(ox - sx), Math.abs(oy - sy)) > 2 * half + 3);
    const spot = spots.filter(clear).sort((a, b) => crowd(a) - crowd(b))[0];
    if (!spot) return [];
    taken.push(spot);
    return [{ region: r, x: spot[0], y: spot[1], px, py, half }];
  });
}

function paintSquares(g, camera, theme, scene) {
  for (const { region, x, y, px, py, half } of scene.squares) {
    const color = classColor(scene.view, theme, scene.after.index[region]);
    g.strokeStyle = theme.ink;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(px, py);
    g.lineTo(x, y);
    g.stroke();
    g.beginPath();
    g.rect(x - half, y - half, 2 * half, 2 * half);
    g.fillStyle = color;
    g.fill();
    if (scene.after.index[region] < 0 || scene.after.open[region]) {
      g.fillStyle = hatchFill(g, hatchingOn(theme, color), 1);
      g.fill();
    }
    g.lineWidth = isRegion(scene.hover, region) || isRegion(scene.pin, region) ? 3 : 1.5;
    g.stroke();
  }
}

const isRegion = (place, r) => place !== null && place.region === r;
const isCity = (place, i) => place !== null && place.city === i;

function paintCircles(g, model, camera, theme, scene) {
  const { cities } = model;
  const crowded = crowding(model, camera);
  for (const i of scene.drawn) {
    const [x, y] = cityAt(model, camera, i);
    const radius = scene.radii[i] || 0;
    const first = cities.series && cities.series.first[i];
    g.beginPath();
    if (scene.chance) paintChance(g, theme, chanceColor(scene, theme, scene.chance[i * model.dates + scene.t]), x, y, camera.width < 500 ? 0.7 * crowded : crowded, first >= 0 && first <= scene.t);
    else if (!radius) {
      g.arc(x, y, 1.7 * crowded, 0, 7);
      g.fillStyle = theme.ink;
      g.globalAlpha = 0.5;
      g.fill();
      g.globalAlpha = 1;
    } else if (scene.first && crowded === 1) paintFirstDay(g, theme, x, y, model.page.day[first]);
    else paintCircle(g, theme, x, y, radius, crowded, cities.series.values[i * model.dates + scene.t]);
    if (isCity(scene.pin, i) || isCity(scene.hover, i)) {
      g.beginPath();
      g.arc(x, y, Math.max(scene.first && radius ? FIRST_RADIUS : radius, 3) + 5, 0, 7);
      g.lineWidth = isCity(scene.pin, i) ? 2.6 : 1.6;
      g.strokeStyle = theme.ink;
      g.stroke();
    }
  }
}

// A circle, pale if its day was not observed, with a ring on days with an event.
function paintCircle(g, theme, x, y, radius, crowded, value) {
  g.arc(x, y, radius, 0, 7);
  g.fillStyle = theme.paper;
  g.fill();
  g.fillStyle = theme.city;
  g.globalAlpha = value === value ? 1 : 0.55;
  g.fill();
  g.globalAlpha = 1;
  g.lineWidth = 1.5 * crowded;
  g.strokeStyle = theme.paper;
  g.stroke();
  if (value > 0) {
    g.beginPath();
    g.arc(x, y, radius + 3 * crowded, 0, 7);
    g.strokeStyle = theme.city;
    g.stroke();
  }
}

function paintFirstDay(g, theme, x, y, day) {
  g.arc(x, y, FIRST_RADIUS, 0, 7);
  g.fillStyle = theme.paper;
  g.fill();
  g.lineWidth = 1.2;
  g.strokeStyle = theme.ink;
  g.stroke();
  g.font = `600 ${theme.font.replace("12px", "10px")}`;
  g.fillStyle = theme.ink;
  g.textAlign = "center";
  g.textBaseline = "middle";
  g.fillText(day, x, y + 0.5);
  g.textAlign = "left";
  g.textBaseline = "alphabetic";
}

// The outline of a region pointed at or pinned.
function paintOutline(g, model, camera, theme, scene) {
  const dense = g.getTransform().a;
  for (const [place, width] of [[scene.hover, 2.2], [scene.pin, 2.6]]) {
    if (place === null || place.region === undefined) continue;
    const { path } = model.regions[place.region];
    toWorld(g, camera);
    g.lineJoin = "round";
    for (const [color, line] of [[theme.paper, width + 2.4], [theme.ink, width]]) {
      g.strokeStyle = color;
      g.lineWidth = line / camera.k;
      g.stroke(path);
    }
    g.setTransform(dense, 0, 0, dense, 0, 0);
  }
}

// scene: t, view, first, after (classes), radii, drawn (cities), share (of a transition), squares, pin, hover, least, fade, showCities, showArrows
function paintStory(canvas, model, camera, theme, scene, names) {
  const g = prepareCanvas(canvas, camera.width, camera.height);
  paintOutline(g, model, camera, theme, scene);
  nameInsets(g, model, camera, theme);
  paintSquares(g, camera, theme, scene);
  if (scene.showCities) paintCircles(g, model, camera, theme, scene);
  paintShapes(g, model, camera, theme, scene);
  if (model.arrows.count) paintArrows(g, model, camera, theme, scene);
  const named = paintFlows(g, model, camera, theme, scene);
  names.paint(g, camera, theme, scene);
  named.forEach((name) => name(names.boxes()));
}

// Returns a function that finds the city or region at a point of the screen, else null.
function makeFinder(model) {
  const g = document.createElement("canvas").getContext("2d");
  return function find(camera, scene, x, y, reach = 5) {
    let best = null;
    let nearest = Infinity;
    if (scene.showCities) {
      for (const i of scene.drawn) {
        const [cx, cy] = cityAt(model, camera, i);
        const away = Math.hypot(cx - x, cy - y);
        if (away <= Math.max(reach, (scene.radii[i] || 0) + 2) && away < nearest) {
          nearest = away;
          best = { city: i };
        }
      }
    }
    if (best) return best;
    for (const square of scene.squares) {
      if (Math.max(Math.abs(square.x - x), Math.abs(square.y - y)) <= Math.max(reach, square.half)) return { region: square.region };
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
