// Simulated spreads: a fan beside the observed course, and the probability that a place has been reached.

const CHANCE_RADIUS = 5;

// Ends of the bands and the median by date (NaN: not simulated), the observed course, and probabilities in percent.
function readEnsemble(packed) {
  const read = (part) => part && unpack(part);
  const observed = read(packed.observed);
  const all = read(packed.bands);
  const dates = observed.length;
  const bands = [0, 1, 2, 3, 4].map((k) => all.subarray(k * dates, (k + 1) * dates));
  const inside = Array.from(bands[0], (value) => value === value);
  return { ...packed, bands, observed, bound: packed.bound || [], rows: [inside.indexOf(true), inside.lastIndexOf(true)], most: Math.max(1, ...[...bands[4], ...observed].filter((value) => value === value)), regions: read(packed.regions), cities: read(packed.cities) };
}

// "12 %"; the page holds whole percents, and 0 and 100 only where it is exactly that.
const chanceOf = (value, words) => (value === value ? `${value}\u202f%` : words.no_value);

function chanceText(model, words, { city, region }, t) {
  const chances = city === undefined ? model.ensemble.regions : model.ensemble.cities;
  return `${words.chance_by}: ${chances ? chanceOf(chances[(city ?? region) * model.dates + t], words) : words.no_value}`;
}

const fanName = (model, words) => (model.ensemble.counts ? `${words.events} ${words.now}` : words.places_reached);

// "Places reached: 25, simulated 13–23 (90 %)"; nothing on a date without draws.
function simulatedAt(model, words, format, t) {
  const { bands, observed } = model.ensemble;
  if (!(bands[0][t] >= 0)) return "";
  const [low, high] = [bands[0][t], bands[4][t]].map((value) => format(Math.round(value)));
  const known = model.ensemble.counts && observed[t] === model.totals[t]; // said one line above
  const seen = observed[t] >= 0 && !known ? `${model.ensemble.bound[t] ? fillIn(words.at_least, { n: format(observed[t]) }) : format(observed[t])}, ` : "";
  return `${known ? words.events : fanName(model, words)}: ${seen}${fillIn(words.simulated, { low, high })}`;
}

// Colors of the fan and of its median: those of probabilities.
function fanColors(theme, page) {
  const view = page.views.find((one) => one.key === "probability");
  const colors = theme.dark ? view.dark : view.colors;
  return [colors[2], colors[4]];
}

function paintFan(g, theme, model, state, { words, format, size, edge, left, width, low, top, gutter }) {
  const { bands, observed, bound, rows: [first, last], most } = model.ensemble;
  const [fill, dash] = fanColors(theme, model.page);
  const step = edge(1) - edge(0);
  const x = (t) => edge(t + 0.5);
  const y = (value) => low - (value / most) * (low - top - 22);
  for (let t = 0; t < model.dates; t++) {
    if (observed[t] === observed[t]) continue;
    g.globalAlpha = 0.55; // the fan lies over it
    g.fillStyle = hatchFill(g, theme.hatching.zero, 1);
    g.fillRect(edge(t), top + 6, step, low - top - 6);
  }
  // A single date is as wide as a row.
  const ends = first === last ? [[edge(first), first], [edge(first + 1), first]] : Array.from({ length: last - first + 1 }, (_, i) => [x(first + i), first + i]);
  const path = (band, back) => (back ? ends.slice().reverse() : ends).forEach(([at, t]) => g.lineTo(at, y(band[t])));
  g.fillStyle = fill;
  for (const [a, b, alpha] of [[0, 4, 0.3], [1, 3, 0.5]]) {
    g.globalAlpha = alpha;
    g.beginPath();
    path(bands[a]);
    path(bands[b], true);
    g.fill();
  }
  g.globalAlpha = 1;
  g.strokeStyle = dash;
  g.lineWidth = 1.5;
  g.setLineDash([5, 3]);
  g.beginPath();
  path(bands[2]);
  g.stroke();
  // The observed course; what is ahead is pale, and lower bounds are dotted.
  g.strokeStyle = theme.ink;
  g.lineWidth = 2;
  for (let t = 0; t < model.dates; t++) {
    if (observed[t] !== observed[t]) continue;
    g.globalAlpha = t <= state.t ? 1 : 0.6;
    g.setLineDash(bound[t] ? [2, 3] : []);
    if (t && observed[t - 1] === observed[t - 1]) {
      g.beginPath();
      g.moveTo(x(t - 1), y(observed[t - 1]));
      g.lineTo(x(t), y(observed[t]));
      g.stroke();
    }
    if (step < 7) continue;
    g.fillStyle = t === state.t ? theme.accent : bound[t] ? theme.paper : theme.ink;
    g.setLineDash([]);
    g.beginPath();
    g.arc(x(t), y(observed[t]), t === state.t ? 4.5 : 3, 0, 7);
    g.fill();
    if (bound[t]) g.stroke();
    if (step < g.measureText(format(most)).width + 6) continue;
    g.font = size(theme, 11.5, t === state.t);
    g.textAlign = "center";
    g.fillStyle = t <= state.t ? theme.ink : theme.muted;
    g.fillText(format(observed[t]), x(t), y(observed[t]) - 8);
  }
  g.textAlign = "left";
  g.setLineDash([]);
  g.globalAlpha = 1;
  g.fillStyle = theme.muted;
  g.fillRect(left, low, width - left - TIMELINE.right, 1);
  g.font = size(theme, 11);
  if (left > 28) {
    g.textAlign = "right";
    g.fillText(format(Math.round(most)), left - 6, y(most) + 4);
    g.textAlign = "left";
  }
  if (!gutter) return;
  g.fillText(fitText(g, words.line_key, left - 34), 2, top + 29);
  g.font = size(theme, 11.5);
  g.fillStyle = theme.ink;
  g.fillText(fitText(g, fanName(model, words), left - 34), 2, top + 14);
}

