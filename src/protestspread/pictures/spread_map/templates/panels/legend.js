// What the map shows: the choice of a view, its colors, and the signs on the map.

function swatchRow(list, theme, color, text, hatched) {
  const row = element("li", "", list);
  const box = element("canvas", "swatch", row);
  const g = prepareCanvas(box, 22, 14);
  g.fillStyle = color;
  g.fillRect(0, 0, 22, 14);
  if (hatched) {
    g.fillStyle = hatchFill(g, hatchingOn(theme, color), 1);
    g.fillRect(0, 0, 22, 14);
  }
  element("span", "", row, text);
}

// A row with the symbol of a mark, as on the map.
function markRow(host, theme, mark) {
  const row = element("p", "mark", host);
  const canvas = element("canvas", "", row);
  const g = prepareCanvas(canvas, 18, 14);
  canvas.style.width = "18px";
  penOf(g, mark, theme);
  if (mark.shape === "line") {
    g.moveTo(0, 7);
    g.lineTo(18, 7);
    g.stroke();
  } else drawSymbol(g, { ...mark, shape: mark.shape === "area" ? "square" : mark.shape, size: Math.min(mark.size, 12) }, 9, 7);
  element("span", "", row, mark.label);
}

function checkRow(host, label, checked, act) {
  const row = element("label", "switch", host);
  const box = element("input", "", row);
  box.type = "checkbox";
  box.checked = checked;
  box.addEventListener("change", () => act(box.checked));
  element("span", "", row, label);
  return box;
}

// Buttons of which one is pressed.
function choice(host, names, act) {
  const box = element("div", "views", host);
  const buttons = names.map((name, i) => {
    const button = element("button", "", box, name);
    button.type = "button";
    button.addEventListener("click", () => act(i));
    return button;
  });
  return (chosen) => buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === chosen)));
}

// Three nested circles, in the size of the map.
function circleKey(host, model, camera, format) {
  const { most } = model.cities;
  const largest = circleScale(camera);
  const nice = [1, 2, 5].flatMap((a) => [1, 10, 100, 1000, 1e4].map((b) => a * b)).sort((a, b) => a - b);
  const below = (limit) => nice.filter((value) => value <= limit).pop();
  const values = [...new Set([most, below(most / 3), below(most / 12)])].filter((value) => value > 0);
  const height = 2 * largest + 4;
  const picture = svg("svg", { width: 90, height, viewBox: `0 0 90 ${height}`, role: "img", "aria-label": values.map(format).join(", ") }, host);
  let last = Infinity;
  for (const value of values) {
    const r = radiusOf(value, most, largest);
    const top = height - 2 - 2 * r;
    svg("circle", { cx: largest + 2, cy: height - 2 - r, r }, picture);
    const y = Math.max(9, Math.min(height - 3, last === Infinity ? top + 6 : Math.max(top + 6, last + 12)));
    svg("line", { x1: largest + 2, y1: top, x2: 2 * largest + 12, y2: y - 3 }, picture);
    svg("text", { x: 2 * largest + 16, y }, picture).textContent = format(value);
    last = y;
  }
}

