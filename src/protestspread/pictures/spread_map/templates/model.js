// The data of the page as numbers and shapes, without access to the document.

// Counts of places, place by place: [place * dates + row]. Sums and numbers of observed rows before each row make the sum
// over any range of rows one subtraction.
function makeSeries(values, dates) {
  const count = dates ? values.length / dates : 0;
  const sums = new Float64Array(count * (dates + 1));
  const seen = new Uint32Array(count * (dates + 1));
  const first = new Int32Array(count).fill(-1); // row of the first event
  for (let i = 0; i < count; i++) {
    let at = i * (dates + 1);
    for (let t = 0; t < dates; t++, at++) {
      const value = values[i * dates + t];
      const known = value === value;
      sums[at + 1] = sums[at] + (known ? value : 0);
      seen[at + 1] = seen[at] + (known ? 1 : 0);
      if (value > 0 && first[i] < 0) first[i] = t;
    }
  }
  const over = (numbers) => (i, from, to) => numbers[i * (dates + 1) + to + 1] - numbers[i * (dates + 1) + from];
  const series = { values, count, first, sum: over(sums), seen: over(seen), total: (i) => sums[(i + 1) * (dates + 1) - 1] };
  // Sum over rows: NaN if none was observed.
  series.shown = (i, from, to) => (series.seen(i, from, to) ? series.sum(i, from, to) : NaN);
  // Whether the sum is a lower bound, because a row was not observed.
  series.open = (i, from, to) => series.seen(i, from, to) <= to - from;
  return series;
}

function pathOf(rings) {
  const path = new Path2D();
  for (const points of rings) {
    path.moveTo(points[0], points[1]);
    for (let i = 2; i < points.length; i += 2) path.lineTo(points[i], points[i + 1]);
    path.closePath();
  }
  return path;
}

function boundsOf(rings) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const points of rings) {
    for (let i = 0; i < points.length; i += 2) {
      if (points[i] < box[0]) box[0] = points[i];
      if (points[i] > box[2]) box[2] = points[i];
      if (points[i + 1] < box[1]) box[1] = points[i + 1];
      if (points[i + 1] > box[3]) box[3] = points[i + 1];
    }
  }
  return box;
}

// Areas of all rings.
function areasOf(rings) {
  return rings.map((points) => {
    let sum = 0;
    for (let i = 0, j = points.length - 2; i < points.length; j = i, i += 2) {
      sum += points[j] * points[i + 1] - points[i] * points[j + 1];
    }
    return Math.abs(sum) / 2;
  });
}

// `area` is that of the largest ring: enclaves are drawn, and searched, after the region around them.
function readRegions(packed) {
  return unpackRings(packed).map((rings, i) => {
    const areas = areasOf(rings);
    const [x, y] = [packed.middles[2 * i], packed.middles[2 * i + 1]];
    return { name: packed.names[i], rings, path: pathOf(rings), box: boundsOf(rings), area: Math.max(0, ...areas), whole: areas.reduce((sum, one) => sum + one, 0), x, y };
  });
}

function readArrows(packed, spot) {
  if (!packed) return { count: 0, list: [], outside: new Map() };
  const list = packed.source.map((source, i) => ({ from: spot(source), to: spot(packed.target[i]), source, target: packed.target[i], row: packed.row[i], p: packed.probability[i] }));
  return { count: list.length, list, outside: new Map(packed.outside), alone: new Map(packed.alone) };
}

// The sum of some arrays of counts; missing where `base` is.
function addTypes(base, parts) {
  const sums = new Float32Array(base.length);
  for (const part of parts) for (let i = 0; i < sums.length; i++) sums[i] += part[i] || 0;
  for (let i = 0; i < sums.length; i++) if (base[i] !== base[i]) sums[i] = NaN;
  return sums;
}

// Numbers of all places by row: sum, observed places, places reached, and whether a place observed at other times is missing.
function totalsOf(series, dates) {
  const totals = new Float64Array(dates);
  const observed = new Uint32Array(dates);
  const reached = new Uint32Array(dates);
  for (let i = 0; i < series.count; i++) {
    for (let t = 0; t < dates; t++) {
      const value = series.values[i * dates + t];
      if (value === value) {
        totals[t] += value;
        observed[t]++;
      }
      if (series.first[i] >= 0 && series.first[i] <= t) reached[t]++;
    }
  }
  const fullest = Math.max(0, ...observed);
  let sum = 0;
  return { totals, observed, reached, partial: Array.from(observed, (n) => n < fullest), soFar: totals.map((value) => (sum += value)) };
}

// Numbers by row from the rows at which they change.
function unroll(changes, dates) {
  const values = new Float32Array(dates);
  changes.forEach(([row, value], i) => values.fill(value, row, i + 1 < changes.length ? changes[i + 1][0] : dates));
  return values;
}