function signRow(host, text, draw) {
  const line = element("p", "mark", host);
  const canvas = element("canvas", "", line);
  canvas.style.width = "18px";
  draw(prepareCanvas(canvas, 18, 18));
  element("span", "", line, text);
}

function fanSigns(host, theme, model, words) {
  const { ensemble } = model;
  const [fill, dash] = fanColors(theme, model.page);
  signRow(host, words.fan_key, (g) => {
    g.fillStyle = fill;
    for (const [top, alpha] of [[2, 0.3], [5, 0.5]]) {
      g.globalAlpha = alpha;
      g.fillRect(0, top, 18, 18 - 2 * top);
    }
    g.globalAlpha = 1;
    g.strokeStyle = dash;
    g.lineWidth = 1.5;
    g.setLineDash([5, 3]);
    g.moveTo(0, 9);
    g.lineTo(18, 9);
    g.stroke();
  });
  if (ensemble.observed.some((value) => value === value)) {
    signRow(host, words.line_key, (g) => {
      g.fillStyle = g.strokeStyle = theme.ink;
      g.lineWidth = 2;
      g.moveTo(0, 13);
      g.lineTo(18, 5);
      g.stroke();
      g.beginPath();
      g.arc(9, 9, 3, 0, 7);
      g.fill();
    });
  }
  element("p", "small", host, ensemble.note).dir = "auto";
}

// Color of a probability in percent; none without one.
const chanceColor = ({ view }, theme, value) => (value === value ? classColor(view, theme, classOf(view, value / 100)) : "");

// A disc in the class of its probability; a dash, or a dot, without a value; a ring: reached, as observed.
function paintChance(g, theme, color, x, y, size, reached) {
  g.arc(x, y, (color || reached ? CHANCE_RADIUS : 1.7) * size, 0, 7);
  g.fillStyle = color || (reached ? theme.land : theme.muted);
  g.fill();
  g.lineWidth = 1;
  g.strokeStyle = color && lightness(color) > 0.6 === theme.dark ? theme.paper : theme.ink; // seen on a region of that color
  if (color) g.stroke();
  if (!reached) return;
  if (!color) {
    g.fillStyle = theme.ink;
    g.fillRect(x - 2.5 * size, y - 0.7 * size, 5 * size, 1.4 * size);
  }
  for (const [ring, line] of [[theme.paper, 4], [theme.city, 2.2]]) {
    g.beginPath();
    g.arc(x, y, (CHANCE_RADIUS + 2.4) * size, 0, 7);
    g.strokeStyle = ring;
    g.lineWidth = line * size;
    g.stroke();
  }
}

function chanceSigns(host, theme, model, words) {
  signRow(host, words.chance_discs, (g) => paintChance(g, theme, theme.zero, 9, 9, 1, true));
  if (model.ensemble.cities.some((value, i) => i % model.dates === model.ensemble.rows[0] && value !== value)) signRow(host, words.no_value, (g) => paintChance(g, theme, "", 9, 9, 1, true));
}