function makeLegend(host, model, words, format, state, actions) {
  const { page } = model;
  const { views } = page;
  const heading = element("h2", "", host, views.length > 1 ? words.shows : words.events);
  const chooseView = views.length > 1 ? choice(host, views.map((view) => view.short || view.name), (i) => actions.view(views[i].key)) : null;
  const rates = element("div", "", host);
  const chooseRate = views.some((view) => view.rates) ? choice(rates, [words.events, words.per_people], (i) => actions.rate(i === 1)) : null;
  const what = element("p", "small what", host);
  const list = element("ul", "classes", host);
  const signs = element("div", "signs", host);

  function sign(draw, text) {
    const row = element("p", "mark", signs);
    draw(row);
    element("span", "", row, text);
  }
  const canvasSign = (draw) => (row) => {
    const canvas = element("canvas", "", row);
    canvas.style.width = "18px";
    draw(prepareCanvas(canvas, 18, 18));
  };

  let shown = ""; // the signs as they are; most dates change none

  return function show(theme, camera, scene) {
    const view = shownView(model, state);
    const gaps = [scene.after.index.includes(-1), scene.after.open.includes(1), scene.squares.length > 0];
    let fromOutside = 0;
    for (const [row, n] of model.arrows.outside) if (row <= state.t) fromOutside += n;
    const now = JSON.stringify([state.view.key, state.rate, state.from, theme.dark, camera.k, camera.width, gaps, scene.drawn.length, scene.inView, state.showCities, state.showArrows, fanShown(state), state.least, [...state.off], fromOutside, model.cities.most]);
    if (now === shown) return;
    shown = now;
    if (chooseView) chooseView(state.from === null ? views.indexOf(state.view) : -1);
    if (chooseRate) {
      chooseRate(state.rate ? 1 : 0);
      rates.hidden = !view.rates && !state.rate;
    }
    heading.hidden = views.length < 2 && model.dates > 1;
    const span = state.from === null ? view.name : words.in_window;
    what.textContent = view.key === "first" ? words.first_long : view.what || `${state.rate ? words.events_rate : words.events}${span ? `, ${span}` : ""}`;
    what.hidden = model.dates < 2;
    list.textContent = signs.textContent = "";
    list.hidden = !model.regions.length && !scene.chance;
    list.className = gaps[0] || gaps[1] || view.labels.some((label) => label.length > 9) ? "classes long" : "classes";
    const colors = theme.dark ? view.dark : view.colors;
    if (view.zero || view.key === "first") swatchRow(list, theme, theme.zero, view.key === "first" ? words.not_yet : view.none || words.zero);
    view.labels.forEach((label, i) => swatchRow(list, theme, colors[i], label));
    if (gaps[0]) swatchRow(list, theme, theme.zero, view.missing || words.not_observed, true);
    if (gaps[1]) swatchRow(list, theme, colors[Math.floor(colors.length / 3)], words.lower, true);
    if (gaps[2]) sign(canvasSign((g) => { g.lineWidth = 1.5; g.strokeStyle = theme.ink; g.fillStyle = colors[0]; g.rect(3, 3, 12, 12); g.fill(); g.stroke(); }), words.small);
    if (state.showCities && model.cities.count) citySigns(theme, camera, scene);
    if (fanShown(state)) fanSigns(signs, theme, model, words);
    for (const mark of new Map((page.marks || []).map((one) => [one.label, one])).values()) if (!state.off.has(mark.label)) markRow(signs, theme, mark);
    if (model.arrows.count && state.showArrows) sign(canvasSign((g) => { g.strokeStyle = theme.arrow; g.lineWidth = 2; g.moveTo(1, 14); g.quadraticCurveTo(6, 3, 17, 5); g.stroke(); }), fillIn(words.probability, { p: format(state.least) }));
    if (fromOutside) element("p", "small", signs, fillIn(words.outside, { n: format(Math.round(10 * fromOutside) / 10) }));
  };

  function citySigns(theme, camera, scene) {
    if (scene.chance) return chanceSigns(signs, theme, model, words);
    if (!model.cities.series) return sign(canvasSign((g) => { g.fillStyle = theme.ink; g.arc(9, 9, 2, 0, 7); g.fill(); }), words.dots);
    if (!model.cities.most) return null;
    if (scene.first) return sign(canvasSign((g) => { g.strokeStyle = g.fillStyle = theme.ink; g.arc(9, 9, 8, 0, 7); g.stroke(); g.textAlign = "center"; g.fillText(page.day[model.dates - 1], 9, 12.5); }), words.first_long);
    const key = element("div", "key", signs);
    circleKey(key, model, camera, format);
    const text = element("span", "", key, words.circles);
    if (model.dates > 1) text.append(`; ${fillIn(words.ring, { now: words.now })}`);
    if (scene.drawn.length < scene.inView) element("p", "small", signs, fillIn(words.most_active, { n: format(scene.drawn.length), total: format(scene.inView) }));
    return key;
  }
}

// Switches of what is drawn over the regions.
function makeLayers(host, model, words, format, state, actions) {
  const labels = [...new Set((model.page.marks || []).map((mark) => mark.label))];
  if (!model.cities.count && !model.arrows.count && !model.page.flows && !model.ensemble && !labels.length) return () => {};
  const { state: note, body } = foldable(host, words.layers, "layers", Boolean(model.arrows.count));
  const boxes = [];
  const add = (key, label, get, set) => boxes.push([get, checkRow(body, label, get(), (on) => { set(on); actions.layers(); })]);
  if (model.cities.count) add("c", words.dots, () => state.showCities, (on) => (state.showCities = on));
  if (model.arrows.count) add("a", words.arrows, () => state.showArrows, (on) => (state.showArrows = on));
  if (model.page.flows) add("f", words.flows, () => state.showFlows, (on) => (state.showFlows = on));
  if (model.ensemble) add("e", words.spreads, () => state.showFan, (on) => (state.showFan = on));
  for (const label of labels) add(label, label, () => !state.off.has(label), (on) => (on ? state.off.delete(label) : state.off.add(label)));
  if (model.arrows.count) {
    const row = element("label", "least", body);
    const text = element("span", "", row);
    const range = element("input", "", row);
    Object.assign(range, { type: "range", min: "0.05", max: "0.95", step: "0.05", value: String(state.least) });
    range.setAttribute("aria-label", words.least);
    const show = () => (text.textContent = fillIn(words.probability, { p: format(state.least) }));
    range.addEventListener("input", () => {
      state.least = Number(range.value);
      show();
      actions.layers();
    });
    show();
  }
  return function show() {
    boxes.forEach(([get, box]) => (box.checked = get()));
    note.textContent = fillIn(words.of, { n: format(boxes.filter(([get]) => get()).length), total: format(boxes.length) });
  };
}

// Types of event to count.
function makeTypes(host, model, words, format, state, actions) {
  const { types } = model;
  if (!types.length) return () => {};
  const { state: note, body } = foldable(host, words.types, "types", false);
  const boxes = types.map((type, i) => {
    const box = checkRow(body, type.name, true, (on) => {
      const chosen = new Set(state.types || types.map((_, k) => k));
      if (on) chosen.add(i);
      else chosen.delete(i);
      actions.types(chosen.size === types.length ? null : chosen);
    });
    element("i", "dot", box.parentNode).style.background = type.color;
    element("span", "value", box.parentNode, format(type.total));
    return box;
  });
  return function show() {
    boxes.forEach((box, i) => (box.checked = !state.types || state.types.has(i)));
    note.textContent = fillIn(words.of, { n: format(state.types ? state.types.size : types.length), total: format(types.length) });
  };
}