function readModel(page) {
  for (const lane of page.lanes) if (lane.share) lane.share = unroll(lane.share, page.dates.length);
  const { dates: { length: dates }, cities: packed = { names: [], xy: [], region: [] } } = page;
  const regions = readRegions(page.regions);
  const cities = { ...packed, count: packed.names.length, rank: packed.rank || packed.names.map((_, i) => i) };
  const spot = (i) => (i < cities.count ? [cities.xy[2 * i], cities.xy[2 * i + 1]] : [regions[i - cities.count].x, regions[i - cities.count].y]);
  const base = { regions: unpack(page.values), cities: packed.values && unpack(packed.values) };
  const types = (page.types || []).map((type) => ({ ...type, regions: unpack(type.regions), cities: type.cities && unpack(type.cities) }));
  const model = {
    page,
    dates,
    regions,
    cities,
    base,
    types,
    spot,
    largestFirst: regions.map((_, i) => i).sort((a, b) => regions[b].area - regions[a].area),
    arrows: readArrows(page.arrows, spot),
    context: page.context && { land: unpackRings(page.context.land).map(pathOf), water: unpackRings(page.context.water).map(pathOf), names: page.context.names },
    // Kinds of intervention in force on a row, with their regions (-1: all regions).
    inForce: (t) =>
      page.lanes
        .map((lane, i) => ({ lane, i, regions: new Set(lane.rows.filter(([a, b]) => a <= t && t <= b).map(([, , r]) => r)) }))
        .filter((found) => found.regions.size),
  };

  // Count only some types of event; null: all.
  model.filter = (chosen) => {
    const parts = chosen && types.filter((_, i) => chosen.has(i));
    const values = (level) => (parts ? addTypes(base[level], parts.map((part) => part[level])) : base[level]);
    model.series = makeSeries(values("regions"), dates);
    cities.series = base.cities && makeSeries(values("cities"), dates);
    model.main = regions.length || !cities.series ? model.series : cities.series; // what totals are of
    Object.assign(model, totalsOf(model.main, dates));
    cities.most = 0;
    for (let i = 0; cities.series && i < cities.count; i++) cities.most = Math.max(cities.most, cities.series.total(i));
    const total = (i) => (cities.series ? cities.series.total(i) : 0);
    cities.order = cities.names.map((_, i) => i).sort((a, b) => total(b) - total(a) || cities.rank[a] - cities.rank[b]);
  };
  if (page.ensemble) model.ensemble = readEnsemble(page.ensemble);
  model.filter(null);
  model.gaps = model.observed.some((n) => n < model.main.count);
  return model;
}

// First and last row of what a view shows.
function rangeOf(state) {
  if (state.from !== null) return [state.from, state.t];
  const { key, from } = state.view;
  return [key === "day" ? state.t : key === "window" ? from[state.t] : 0, state.t];
}

// Class of a value: -1 missing, 0 zero, 1 ... k; the same as Classes.index in Python.
function classOf(view, value) {
  if (value !== value) return -1;
  if (view.zero && value === 0) return 0;
  let k = 1;
  for (const limit of view.upper) if (value > limit) k++;
  return k;
}

// Whether the fan is shown; a choice of types is not what was simulated.
const fanShown = (state) => state.showFan && !state.types;

// Whether the map shows the probability of having been reached.
const isChance = (state) => state.view.key === "probability" && state.from === null;

// What the map shows of a region: a sum, a rate, or the row of its first event.
function shownValue(model, state, r) {
  const { series, page } = model;
  const [from, to] = rangeOf(state);
  if (isChance(state)) return model.ensemble.regions ? model.ensemble.regions[r * model.dates + to] / 100 : NaN;
  if (state.view.key === "first" && state.from === null) {
    const first = series.first[r];
    return series.seen(r, 0, to) ? (first >= 0 && first <= to ? first : Infinity) : NaN;
  }
  const value = series.shown(r, from, to);
  return state.rate && shownView(model, state).rates ? (1e5 * value) / page.regions.population[r] : value;
}

// Classes of all regions, and which of them are lower bounds.
function classesAt(model, state) {
  const view = shownView(model, state);
  const [from, to] = rangeOf(state);
  const index = new Int8Array(model.regions.length);
  const open = new Uint8Array(model.regions.length);
  for (let r = 0; r < index.length; r++) {
    const value = shownValue(model, state, r);
    index[r] = value === Infinity ? 0 : classOf(view, value);
    const until = view.key === "first" && value < Infinity ? value : to; // what came after a first day does not change it
    open[r] = index[r] >= 0 && !isChance(state) && model.series.open(r, from, until) ? 1 : 0;
  }
  return { index, open };
}

// The view in use: a brushed window has the classes of sums, a rate has classes of its own.
function shownView(model, state) {
  const { views } = model.page;
  let view = state.view;
  if (state.from !== null && ["day", "first", "probability"].includes(view.key)) view = views.find((one) => one.key === "window") || views.find((one) => one.key === "so_far") || view;
  return state.rate && view.rates ? { ...view, ...view.rates } : view;
}
