// Timeline: one bar per date, hatched if not observed, with interventions in lanes above.
// It is also the slider of the player, for pointer, keyboard and screen readers.

const LANE = 13;
const TIMELINE = { right: 10, top: 4, bottom: 19, bars: 58 };

// Assign each lane to the first row with space for it and its name.
function arrangeLanes(g, lanes, x, right) {
  const ends = [];
  return lanes.map((lane) => {
    const start = x(lane.spans[0][0]);
    const end = x(lane.spans[lane.spans.length - 1][1]);
    const width = g.measureText(shorten(lane.name, 40)).width + 9;
    const inside = start + width <= right;
    const left = inside ? start : start - width;
    const until = inside ? Math.max(end, start + width) + 8 : right + 1;
    let row = ends.findIndex((free) => free <= left);
    if (row < 0) row = ends.push(0) - 1;
    ends[row] = until;
    return { lane, start, end, row, text: inside ? start + 6 : Math.max(2, left) };
  });
}

function makeTimeline(host, model, format, label, onSeek) {
  const canvas = element("canvas", "", host);
  const background = document.createElement("canvas");
  const lanes = model.page.lanes.filter((lane) => lane.spans);
  const most = Math.max(...model.totals, 0);
  let width = 0;
  let height = 0;
  let left = 0;
  let rows = 0;
  host.tabIndex = 0;
  host.setAttribute("role", "slider");
  host.setAttribute("aria-label", label);
  host.setAttribute("aria-valuemin", "1");
  host.setAttribute("aria-valuemax", String(model.dates));

  const nameOf = (t) => shorten(model.page.short[t], 24);
  const step = () => (width - left - TIMELINE.right) / model.dates;
  const edge = (row) => left + row * step();

  function measure(theme) {
    const g = background.getContext("2d");
    g.font = theme.font.replace("12px", "11px");
    width = host.clientWidth;
    left = Math.max(26, 10 + g.measureText(format(most)).width);
    rows = arrangeLanes(g, lanes, edge, width - TIMELINE.right).reduce((n, found) => Math.max(n, found.row + 1), 0);
    height = TIMELINE.top + rows * LANE + TIMELINE.bars + TIMELINE.bottom;
    host.style.height = `${height}px`;
  }

  function paintLanes(g, theme, low) {
    for (const { lane, start, end, row, text } of arrangeLanes(g, lanes, edge, width - TIMELINE.right)) {
      const top = TIMELINE.top + row * LANE;
      g.fillStyle = lane.color;
      g.globalAlpha = theme.dark ? 0.13 : 0.06;
      g.fillRect(start, top, end - start, low - top);
      for (const [a, b] of lane.spans) {
        g.globalAlpha = theme.dark ? 0.5 : 0.24;
        g.fillRect(edge(a), top, Math.max(2, edge(b) - edge(a)), LANE - 1.5);
      }
      g.globalAlpha = 1;
      g.fillRect(start, top, 2.5, LANE - 1.5);
      g.fillStyle = theme.ink;
      g.fillText(shorten(lane.name, 40), text, top + LANE - 3.2);
    }
  }

  function paintBars(g, theme, low) {
    const gap = step() > 6 ? 1.5 : step() > 3 ? 0.6 : 0;
    for (let t = 0; t < model.dates; t++) {
      if (model.partial[t] || !model.observed[t]) {
        g.fillStyle = hatchFill(g, theme, 1);
        g.fillRect(edge(t), low - TIMELINE.bars, step(), TIMELINE.bars);
      }
      const tall = most > 0 ? (Math.max(0, model.totals[t]) / most) * (TIMELINE.bars - 4) : 0;
      g.fillStyle = theme.bar;
      g.fillRect(edge(t) + gap / 2, low - tall, Math.max(0.6, step() - gap), tall);
    }
    g.strokeStyle = theme.muted;
    g.lineWidth = 1;
    g.beginPath();
    g.moveTo(left, low + 0.5);
    g.lineTo(width - TIMELINE.right, low + 0.5);
    g.stroke();
    g.fillStyle = theme.muted;
    g.textAlign = "right";
    g.fillText(format(most), left - 5, low - TIMELINE.bars + 12);
    g.fillText("0", left - 5, low);
    g.textAlign = "left";
  }

  // As many dates as fit, without those under the box of the current date.
  function paintDates(g, theme, from, to) {
    const rows = model.page.ticks;
    const wide = Math.max(...rows.map((t) => g.measureText(nameOf(t)).width)) + 16;
    const every = Math.max(1, Math.ceil(wide / ((step() * model.dates) / rows.length)));
    g.fillStyle = theme.muted;
    g.textAlign = "center";
    for (const t of rows.filter((_, i) => i % every === 0)) {
      const name = nameOf(t);
      const half = g.measureText(name).width / 2;
      const x = Math.min(width - half - 2, Math.max(half, edge(t + 0.5)));
      if (x + half < from - 2 || x - half > to + 2) g.fillText(name, x, height - 5);
    }
    g.textAlign = "left";
  }

  function paintBackground(theme) {
    measure(theme);
    const g = prepareCanvas(background, width, height);
    g.font = theme.font.replace("12px", "11px");
    const low = height - TIMELINE.bottom;
    paintLanes(g, theme, low);
    paintBars(g, theme, low);
  }

  // Mark the current date with a line and a box; later dates are pale.
  function paint(theme, t) {
    if (!width || !height) return;
    const g = prepareCanvas(canvas, width, height);
    g.drawImage(background, 0, 0, width, height);
    const low = height - TIMELINE.bottom;
    g.fillStyle = theme.paper;
    g.globalAlpha = 0.62;
    g.fillRect(edge(t + 1), low - TIMELINE.bars, width - TIMELINE.right - edge(t + 1), TIMELINE.bars);
    g.globalAlpha = 1;
    const x = edge(t + 0.5);
    g.strokeStyle = g.fillStyle = theme.accent;
    g.lineWidth = 2;
    for (const [from, to, strength] of [[TIMELINE.top, low - TIMELINE.bars, 0.3], [low - TIMELINE.bars, low + 2, 1]]) {
      g.globalAlpha = strength; // keeps names of lanes readable
      g.beginPath();
      g.moveTo(x, from);
      g.lineTo(x, to);
      g.stroke();
    }
    g.font = theme.font.replace("12px", "11px");
    const name = nameOf(t);
    const box = g.measureText(name).width + 12;
    const start = Math.min(width - box - 1, Math.max(1, x - box / 2));
    g.fillRect(start, low + 2, box, 17);
    g.fillStyle = theme.paper;
    g.fillText(name, start + 6, height - 5);
    paintDates(g, theme, start, start + box);
  }

  const seek = (event) => onSeek(Math.floor((event.clientX - host.getBoundingClientRect().left - left) / step()));
  host.addEventListener("pointerdown", (event) => {
    host.setPointerCapture(event.pointerId);
    seek(event);
  });
  host.addEventListener("pointermove", (event) => {
    if (host.hasPointerCapture(event.pointerId)) seek(event);
  });

  return {
    resize: paintBackground,
    paint,
    describe(t, sentence) {
      host.setAttribute("aria-valuenow", String(t + 1));
      host.setAttribute("aria-valuetext", sentence);
    },
  };
}
