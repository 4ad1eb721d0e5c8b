// A table of all places on the date.

const MOST_ROWS = 500;

function makeTable(host, model, words, format, state, dateAt) {
  const { details, state: note, body } = foldable(host, words.table, "table", false);
  const show = (value) => (value === value ? format(value) : words.not_observed);
  note.textContent = format(model.main.count);

  function section(caption, heading, names, series, order, chances) {
    const table = element("table", "", body);
    element("caption", "", table, caption);
    const head = element("tr", "", element("thead", "", table));
    const once = model.dates === 1;
    const columns = [heading, ...(once ? [words.events] : [`${words.events} ${words.now}`, `${words.events} ${words.so_far}`]), ...(chances ? [words.chance_by] : [])];
    for (const column of columns) element("th", "", head, column).scope = "col";
    const rows = element("tbody", "", table);
    const { t } = state;
    for (const i of order.slice(0, MOST_ROWS)) {
      const row = element("tr", "", rows);
      const name = element("th", "", row, names(i));
      name.scope = "row";
      name.dir = "auto";
      element("td", "", row, show(series.values[i * model.dates + t]));
      if (!once) element("td", "", row, (series.open(i, 0, t) && series.seen(i, 0, t) ? "≥ " : "") + show(series.shown(i, 0, t)));
      if (chances) element("td", "", row, chanceOf(chances[i * model.dates + t], words));
    }
    if (order.length > MOST_ROWS) element("p", "", body, fillIn(words.shown, { n: format(MOST_ROWS), total: format(order.length) }));
  }

  function fill() {
    if (!details.open) return;
    body.textContent = "";
    const { regions, series, cities } = model;
    const by = (one) => (a, b) => one.sum(b, 0, state.t) - one.sum(a, 0, state.t) || a - b;
    const caption = dateAt(state.t);
    if (regions.length) section(caption, words.region, (i) => regions[i].name, series, regions.map((_, i) => i).sort(by(series)), model.ensemble && model.ensemble.regions);
    if (cities.series) {
      const chances = model.ensemble && model.ensemble.cities;
      const order = cities.order.filter((i) => cities.series.total(i) > 0 || (chances && chances[i * model.dates + state.t] > 0));
      section(caption, words.city, (i) => cities.names[i], cities.series, order.sort(by(cities.series)), chances);
    }
  }
  details.addEventListener("toggle", fill);
  return fill;
}
