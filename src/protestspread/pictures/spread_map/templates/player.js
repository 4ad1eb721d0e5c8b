// The player: connects the data of a page, a root element, the engine of the map and all panels.

const TWEEN = 260; // milliseconds of the transition between dates
const MOST_TWEENED = 400; // regions; with more, dates change without a transition
const KEEP = 150; // milliseconds after which the state is written to the address

function startPlayer(root, page, makeEngine) {
  const { words } = page;
  const format = numberFormat(page.lang);
  const model = readModel(page);
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  const darkScreen = matchMedia("(prefers-color-scheme: dark)");
  const last = model.dates - 1;
  const peak = model.totals.indexOf(Math.max(...model.totals));
  const state = { t: Math.max(0, peak), from: null, view: page.views[0], rate: false, pin: null, types: null, step: null, theme: page.theme, playing: false, pace: 1, loop: false, showCities: true, showArrows: true, showFlows: true, showFan: Boolean(page.ensemble) && last > 0, off: new Set(), least: page.least ?? 0.2, hover: null };
  const asked = readHash(model);
  Object.assign(state, asked);

  // elements of the page
  addStyle();
  root.textContent = "";
  root.classList.add("ps");
  root.classList.toggle("still", last === 0);
  const head = element("header", "head", root);
  const title = element("h1", "", head, page.title);
  title.title = shorten(page.title, 300);
  title.dir = "auto";
  if (page.subtitle) element("p", "", head, page.subtitle);
  const tools = element("div", "tools", head);
  const mapBox = element("section", "map", root);
  const nowBox = element("section", "now", root);
  const dock = element("div", "dock", root);
  const side = element("div", "side", root);
  const live = element("div", "aside", root);
  live.setAttribute("aria-live", "polite");
  nowBox.setAttribute("aria-label", words.date);
  side.setAttribute("role", "region");
  side.setAttribute("aria-label", words.shows);
  side.tabIndex = 0;

  // the map
  const canvas = { ground: element("canvas", "ground"), story: element("canvas", "story") };
  const engine = makeEngine(mapBox, canvas, model, words, moved);
  const paintGround = makeGround(model);
  const names = makeNames(model);
  const find = makeFinder(model);
  const scale = element("div", "scale", mapBox);
  const clear = element("button", "clear", mapBox, words.window_clear);
  clear.type = "button";
  clear.addEventListener("click", () => setWindow(null));
  let theme = readTheme(root);
  let camera = engine.camera();
  let before = null;
  let after = classesAt(model, state);
  let radiiBefore = null;
  let changed = 0; // time of the last change of the date; 0 without a transition
  let waiting = 0;
  const scene = { squares: [], radii: [], drawn: [], inView: 0, boxes: [], after, off: state.off };

  const actions = {
    toggle, seek: (t) => seek(t, true), step: (by) => seek(state.t + by, true), pace: (factor) => (state.pace = factor), loop: (on) => (state.loop = on),
    grow, window: (from, to) => setWindow(from, to), pin, escape: () => (state.from === null ? pin(null) : setWindow(null)), search: () => focusSearch(),
    view: (key) => restyle(() => { state.view = page.views.find((view) => view.key === key); state.from = null; }),
    rate: (on) => restyle(() => (state.rate = on)),
    layers: () => restyle(() => {}),
    types: (chosen) => restyle(() => { state.types = chosen; model.filter(chosen); }),
    story: (step) => goToStep(step),
    link: () => location.href.split("#")[0] + hashOf(model, state), picture,
  };
  const card = makeCard(side, model, words, format, state, actions);
  const story = makeStory(side, model, words, format, state, actions);
  const legendBox = element("section", "legend", side);
  const showLegend = makeLegend(legendBox, model, words, format, state, actions);
  const groups = [makeTypes(side, model, words, format, state, actions), makeLayers(side, model, words, format, state, actions)];
  const showForce = makeForce(side, model, words, format);
  side.querySelectorAll(".force").forEach((one) => one.addEventListener("toggle", () => showForce(state)));
  const fillTable = makeTable(side, model, words, format, state, (t) => page.dates[t] || page.title);
  const about = foldable(side, words.about, "about", last === 0);
  for (const note of page.notes) element("p", "note", about.body, note).dir = "auto";
  const showNow = makeNow(nowBox, model, words, format);
  const focusSearch = makeSearch(tools, model, words, actions);
  iconButton(tools, "theme", words.theme, () => {
    state.theme = theme.dark ? "light" : "dark";
    layout();
    keep();
  }, "themes");
  makeShare(tools, model, words, actions);
  const handle = element("button", "handle", root);
  handle.type = "button";
  setLabel(handle, words.enlarge);
  handle.addEventListener("click", () => {
    root.classList.toggle("tall");
    layout();
  });
  const controls = last > 0 ? makeControls(element("div", "controls", dock), words, actions, format) : null;
  const timeline = last > 0 ? makeTimeline(element("div", "timeline", dock), model, words, format, state, actions) : null;
  dock.hidden = !timeline;

  // Begin the transition from the current picture to the new state.
  function beginTransition(smooth) {
    before = after;
    radiiBefore = scene.radii;
    after = classesAt(model, state);
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
    const target = radiiAt(model, camera, state);
    const from = radiiBefore;
    scene.radii = changed && from && from.length === target.length ? target.map((r, i) => from[i] + (r - from[i]) * ease) : target;
    scene.squares = smallRegions(model, camera);
    Object.assign(scene, citiesInView(model, camera));
    const view = shownView(model, state);
    Object.assign(scene, { t: state.t, view, first: view.key === "first", chance: isChance(state) && model.ensemble.cities, after, share: ease, pin: state.pin, hover: state.hover, least: state.least, showCities: state.showCities && model.cities.count > 0, showArrows: state.showArrows, showFlows: state.showFlows });
    scene.fade = Math.max(1, Math.round(model.dates / 12));
    paintGround(canvas.ground, camera, theme, view, changed ? before.index && before : null, after, ease);
    paintStory(canvas.story, model, camera, theme, scene, names);
    picture.of = { camera };
    if (share < 1) repaint();
    else changed = 0;
  }

  // Request a repaint in the next animation frame; several requests give one repaint.
  function repaint() {
    if (!waiting) waiting = requestAnimationFrame(paint);
  }

  // While the map is moved, move its last picture, and draw it once the map rests.
  const mover = makeMover(canvas, () => paint(performance.now()));
  function moved() {
    if (picture.of) mover(picture.of.camera, engine.camera(), theme);
    else repaint();
  }

  // Browsers refuse to change the address very often.
  let keeping = 0;
  function keep() {
    clearTimeout(keeping);
    keeping = setTimeout(() => state.playing || document.querySelectorAll(".ps").length > 1 || writeHash(model, state), KEEP);
  }

  // Show the state in all panels. `aloud` also tells screen readers.
  function refresh(aloud, all) {
    const sentence = showNow(state);
    if (timeline) {
      timeline.describe(sentence);
      timeline.paint(theme);
    }
    clear.hidden = state.from === null;
    mapBox.setAttribute("aria-label", `${words.map}: ${sentence || page.title}`);
    if (aloud) live.textContent = sentence;
    showForce(state);
    if (state.pin !== null) card(theme);
    if (all || aloud || !state.playing) {
      fillTable();
      legend();
      keep();
    }
  }

  function legend() {
    scene.after = after;
    showLegend(theme, camera, scene);
    groups.forEach((show) => show());
    story.show();
  }

  function restyle(change) {
    change();
    beginTransition(true);
    refresh(false, true);
    repaint();
  }

  function seek(t, byHand) {
    if (byHand && state.playing) toggle();
    t = Math.max(0, Math.min(last, t));
    if (t === state.t && state.from === null) return;
    Object.assign(state, { t, from: null });
    beginTransition(true);
    refresh(byHand);
    pointing();
    repaint();
  }

  // A window of dates, of which the map shows the sum; null: the date alone.
  function setWindow(from, to = state.t) {
    if (state.playing) toggle();
    restyle(() => Object.assign(state, from === to ? { from: null, t: to } : { from, t: to }));
  }
  function grow(by) {
    const from = state.from ?? state.t;
    const t = Math.max(0, Math.min(last, state.t + by));
    if (by < 0 && t < from) setWindow(t, from);
    else setWindow(from, t);
  }

  function pin(place, focus) {
    state.pin = JSON.stringify(place) === JSON.stringify(state.pin) && !focus ? null : place;
    card(theme, focus);
    if (state.pin) side.scrollTop = 0;
    repaint();
    keep();
  }

  function goToStep(step) {
    const { row, place } = page.story[step];
    if (state.playing) toggle();
    Object.assign(state, { step, t: row, from: null, pin: place === null ? null : placeAt(model, place) });
    card(theme);
    beginTransition(true);
    refresh(true, true);
    story.reveal();
    repaint();
  }

  const playback = makePlayback(state, model, seek, (on) => {
    controls.playing(on);
    if (!on) refresh(true, true);
  });
  function toggle() {
    if (last > 0) playback();
  }

  const pointing = makePointing(mapBox, state, (x, y, reach) => (engine.busy() ? null : find(camera, scene, x, y, reach)), makeTip(mapBox, model, words, format), pin, repaint);
  const keys = (event) => timeline ? onKey(event, actions, controls.faster) : event.key === "Escape" && pin(null);
  root.addEventListener("keydown", keys);
  document.addEventListener("keydown", (event) => {
    const alone = document.querySelectorAll(".ps").length === 1;
    if (alone && event.target === document.body) keys(event);
  });

  // Redraw after a change of size, colors or print. A hidden page has no size and is drawn once it is visible.
  function layout() {
    if (!root.clientWidth) return;
    const [wide, high] = [root.clientWidth, root.clientHeight];
    const print = matchMedia("print").matches;
    root.classList.toggle("dark", !print && (state.theme === "auto" ? darkScreen.matches : state.theme === "dark"));
    root.classList.toggle("narrow", wide <= 1100);
    root.classList.toggle("phone", wide <= 640);
    const phone = wide <= 640;
    theme = readTheme(root);
    if (timeline) timeline.resize(theme, phone ? 118 : high < 430 ? 84 : high < 660 ? 142 : high < 760 ? 156 : 198, phone);
    if (!mapBox.clientWidth || !mapBox.clientHeight) return;
    engine.resize();
    camera = engine.camera();
    showScale();
    const buttons = placeBox(mapBox.querySelector(".zoom"), mapBox, camera, model, find, ["right", "right low"], []);
    scene.boxes = [buttons, ...(phone || nowBox.hidden ? [] : [placeBox(nowBox, mapBox, camera, model, find, ["", "low", "right", "right low"], [buttons])])];
    paint(performance.now());
    card(theme);
    refresh(false, true);
  }

  function showScale() {
    const bar = scaleBar(page, engine.camera());
    scale.style.width = `${bar.pixels}px`;
    scale.textContent = bar.text;
  }

  function picture() {
    const view = shownView(model, state);
    const colors = theme.dark ? view.dark : view.colors;
    const classes = view.labels.map((label, i) => [colors[i], label]);
    if (view.zero) classes.unshift([theme.zero, view.none || words.zero]);
    if (after.index.includes(-1)) classes.push([theme.zero, view.missing || words.not_observed, theme.hatching.zero]);
    if (after.open.includes(1)) classes.push([colors[Math.floor(colors.length / 3)], words.lower, hatchingOn(theme, colors[Math.floor(colors.length / 3)])]);
    const lines = [...nowBox.querySelectorAll("p")].map((line) => line.textContent).concat(view.what || []);
    return pictureOf(model, [canvas.ground, canvas.story], { theme, width: camera.width, height: camera.height, lines, classes: model.regions.length ? classes : [] });
  }

  new ResizeObserver(layout).observe(root);
  for (const query of ["(prefers-color-scheme: dark)", "print", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", layout);
  engine.onMove(() => {
    showScale();
    pointing();
  });
  if (state.types) model.filter(state.types);
  if (state.step !== null && asked.t === undefined) goToStep(state.step);
  after = classesAt(model, state);
  refresh(false, true);
  layout();
  root.dataset.ready = "1";
  root.protestspread = { readyAt: performance.now(), state, seek: (t) => seek(t, true), toggle, pin, model, paint: () => paint(performance.now()), camera: () => engine.camera(), find: (x, y) => find(camera, scene, x, y), names: names.boxes, named: names.names, csv: () => countsAsCsv(model), shown: (t, r) => shownValue(model, { ...state, t }, r), squares: () => scene.squares, scale: () => timeline.scale() };
  return root.protestspread;
}
