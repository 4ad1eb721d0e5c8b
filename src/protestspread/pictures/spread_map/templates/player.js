// The player: connects the data of a page, a root element, the engine of the map and all panels.

const TWEEN = 260; // milliseconds of the transition between dates
const MOST_TWEENED = 400; // regions; with more, dates change without a transition

function startPlayer(root, page, makeEngine) {
  const words = page.words;
  const format = numberFormat(page.lang);
  const model = readModel(page);
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  const last = model.dates - 1;
  const peak = model.totals.indexOf(Math.max(...model.totals));
  const state = { t: Math.max(0, peak), view: page.views[0], playing: false, pace: 1, loop: false, showCities: true, showArrows: true, least: page.least ?? 0.2, hover: null };

  // elements of the page
  root.textContent = "";
  root.classList.add("ps");
  root.classList.toggle("still", last === 0);
  const head = element("header", "", root);
  const title = element("h1", "", head, page.title);
  title.title = shorten(page.title, 300);
  if (page.subtitle) element("p", "", head, page.subtitle);
  const nowBox = element("section", "now", root);
  const mapBox = element("section", "map", root);
  const legendBox = element("section", "legend", root);
  const dock = element("div", "dock", root);
  const foot = element("footer", "", root);
  const live = element("div", "aside", root);
  live.setAttribute("aria-live", "polite");
  nowBox.setAttribute("aria-label", words.date);
  legendBox.setAttribute("aria-label", words.shows);

  // the map
  const canvas = { ground: element("canvas", "ground"), story: element("canvas", "story") };
  const engine = makeEngine(mapBox, canvas, model, words, () => repaint(true));
  const paintGround = makeGround(model);
  const names = makeNames(model);
  const find = makeFinder(model);
  const tip = makeTip(mapBox, model, words, format);
  const scale = element("div", "scale", mapBox);
  let theme = readTheme(root);
  let camera = engine.camera();
  let before = null;
  let after = classesAt(model, state.view, state.t);
  let radiiBefore = null;
  let changed = 0; // time of the last change of the date; 0 without a transition
  let waiting = 0;
  let pointer = null;
  const scene = { marks: [], radii: [], buttons: [0, 0, 0, 0] };

  const showNow = makeNow(nowBox, model, words, format);
  const showLegend = makeLegend(legendBox, model, words, format, state, (part) => {
    if (part === "view") beginTransition(true);
    legend();
    repaint(true);
  });
  const updateTable = makeTable(foot, model, words, format, (t) => page.dates[t] || page.title);
  for (const note of page.notes) element("p", "note", foot, note).dir = "auto";
  const actions = { toggle, step: (by) => seek(state.t + by, true), seek: (t) => seek(t, true), pace: (factor) => (state.pace = factor), loop: (on) => (state.loop = on) };
  const controls = last > 0 ? makeControls(element("div", "controls", dock), words, actions, format) : null;
  const timeline = last > 0 ? makeTimeline(element("div", "timeline", dock), model, format, words.timeline, (t) => seek(t, true)) : null;
  if (!timeline) dock.hidden = true;

  function legend() {
    showLegend(theme, camera, scene.marks, state.t);
  }

  // Begin the transition from the current picture to the new state.
  function beginTransition(smooth) {
    before = after;
    radiiBefore = scene.radii;
    after = classesAt(model, state.view, state.t);
    const tween = smooth && !reducedMotion.matches && model.regions.length <= MOST_TWEENED;
    changed = tween ? performance.now() : 0;
  }

  function paint(now) {
    waiting = 0;
    if (!mapBox.clientWidth || !mapBox.clientHeight) return;
    camera = engine.camera();
    // the time of a frame may be before the change
    const share = changed ? Math.max(0, Math.min(1, (now - changed) / TWEEN)) : 1;
    const ease = share * (2 - share);
    const target = state.showCities ? radiiAt(model, camera, state.t) : new Float64Array(model.cities.count);
    const from = radiiBefore;
    scene.radii = changed && from && from.length === target.length ? target.map((r, i) => from[i] + (r - from[i]) * ease) : target;
    scene.marks = smallRegions(model, camera);
    Object.assign(scene, { t: state.t, view: state.view, after, share: ease, hover: state.hover, least: state.least, showCities: state.showCities && model.cities.count > 0, showArrows: state.showArrows });
    scene.fade = Math.max(1, Math.round(model.dates / 12));
    paintGround(canvas.ground, camera, theme, state.view, changed ? before : null, after, ease);
    paintStory(canvas.story, model, camera, theme, scene, names);
    if (share < 1) repaint();
    else changed = 0;
  }

  // Request a repaint in the next animation frame; several requests give one repaint.
  function repaint() {
    if (!waiting) waiting = requestAnimationFrame(paint);
  }

  function announce(aloud) {
    const sentence = showNow(state.t);
    if (timeline) timeline.describe(state.t, sentence);
    mapBox.setAttribute("aria-label", `${words.map}: ${sentence || page.title}`);
    if (aloud) live.textContent = sentence;
  }

  function seek(t, byHand) {
    if (byHand && state.playing) toggle();
    t = Math.max(0, Math.min(last, t));
    if (t === state.t) return;
    state.t = t;
    beginTransition(true);
    announce(byHand);
    if (timeline) timeline.paint(theme, t);
    updateTable(t, byHand);
    if (model.arrows.outside.size) legend();
    showTip();
    repaint();
  }

  // Milliseconds per date. At 1× all dates take at most 24 seconds where possible; single dates change at most 8 times a second.
  const interval = () => {
    const fastest = state.view.key === "so_far" ? 1000 / 30 : 125;
    return Math.max(fastest, Math.max(125, Math.min(900, 24000 / model.dates)) / state.pace);
  };
  let played = 0;
  let clock = 0;
  function play(now) {
    if (!state.playing) return;
    if (now - played >= interval()) {
      played = now;
      if (state.t < last) seek(state.t + 1);
      else if (state.loop) seek(0);
      else return toggle();
    }
    clock = requestAnimationFrame(play);
  }
  let fresh = true; // the page opens at the peak; playing first starts at the beginning
  function toggle() {
    if (last === 0) return;
    state.playing = !state.playing;
    controls.playing(state.playing);
    if (state.playing) {
      if (fresh || state.t === last) seek(0);
      played = performance.now();
      clock = requestAnimationFrame(play);
    } else {
      cancelAnimationFrame(clock);
      announce(true);
      updateTable(state.t, true);
    }
    fresh = false;
  }

  function showTip() {
    const found = pointer && !engine.busy() ? find(camera, scene, ...pointer) : null;
    const same = JSON.stringify(found) === JSON.stringify(state.hover);
    state.hover = found;
    tip(found, state, state.t, ...(pointer || [0, 0]));
    if (!same) repaint();
  }
  const point = (event) => {
    const box = mapBox.getBoundingClientRect();
    pointer = [event.clientX - box.left, event.clientY - box.top];
    showTip();
  };
  mapBox.addEventListener("pointermove", point);
  mapBox.addEventListener("pointerdown", point);
  mapBox.addEventListener("pointerleave", () => {
    pointer = null;
    showTip();
  });
  root.addEventListener("keydown", (event) => timeline && onKey(event, actions, controls.faster));
  document.addEventListener("keydown", (event) => {
    const alone = document.querySelectorAll(".ps").length === 1;
    if (timeline && alone && event.target === document.body) onKey(event, actions, controls.faster);
  });

  // Redraw after a change of size, colors or print. A hidden page has no size and is drawn once it is visible.
  function layout() {
    if (!root.clientWidth || !mapBox.clientWidth || !mapBox.clientHeight) return;
    theme = readTheme(root);
    engine.resize();
    camera = engine.camera();
    scene.marks = smallRegions(model, camera);
    scene.radii = radiiAt(model, camera, state.t);
    if (timeline) {
      timeline.resize(theme);
      timeline.paint(theme, state.t);
    }
    legend();
    showScale();
    placeButtons();
    paint(performance.now());
  }

  // Move the zoom buttons to a corner where they cover no region, if there is one.
  function placeButtons() {
    const buttons = mapBox.querySelector(".zoom");
    const [wide, high] = [buttons.offsetWidth + 14, buttons.offsetHeight + 14];
    const bare = { showCities: false, marks: [], radii: [] };
    const corners = [["", 1, 0], ["low", 1, 1], ["left", 0, 0]].map(([name, right, low]) => {
      const [x, y] = [right * (camera.width - wide), low * (camera.height - high - 16)];
      const taken = mapBox.querySelector(`.leaflet-${low ? "bottom" : "top"}.leaflet-${right ? "right" : "left"} > *`);
      return { name, taken, box: [x, y, x + wide, y + high] };
    });
    const free = ({ box, taken }) => !taken && [0, 0.25, 0.5, 0.75, 1].every((a) => [0, 0.5, 1].every((b) => !find(camera, bare, box[0] + b * wide, box[1] + a * high)));
    const corner = corners.find(free) || corners[0];
    buttons.className = `zoom ${corner.name}`;
    scene.buttons = corner.box;
  }

  function showScale() {
    const bar = scaleBar(page, engine.camera());
    scale.style.width = `${bar.pixels}px`;
    scale.textContent = bar.text;
  }
  new ResizeObserver(layout).observe(root);
  for (const query of ["(prefers-color-scheme: dark)", "print", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", layout);
  engine.onMove(() => {
    showScale();
    showTip();
  });
  announce(false);
  updateTable(state.t, true);
  layout();
  root.dataset.ready = "1";
  root.protestspread = { readyAt: performance.now(), state, seek: (t) => seek(t, true), toggle, model, paint: () => paint(performance.now()), camera: () => engine.camera(), find: (x, y) => find(camera, scene, x, y), names: names.boxes };
  return root.protestspread;
}

// A round number of kilometers, at most 120 pixels long, at the center of the map.
function scaleBar(page, camera) {
  let metres = page.grid.step / camera.k;
  if (page.plane.proj === "merc") {
    const middle = page.grid.y - ((camera.height / 2 - camera.y) / camera.k) * page.grid.step;
    metres /= Math.cosh(middle / 6378137);
  }
  const most = (metres * 120) / 1000;
  const power = 10 ** Math.floor(Math.log10(most));
  const km = [5, 2, 1].map((n) => n * power).find((n) => n <= most) || power;
  return { pixels: (km * 1000) / metres, text: `${km < 1 ? Number(km.toPrecision(1)) : km} km` };
}
