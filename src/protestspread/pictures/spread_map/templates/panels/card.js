// Tooltip of the place under the pointer, and the card of the pinned place.

const MOST_LINKS = 4;

// A city or region: its name, region, series and number among cities and regions.
function placeOf(model, { city, region }) {
  const { cities, page } = model;
  if (city === undefined) return { name: model.regions[region].name, region, series: model.series, i: region, number: cities.count + region, people: page.regions.population && page.regions.population[region] };
  return { name: cities.names[city], region: cities.region[city], series: cities.series, i: city, number: city, people: cities.population && cities.population[city] };
}

const placeAt = (model, number) => (number < model.cities.count ? { city: number } : { region: number - model.cities.count });

// Its events on a row and so far, in words.
function describeCounts(model, words, format, { series, i }, t) {
  if (!series) return "";
  const value = series.values[i * model.dates + t];
  if (model.dates === 1) return value === value ? format(value) : words.not_observed;
  const sum = series.seen(i, 0, t) ? format(series.sum(i, 0, t)) : words.not_observed;
  const soFar = series.open(i, 0, t) && series.seen(i, 0, t) ? fillIn(words.at_least, { n: sum }) : sum;
  return `${words.now}: ${value === value ? format(value) : words.not_observed} · ${words.so_far}: ${soFar}`;
}

