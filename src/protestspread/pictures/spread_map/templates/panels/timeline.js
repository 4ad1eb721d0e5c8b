// Timeline: one bar per date, hatched if not observed, with lanes of interventions above; their height is the share of
// people where one was in force. It is also the slider of the player, for pointer, keyboard and screen readers.
// A click is a date; dragging over bars makes a window of dates, dragging over the axis moves through dates.

const LANE = 15;
const TIMELINE = { right: 14, top: 6, axis: 20, figures: 16 };

function makeTimeline(host, model, words, format, state, actions) {
  const canvas = element("canvas", "", host);
  const tip = element("div", "tip", host);
  tip.hidden = true;
  const lanes = model.page.lanes.filter((lane) => lane.spans);
  let [width, height, left, rows] = [0, 0, 0, 0];
  host.tabIndex = 0;
  host.setAttribute("role", "slider");
  host.setAttribute("aria-label", words.timeline);
  host.setAttribute("aria-valuemin", "1");
  host.setAttribute("aria-valuemax", String(model.dates));

  const step = () => (width - left - TIMELINE.right) / model.dates;
  const edge = (row) => left + row * step();
  const low = () => height - TIMELINE.axis;
  const barsTop = () => TIMELINE.top + rows * LANE + (rows ? 4 : 0);
  const size = (theme, pixels, bold) => `${bold ? "600 " : ""}${theme.font.replace("12px", `${pixels}px`)}`;

  // As many lanes as fit while the bars keep their height; names stand left of lanes, or on them where there is no room.
  function measure(theme, wanted, phone) {
    const g = canvas.getContext("2d");
    width = host.clientWidth;
    height = wanted;
    rows = Math.max(0, Math.min(lanes.length, Math.floor((height - TIMELINE.axis - TIMELINE.top - (phone ? 64 : 82)) / LANE)));
    g.font = size(theme, 11.5);
    const longest = Math.max(0, ...lanes.slice(0, rows).map((lane) => g.measureText(shorten(lane.name, 30)).width + 44));
    left = phone || width < 520 ? 12 : Math.max(30, Math.min(longest + 12, 0.3 * width));
    host.style.height = `${height}px`;
  }
  const inGutter = () => left > 60;

  function paintLane(g, theme, lane, k) {
    const top = TIMELINE.top + k * LANE;
    const base = top + LANE - 3;
    g.fillStyle = theme.line;
    g.fillRect(left, base - 1, width - left - TIMELINE.right, 1);
    const pieces = lane.share ? runsOf(lane.share) : lane.spans.map(([from, to]) => [from, to, 1]);
    g.fillStyle = theme.lane;
    for (const [from, to, share] of pieces) {
      const tall = Math.max(2, share * (LANE - 4));
      const now = Math.max(from, Math.min(to, state.t + 1)); // dates ahead are pale
      g.fillRect(edge(from), base - tall, edge(now) - edge(from), tall);
      g.globalAlpha = 0.42;
      g.fillRect(edge(now), base - tall, edge(to) - edge(now), tall);
      g.globalAlpha = 1;
    }
    g.font = size(theme, 11.5);
    g.fillStyle = theme.ink;
    const share = lane.share ? percent(lane.share[state.t], format) || "–" : "";
    if (inGutter()) {
      g.fillText(fitText(g, capital(lane.name), left - (share ? 50 : 14)), 2, base - 1);
      g.textAlign = "right";
      g.fillStyle = theme.muted;
      g.fillText(lane.share && !lane.share[state.t] ? "–" : share, left - 8, base - 1);
      g.textAlign = "left";
      return;
    }
    const name = fitText(g, capital(lane.name), width / 2);
    g.fillStyle = theme.paper;
    g.globalAlpha = 0.85;
    g.fillRect(left, top, g.measureText(name).width + 5, LANE - 2);
    g.globalAlpha = 1;
    g.fillStyle = theme.ink;
    g.fillText(name, left + 2, base - 2);
  }

  function paintBars(g, theme) {
    const most = Math.max(...model.totals, 0);
    const least = Math.min(...model.totals, 0);
    const room = low() - barsTop() - TIMELINE.figures;
    const tall = (value) => (most > least ? (value / (most - least)) * room : 0);
    const zero = low() - tall(-least);
    const gap = step() > 6 ? 1.5 : step() > 3 ? 0.6 : 0;
    const from = state.from ?? 0;
    const figures = step() > g.measureText(format(most)).width + 4;
    for (let t = 0; t < model.dates; t++) {
      if (model.partial[t] || !model.observed[t]) {
        g.fillStyle = hatchFill(g, theme.hatching.zero, 1);
        g.fillRect(edge(t), barsTop() + 6, step(), low() - barsTop() - 6);
      }
      const inside = t <= state.t && t >= from;
      const value = model.totals[t];
      g.fillStyle = inside ? theme.bar : theme.ahead;
      g.fillRect(edge(t) + gap / 2, value < 0 ? zero : zero - tall(value), Math.max(0.6, step() - gap), Math.abs(tall(value)));
      if (!figures || !model.observed[t]) continue;
      g.font = size(theme, 11.5, inside);
      g.textAlign = "center";
      g.fillStyle = inside ? theme.ink : theme.muted;
      g.fillText(format(value), edge(t + 0.5), zero - tall(Math.max(0, value)) - 4);
    }
    g.textAlign = "left";
    g.fillStyle = theme.muted;
    g.fillRect(left, zero, width - left - TIMELINE.right, 1);
    if (!figures && left > 28) {
      g.font = size(theme, 11);
      g.textAlign = "right";
      g.fillText(format(most), left - 6, zero - tall(most) + 8);
      g.textAlign = "left";
    }
    if (inGutter()) {
      g.font = size(theme, 11.5);
      g.fillStyle = theme.ink;
      g.fillText(fitText(g, `${words.events} ${words.now}`, left - 14), 2, barsTop() + 14);
    }
  }

  // As many dates as fit, without those under the box of the current date; the first of a year is named with it.
  function paintDates(g, theme, from, to) {
    const { page } = model;
    const { ticks, short, years, day, iso } = page;
    const wide = Math.max(...ticks.map((t) => g.measureText(short[t]).width)) + (years ? 40 : 16);
    const every = Math.max(1, Math.ceil(wide / ((step() * model.dates) / ticks.length)));
    g.fillStyle = theme.muted;
    g.textAlign = "center";
    let [year, month] = ["", ""];
    for (const t of ticks.filter((_, i) => i % every === 0)) {
      let name = page.daily && iso[t].slice(0, 7) === month ? day[t] : short[t];
      if (years && years[t] !== year) name = `${short[t]} ${years[t]}`;
      if (years) year = years[t];
      month = iso[t].slice(0, 7);
      const half = g.measureText(name).width / 2;
      const x = Math.min(width - half - 2, Math.max(half, edge(t + 0.5)));
      if (x + half < from - 2 || x - half > to + 2) g.fillText(name, x, height - 5);
    }
    g.textAlign = "left";
  }

  function paintWindow(g, theme) {
    const [a, b] = [edge(state.from), edge(state.t + 1)];
    g.fillStyle = theme.accent;
    g.globalAlpha = 0.13;
    g.fillRect(a, barsTop(), b - a, low() - barsTop());
    g.globalAlpha = 1;
    for (const x of [a, b]) g.fillRect(x - 1, barsTop(), 2, low() - barsTop());
    for (const x of [a, b]) g.fillRect(x - 4, (barsTop() + low()) / 2 - 9, 8, 18);
  }

  // Names of the rest of the lanes stand in the list of what was in force.
  function paint(theme) {
    if (!width || !height) return;
    const { t } = state;
    const g = prepareCanvas(canvas, width, height);
    lanes.slice(0, rows).forEach((lane, k) => paintLane(g, theme, lane, k));
    if (fanShown(state)) paintFan(g, theme, model, state, { words, format, size, edge, left, width, low: low(), top: barsTop(), gutter: inGutter() });
    else paintBars(g, theme);
    if (state.from !== null) paintWindow(g, theme);
    g.strokeStyle = theme.ink;
    g.setLineDash([2, 2]);
    g.beginPath();
    g.moveTo(edge(t + 0.5), TIMELINE.top);
    g.lineTo(edge(t + 0.5), barsTop());
    g.stroke();
    g.setLineDash([]);
    g.font = size(theme, 11.5, true);
    const name = model.page.short[t];
    const box = g.measureText(name).width + 12;
    const start = Math.min(width - box - 1, Math.max(1, edge(t + 0.5) - box / 2));
    g.fillStyle = theme.ink;
    g.beginPath();
    g.roundRect(start, low() + 2, box, 17, 4);
    g.fill();
    g.fillStyle = theme.paper;
    g.fillText(name, start + 6, height - 5);
    g.font = size(theme, 11.5);
    paintDates(g, theme, start, start + box);
  }

  const rowAt = (event) => Math.max(0, Math.min(model.dates - 1, Math.floor((event.clientX - host.getBoundingClientRect().left - left) / step())));
  let start = null;
  let scrubs = false;
  host.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    const x = event.clientX - host.getBoundingClientRect().left;
    if (state.from !== null && Math.abs(x - edge(state.from)) < 9) start = state.t; // a handle: the other end stays
    else if (state.from !== null && Math.abs(x - edge(state.t + 1)) < 9) start = state.from;
    else start = null;
    const handle = start !== null;
    if (!handle) start = rowAt(event);
    scrubs = !handle && (event.clientY - host.getBoundingClientRect().top > low() || event.pointerType === "touch");
    host.setPointerCapture(event.pointerId);
    if (!handle) actions.seek(start);
  });
  host.addEventListener("pointermove", (event) => {
    if (start === null || !host.hasPointerCapture(event.pointerId)) return hover(event);
    const row = rowAt(event);
    if (scrubs) actions.seek(row);
    else if (row !== start || state.from !== null) actions.window(Math.min(start, row), Math.max(start, row));
  });
  for (const name of ["pointerup", "pointercancel"]) host.addEventListener(name, () => (start = null));
  host.addEventListener("pointerleave", () => (tip.hidden = true));

  // What a lane is, and where it was in force on the date under the pointer.
  function hover(event) {
    const box = host.getBoundingClientRect();
    const lane = lanes[Math.floor((event.clientY - box.top - TIMELINE.top) / LANE)];
    const inLanes = event.clientY - box.top < barsTop() - 4;
    tip.hidden = event.pointerType === "touch" || !inLanes || !lane || lanes.indexOf(lane) >= rows;
    if (tip.hidden) return;
    const t = rowAt(event);
    const regions = lane.rows.filter(([a, b]) => a <= t && t <= b).map(([, , r]) => r);
    const names = regions.includes(-1) ? [words.everywhere] : regions.slice(0, 6).map((r) => model.regions[r].name);
    if (regions.length > 6) names.push(`+ ${fillIn(words.more, { n: format(regions.length - 6) })}`);
    tip.textContent = "";
    element("strong", "", tip, lane.name);
    element("span", "", tip, `${model.page.short[t]}: ${names.join(", ") || "–"}`);
    if (lane.share && regions.length) element("span", "under", tip, percent(lane.share[t], format));
    tip.style.left = `${Math.max(4, Math.min(event.clientX - box.left + 12, box.width - tip.offsetWidth - 6))}px`;
    tip.style.bottom = `${height - (event.clientY - box.top) + 10}px`;
  }

  return {
    resize: measure,
    paint,
    scale: () => [left, step()],
    describe(sentence) {
      host.setAttribute("aria-valuenow", String(state.t + 1));
      host.setAttribute("aria-valuetext", sentence);
    },
  };
}

// Rows over which a share above zero stays the same: from, to, share.
function runsOf(shares) {
  const runs = [];
  shares.forEach((share, t) => {
    const last = runs[runs.length - 1];
    if (last && last[1] === t && last[2] === share) last[1] = t + 1;
    else if (share > 0) runs.push([t, t + 1, share]);
  });
  return runs;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

// A text cut to a width.
function fitText(g, text, most) {
  if (g.measureText(text).width <= most) return text;
  let letters = Array.from(text);
  while (letters.length > 1 && g.measureText(`${letters.join("")}…`).width > most) letters = letters.slice(0, -1);
  return `${letters.join("")}…`;
}
