// Tooltip of the place inForceLine the pointer, and a table of all places.

const MOST_ROWS = 500;

function makeTip(host, model, words, format) {
  const tip = element("div", "tip", host);
  tip.hidden = true;
  const title = element("strong", "", tip);
  const numbers = element("span", "", tip);
  const inForceLine = element("span", "under", tip);
  title.dir = "auto";

  return function show(found, state, t, x, y) {
    tip.hidden = !found;
    if (!found) return;
    const { cities, dates } = model;
    const city = found.city !== undefined;
    const region = city ? cities.region[found.city] : found.region;
    title.textContent = city ? cities.names[found.city] : model.regions[region].name;
    const [{ values, sums, open }, i] = city ? [cities, found.city] : [model, region];
    const at = i * dates + t;
    numbers.textContent = values ? describe(values[at], sums[at], city ? cities.known[at] : NaN, open[at]) : "";
    const kinds = region < 0 ? [] : model.inForce(t).filter((one) => one.regions.has(-1) || one.regions.has(region));
    const names = kinds.slice(0, 6).map((one) => one.lane.name);
    if (kinds.length > 6) names.push("+ " + fillIn(words.more, { n: format(kinds.length - 6) }));
    inForceLine.textContent = names.length ? `${words.in_force}: ${names.join(", ")}` : "";
    inForceLine.hidden = !names.length;
    const room = host.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(x + 14, room.width - tip.offsetWidth - 6))}px`;
    tip.style.top = `${y > tip.offsetHeight + 20 ? y - tip.offsetHeight - 12 : Math.min(y + 18, room.height - tip.offsetHeight - 4)}px`;
  };

  function describe(value, sum, known, open) {
    if (model.dates === 1) return value === value ? format(value) : words.not_observed;
    if (value !== value) return known > 0 ? `${words.not_observed} · ${words.so_far} ≥ ${format(known)}` : words.not_observed;
    return `${words.now}: ${format(value)} · ${words.so_far}: ${open ? "≥ " : ""}${format(sum)}`;
  }
}

function makeTable(host, model, words, format, dateAt) {
  const details = element("details", "table", host);
  element("summary", "", details, words.table);
  const body = element("div", "scroll", details);
  body.tabIndex = 0;
  body.setAttribute("role", "region");
  body.setAttribute("aria-label", words.table);
  let t = 0;

  const show = (value) => (value === value ? format(value) : words.not_observed);

  function section(caption, heading, names, { values, sums, open }, order, last) {
    const table = element("table", "", body);
    element("caption", "", table, caption);
    const head = element("tr", "", element("thead", "", table));
    const once = model.dates === 1;
    const columns = [heading, ...(once ? [words.events] : [`${words.events} ${words.now}`, `${words.events} ${words.so_far}`])];
    if (last) columns.push(words.in_force);
    for (const column of columns) element("th", "", head, column).scope = "col";
    const rows = element("tbody", "", table);
    for (const i of order.slice(0, MOST_ROWS)) {
      const row = element("tr", "", rows);
      const name = element("th", "", row, names(i));
      name.scope = "row";
      name.dir = "auto";
      element("td", "", row, show(values[i * model.dates + t]));
      const at = i * model.dates + t;
      if (!once) element("td", "", row, (open[at] && sums[at] === sums[at] ? "≥ " : "") + show(sums[at]));
      if (last) element("td", "words", row, last(i));
    }
    if (order.length > MOST_ROWS) element("p", "", body, fillIn(words.shown, { n: format(MOST_ROWS), total: format(order.length) }));
  }

  function fill() {
    if (!details.open) return;
    body.textContent = "";
    const { regions, sums, cities, dates } = model;
    const by = (numbers) => (a, b) => (numbers[b * dates + t] || 0) - (numbers[a * dates + t] || 0) || a - b;
    const inForce = model.inForce(t);
    const kinds = (r) => inForce.filter((one) => one.regions.has(-1) || one.regions.has(r)).map((one) => one.lane.name).join(", ");
    const caption = dateAt(t);
    section(caption, words.region, (i) => regions[i].name, model, regions.map((_, i) => i).sort(by(sums)), model.page.lanes.length ? kinds : null);
    if (cities.values) {
      const order = cities.names.map((_, i) => i).filter((i) => cities.total(i) > 0);
      section(caption, words.city, (i) => cities.names[i], cities, order.sort(by(cities.known)), null);
    }
  }

  details.addEventListener("toggle", fill);
  return function update(row, now) {
    t = row;
    if (now) fill();
  };
}