function makeTip(mapBox, model, words, format) {
  const tip = element("div", "tip", mapBox);
  tip.hidden = true;
  const title = element("strong", "", tip);
  const numbers = element("span", "", tip);
  const force = element("span", "under", tip);
  title.dir = "auto";

  return function show(found, state, x, y) {
    tip.hidden = !found;
    if (!found) return;
    const place = placeOf(model, found);
    title.textContent = place.name;
    numbers.textContent = describeCounts(model, words, format, place, state.t) + (model.ensemble ? ` · ${chanceText(model, words, found, state.t)}` : "");
    const kinds = kindsIn(model, place.region, state.t);
    const names = kinds.slice(0, 6).concat(kinds.length > 6 ? [`+ ${fillIn(words.more, { n: format(kinds.length - 6) })}`] : []);
    force.textContent = names.length ? `${words.in_force}: ${names.join(", ")}` : "";
    force.hidden = !names.length;
    const room = mapBox.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(x + 14, room.width - tip.offsetWidth - 6))}px`;
    tip.style.top = `${y > tip.offsetHeight + 20 ? y - tip.offsetHeight - 12 : Math.min(y + 18, room.height - tip.offsetHeight - 4)}px`;
  };
}

// Names of the interventions in force in a region.
function kindsIn(model, region, t) {
  return region === undefined || region < 0 ? [] : model.inForce(t).filter((one) => one.regions.has(-1) || one.regions.has(region)).map((one) => one.lane.name);
}

// Place in the order of first events, with ties: first, last and number of places that joined.
function rankOf(series, i) {
  const joined = series.first.filter((row) => row >= 0);
  return [1 + joined.filter((row) => row < series.first[i]).length, joined.filter((row) => row <= series.first[i]).length, joined.length];
}

// Bars by date, stacked by type, with the current date darker and unobserved dates hatched.
function paintCurve(canvas, model, theme, state, { series, i }, level) {
  const [width, height] = [canvas.clientWidth || 280, 66];
  const g = prepareCanvas(canvas, width, height);
  const low = height - 15;
  const step = width / model.dates;
  const wide = Math.max(0.6, step - (step > 5 ? 1.5 : 0));
  const values = Array.from({ length: model.dates }, (_, t) => series.values[i * model.dates + t]);
  const most = Math.max(1, ...values.filter((value) => value === value));
  const types = model.types.filter((type, k) => type[level] && (!state.types || state.types.has(k)));
  g.font = theme.font.replace("12px", "10px");
  g.textAlign = "center";
  values.forEach((value, t) => {
    const x = t * step;
    if (value !== value) {
      g.fillStyle = hatchFill(g, theme.hatching.zero, 1);
      g.fillRect(x, 8, step, low - 8);
      return;
    }
    const parts = types.length ? types.map((type) => [type.color, type[level][i * model.dates + t] || 0]) : [[theme.bar, value]];
    let top = low;
    for (const [color, n] of parts) {
      const tall = (Math.max(0, n) / most) * (low - 13);
      g.fillStyle = t === state.t && !types.length ? theme.ink : color;
      g.fillRect(x + (step - wide) / 2, (top -= tall), wide, tall);
    }
    if (value > 0 && step > 14) {
      g.fillStyle = theme.ink;
      g.fillText(String(value), x + step / 2, top - 2);
    }
  });
  g.fillStyle = theme.muted;
  g.fillRect(0, low, width, 1);
  const every = Math.ceil(24 / step);
  model.page.ticks.forEach((t, k) => {
    if (k % every) return;
    g.font = `${t === state.t ? "700 " : ""}${theme.font.replace("12px", "10px")}`;
    g.fillStyle = t === state.t ? theme.ink : theme.muted;
    g.fillText(model.page.day[t], (t + 0.5) * step, height - 3);
  });
}

function makeCard(host, model, words, format, state, actions) {
  const card = element("section", "card", host);
  card.hidden = true;

  function link(parent, place, tag = "span") {
    const button = element("button", "link", element(tag, "", parent), placeOf(model, place).name);
    button.type = "button";
    button.dir = "auto";
    button.addEventListener("click", () => actions.pin(place, true));
    return button;
  }
  function fact(parent, value, label) {
    const box = element("div", "", parent);
    element("dd", "", box, value);
    element("dt", "", box, label);
  }
  // Probable predecessors, or followers: names with bars.
  function ties(heading, arrows, end, rest) {
    if (!arrows.length && !rest.length) return;
    element("h3", "", card, heading);
    const lines = arrows.sort((a, b) => b.p - a.p).slice(0, MOST_LINKS).map((arrow) => [placeAt(model, arrow[end]), arrow.p]);
    const others = arrows.slice(MOST_LINKS);
    if (others.length) rest.unshift([fillIn(words.others, { n: format(others.length) }), others.reduce((sum, arrow) => sum + arrow.p, 0), end === "target"]);
    for (const [place, p, bare] of [...lines, ...rest]) {
      const line = element("p", "tie", card);
      if (typeof place === "string") element("span", "name", line, place);
      else link(line, place).parentNode.className = "name";
      if (bare) continue;
      element("i", "", element("span", "bar", line)).style.width = `${100 * Math.min(1, p)}%`;
      element("span", "value", line, percent(p, format));
    }
  }

  function fill(theme) {
    const { t } = state;
    const place = placeOf(model, state.pin);
    const { series, i } = place;
    const level = state.pin.city === undefined ? "regions" : "cities";
    card.textContent = "";
    const head = element("header", "", card);
    const title = element("h2", "", head, place.name);
    title.tabIndex = -1;
    title.dir = "auto";
    iconButton(head, "close", words.close, () => actions.pin(null));
    const under = element("p", "under", card);
    if (level === "cities" && place.region >= 0) link(under, { region: place.region });
    if (place.people) element("span", "", under, fillIn(words.people, { n: format(place.people) }));
    if (series && model.dates > 1) {
      const facts = element("dl", "facts", card);
      const first = series.first[i];
      if (first >= 0) {
        fact(facts, model.page.short[first], words.first);
        const [from, to, of] = rankOf(series, i);
        fact(facts, from === to ? format(from) : `${format(from)}–${format(to)}`, fillIn(words.rank, { total: format(of) }));
      }
      const sum = series.seen(i, 0, t) ? format(series.sum(i, 0, t)) : "–";
      fact(facts, series.open(i, 0, t) ? `≥ ${sum}` : sum, `${words.events} ${words.so_far}`);
      const canvas = element("canvas", "curve", card);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `${words.timeline}: ${place.name}`);
      paintCurve(canvas, model, theme, state, place, level);
    } else if (series) element("p", "", card, describeCounts(model, words, format, place, t));
    if (model.ensemble) element("p", "what", card, chanceText(model, words, state.pin, t));
    if (model.arrows.count) {
      const list = model.arrows.list;
      const alone = model.arrows.alone.get(place.number);
      ties(words.before, list.filter((arrow) => arrow.target === place.number), "source", alone ? [[words.alone, alone]] : []);
      ties(words.after, list.filter((arrow) => arrow.source === place.number), "target", []);
      element("p", "small", card, words.inferred);
    }
    if (level === "regions" && model.cities.series) {
      const inside = model.cities.order.filter((c) => model.cities.region[c] === i && model.cities.series.first[c] >= 0).sort((a, b) => model.cities.series.first[a] - model.cities.series.first[b]);
      if (inside.length) element("h3", "", card, words.cities);
      const list = element("p", "cities", card);
      inside.slice(0, 20).forEach((c) => link(list, { city: c }).parentNode.append(` ${model.page.short[model.cities.series.first[c]]}`));
      if (inside.length > 20) element("span", "", list, fillIn(words.more, { n: format(inside.length - 20) }));
    }
    const kinds = kindsIn(model, place.region, t);
    if (kinds.length) {
      element("h3", "", card, words.in_force);
      element("p", "", card, kinds.map(capital).join(", "));
    }
    const row = element("button", "link", element("p", "", card), words.copy_row);
    row.type = "button";
    row.addEventListener("click", () => {
      const counts = Array.from({ length: model.dates }, (_, at) => series && series.values[i * model.dates + at]).map((value) => (value === value && value !== undefined && value !== null ? value : ""));
      copyText([safeCell(place.name), ...counts].join("\t"), row, words);
    });
  }

  return function show(theme, focus) {
    card.hidden = state.pin === null;
    if (card.hidden) return;
    const held = card.contains(document.activeElement);
    fill(theme);
    if (focus || held) card.querySelector("h2").focus({ preventScroll: !focus });
  };
}
