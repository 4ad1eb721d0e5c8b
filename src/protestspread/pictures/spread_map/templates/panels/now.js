// Panel of the current date: the date, three numbers and the interventions in force.

function makeNow(host, model, words, format) {
  if (model.dates === 1 && !model.page.dates[0]) {
    host.hidden = true;
    return () => "";
  }
  const longest = Math.max(...model.page.dates.map((label) => label.length));
  const date = element("p", longest > 15 ? "date long" : "date", host);
  const stats = element("dl", "stats", host);
  const number = (name) => {
    const box = element("div", "", stats);
    const label = element("dt", "", box, name);
    return { label, value: element("dd", "", box) };
  };
  const now = number(`${words.events} ${words.now}`);
  const soFar = model.dates > 1 ? number(`${words.events} ${words.so_far}`) : null;
  const reached = number(words.reached);
  const lanes = model.page.lanes.filter((lane) => lane.spans);
  const list = lanes.length ? element("div", "force", host) : null;
  const heading = list && element("h2", "", list, words.in_force);
  const more = list && element("span", "more", heading);
  const items = lanes.map((lane) => {
    const item = element("p", "", list);
    element("i", "", item).style.background = lane.color;
    const name = element("span", "name", item, lane.name);
    name.title = lane.name;
    return { item, where: element("span", "where", item) };
  });
  const places = model.regions.length;

  function whereOf(found) {
    if (!found || found.regions.has(-1)) return words.everywhere;
    return fillIn(words.of, { n: format(found.regions.size), total: format(places) });
  }

  // Update the panel; return its content as one sentence, for the slider and screen readers.
  return function show(t) {
    const seen = model.observed[t];
    const label = model.page.dates[t];
    date.textContent = label;
    now.value.textContent = seen ? format(model.totals[t]) : "–";
    if (soFar) soFar.value.textContent = (model.partial.indexOf(true) >= 0 && model.partial.indexOf(true) <= t ? "≥ " : "") + format(model.soFar[t]);
    reached.value.textContent = format(model.reached[t]) + " ";
    element("small", "", reached.value, "/ " + format(places));
    const gap = seen === 0 ? words.not_observed : seen < places ? fillIn(words.observed, { n: format(seen), total: format(places) }) : "";
    now.label.textContent = gap || `${words.events} ${words.now}`;
    const inForce = model.inForce(t);
    items.forEach(({ item, where }, i) => {
      const found = inForce.find((one) => one.i === i);
      item.className = found ? "on" : "off";
      where.textContent = found ? whereOf(found) : "";
    });
    const others = inForce.filter((one) => one.i >= lanes.length);
    if (more) {
      more.textContent = others.length ? "+ " + fillIn(words.more, { n: format(others.length) }) : "";
      more.title = others.map((one) => one.lane.name).join(", ");
    }
    const parts = [label, seen ? `${words.events} ${words.now}: ${format(model.totals[t])}` : words.not_observed];
    return parts.concat(inForce.slice(0, 6).map((one) => one.lane.name)).join("; ");
  };
}
