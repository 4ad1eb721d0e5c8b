// The data of the page as numbers and shapes, without access to the document.

// Cumulative sums. Values are stored place by place: [place * dates + date].
function cumulate(values, dates) {
  const sums = new Float64Array(values.length);
  for (let start = 0; start < values.length; start += dates) {
    let sum = 0;
    for (let t = 0; t < dates; t++) {
      const value = values[start + t];
      if (value === value) sum += value;
      sums[start + t] = value === value ? sum : NaN;
    }
  }
  return sums;
}

// Sums over windows of dates, which start at `from`; NaN if a date of the window was not observed.
function sumWindows(values, dates, from) {
  const sums = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const t = i % dates;
    for (let s = from[t]; s <= t; s++) sums[i] += values[i - t + s];
  }
  return sums;
}

// Whether each sum so far is a lower bound, because an earlier date was not observed.
function lowerBounds(values, dates) {
  const open = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) open[i] = values[i] !== values[i] || (i % dates && open[i - 1]) ? 1 : 0;
  return open;
}

// Sums so far that are carried over gaps, so that a circle keeps its size on dates that were not observed.
function lastKnown(sums, dates) {
  const known = new Float64Array(sums.length);
  for (let i = 0; i < sums.length; i++) known[i] = sums[i] === sums[i] ? sums[i] : i % dates ? known[i - 1] : 0;
  return known;
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

// Area of the largest ring. Enclaves are drawn, and searched, after the region around them.
function areaOf(rings) {
  const areas = rings.map((points) => {
    let sum = 0;
    for (let i = 0, j = points.length - 2; i < points.length; j = i, i += 2) {
      sum += points[j] * points[i + 1] - points[i] * points[j + 1];
    }
    return Math.abs(sum) / 2;
  });
  return Math.max(0, ...areas);
}

function readRegions(packed) {
  const regions = unpackRings(packed).map((rings, i) => ({
    name: packed.names[i],
    rings,
    path: pathOf(rings),
    box: boundsOf(rings),
    area: areaOf(rings),
    x: packed.middles[2 * i],
    y: packed.middles[2 * i + 1],
  }));
  return regions;
}

function readCities(packed, dates) {
  if (!packed) return { count: 0, names: [], xy: [], region: [] };
  const values = packed.values ? unpack(packed.values) : null;
  const sums = values && cumulate(values, dates);
  const known = sums && lastKnown(sums, dates);
  let most = 0;
  if (known) for (const value of known) most = Math.max(most, value);
  const rank = packed.rank || packed.names.map((_, i) => i);
  const total = (i) => (known ? known[i * dates + dates - 1] : 0);
  const order = packed.names.map((_, i) => i).sort((a, b) => total(b) - total(a) || rank[a] - rank[b]);
  return { count: packed.names.length, names: packed.names, xy: packed.xy, region: packed.region, values, sums, known, open: values && lowerBounds(values, dates), most, order, total };
}

function readArrows(packed, cities, regions) {
  if (!packed) return { count: 0, outside: new Map() };
  const spot = (i) => (i < cities.count ? [cities.xy[2 * i], cities.xy[2 * i + 1]] : [regions[i - cities.count].x, regions[i - cities.count].y]);
  const list = packed.source.map((source, i) => ({
    from: spot(source),
    to: spot(packed.target[i]),
    target: packed.target[i],
    row: packed.row[i],
    p: packed.probability[i],
  }));
  return { count: list.length, list, outside: new Map(packed.outside) };
}

function readModel(page) {
  const dates = page.dates.length;
  const regions = readRegions(page.regions);
  const values = unpack(page.values);
  const sums = cumulate(values, dates);
  const shown = { day: values, so_far: sums };
  for (const view of page.views) if (view.key === "window") shown.window = sumWindows(values, dates, view.from);
  const totals = new Float64Array(dates);
  const observed = new Uint32Array(dates);
  const reached = new Uint32Array(dates); // regions with an event so far
  for (let r = 0; r < regions.length; r++) {
    let ever = 0;
    for (let t = 0; t < dates; t++) {
      const value = values[r * dates + t];
      if (value === value) {
        totals[t] += value;
        observed[t]++;
        if (value > 0) ever = 1;
      }
      reached[t] += ever;
    }
  }
  const fullest = Math.max(...observed);
  const partial = Array.from(observed, (n) => n < fullest); // places observed on other dates are missing
  let total = 0;
  const soFar = totals.map((value) => (total += value));
  const cities = readCities(page.cities, dates);
  const largestFirst = regions.map((_, i) => i).sort((a, b) => regions[b].area - regions[a].area);
  return {
    page,
    dates,
    regions,
    values,
    sums,
    totals,
    observed,
    reached,
    soFar,
    cities,
    largestFirst,
    gaps: observed.some((n) => n < regions.length),
    partial,
    open: lowerBounds(values, dates),
    arrows: readArrows(page.arrows, cities, regions),
    context: page.context && {
      land: unpackRings(page.context.land).map(pathOf),
      water: unpackRings(page.context.water).map(pathOf),
      names: page.context.names,
    },
    // Value of a region on a date in a view.
    shown: (view, t, r) => shown[view.key][r * dates + t],
    // Kinds of intervention in force on a row, with their regions (-1: all regions).
    inForce: (t) =>
      page.lanes
        .map((lane, i) => ({ lane, i, regions: new Set(lane.rows.filter(([a, b]) => a <= t && t <= b).map(([, , r]) => r)) }))
        .filter((found) => found.regions.size),
  };
}

// Class of a value: -1 missing, 0 zero, 1 ... k; the same as Classes.index in Python.
function classOf(view, value) {
  if (value !== value) return -1;
  if (view.zero && value === 0) return 0;
  let k = 1;
  for (const limit of view.upper) if (value > limit) k++;
  return k;
}

// Class of every region on a date.
function classesAt(model, view, t) {
  return Int8Array.from(model.regions, (_, r) => classOf(view, model.shown(view, t, r)));
}
