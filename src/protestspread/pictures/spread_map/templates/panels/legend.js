// Legend of colors, circles and arrows, with switches to hide them.

function swatchRow(list, theme, color, text) {
  const row = element("li", "", list);
  const box = element("i", color ? "" : "hatched", row);
  if (color) box.style.background = color;
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
  return row;
}

// Three nested circles, in the size of the map.
function circleKey(host, model, camera, format) {
  const most = model.cities.most;
  const largest = circleScale(camera);
  const nice = [1, 2, 5].flatMap((a) => [1, 10, 100, 1000, 1e4].map((b) => a * b)).sort((a, b) => a - b);
  const below = (limit) => nice.filter((value) => value <= limit).pop();
  const values = [...new Set([most, below(most / 3), below(most / 12)])].filter((value) => value > 0);
  const height = 2 * largest + 4;
  const picture = svg("svg", { width: 110, height, viewBox: `0 0 110 ${height}`, role: "img", "aria-label": values.map(format).join(", ") }, host);
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

// state: view, showCities, showArrows, least. change(part) requests a repaint.
function makeLegend(host, model, words, format, state, change) {
  const { page } = model;
  const heading = element("h2", "", host, page.views.length > 1 ? words.shows : words.events);
  if (page.views.length > 1) {
    const group = element("div", "views", host);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", heading.textContent);
    const buttons = page.views.map((view) => {
      const button = element("button", "", group, `${words.events} ${view.name}`);
      button.type = "button";
      button.addEventListener("click", () => {
        state.view = view;
        press();
        change("view");
      });
      return [view, button];
    });
    const press = () => buttons.forEach(([view, button]) => button.setAttribute("aria-pressed", String(view === state.view)));
    press();
  }
  const list = element("ul", "classes", host);
  const small = element("p", "small", host, words.small);
  const circles = element("div", "circles", host);
  const arrows = element("div", "arrows", host);

  if (model.cities.count) {
    checkRow(circles, model.cities.known ? words.circles : words.dots, true, (on) => {
      state.showCities = on;
      change("cities");
    });
  }
  const circleBox = element("div", "key", circles);
  if (model.arrows.count) {
    checkRow(arrows, words.arrows, true, (on) => {
      state.showArrows = on;
      change("arrows");
    });
    const row = element("label", "least", arrows);
    const text = element("span", "", row);
    const range = element("input", "", row);
    Object.assign(range, { type: "range", min: "0.05", max: "0.95", step: "0.05", value: String(state.least) });
    range.setAttribute("aria-label", words.least);
    const showLeast = () => {
      text.textContent = fillIn(words.probability, { p: format(state.least) });
    };
    range.addEventListener("input", () => {
      state.least = Number(range.value);
      showLeast();
      change("arrows");
    });
    showLeast();
  }
  const outside = element("p", "small", arrows);
  const markBox = element("div", "marks", host);

  return function show(theme, camera, marks, t) {
    list.textContent = "";
    const { view } = state;
    if (view.zero) swatchRow(list, theme, theme.zero, words.none);
    list.className = view.labels.some((label) => label.length > 10) ? "classes long" : "classes";
    list.style.gridTemplateRows = `repeat(${Math.ceil((view.labels.length + 2) / 2)}, auto)`;
    view.labels.forEach((label, i) => swatchRow(list, theme, (theme.dark ? view.dark : view.colors)[i], label));
    if (model.gaps) swatchRow(list, theme, null, words.not_observed);
    small.hidden = !marks.length;
    circleBox.textContent = "";
    if (model.cities.known && model.cities.most > 0) {
      circleKey(circleBox, model, camera, format);
      if (model.dates > 1) element("span", "", circleBox, fillIn(words.ring, { now: words.now }));
    }
    markBox.textContent = "";
    for (const mark of new Map((page.marks || []).map((one) => [one.label, one])).values()) markRow(markBox, theme, mark);
    let fromOutside = 0;
    for (const [row, n] of model.arrows.outside) if (row <= t) fromOutside += n;
    outside.hidden = !fromOutside;
    outside.textContent = fillIn(words.outside, { n: format(Math.round(10 * fromOutside) / 10) });
  };
}
