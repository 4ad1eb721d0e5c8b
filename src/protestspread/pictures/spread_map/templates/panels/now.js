// The date and its numbers, on the map; and the interventions in force, with the share of people where they were.

const MOST_SHOWN = 6;

// Interventions in force on a row: lane, regions, share of people (or of regions).
function inForceAt(model, t) {
  const found = model.inForce(t).map((one) => ({ ...one, share: one.lane.share ? one.lane.share[t] : null }));
  return found.sort((a, b) => (b.share ?? 0) - (a.share ?? 0) || a.i - b.i);
}

const percent = (share, format) => (share === null || share === undefined ? "" : share > 0 && share < 0.005 ? "< 1 %" : `${format(Math.round(100 * share))} %`);

function makeNow(host, model, words, format) {
  if (model.dates === 1 && !model.page.dates[0]) {
    host.hidden = true;
    return () => "";
  }
  const date = element("p", "date", host);
  const numbers = element("p", "numbers", host);
  const reached = element("p", "numbers reached", host);
  const places = model.main.count;

  // Update the panel; return its content as one sentence, for the slider and screen readers.
  return function show(state) {
    const { t, from } = state;
    const seen = model.observed[t];
    const firstGap = model.partial.indexOf(true);
    const open = firstGap >= 0 && firstGap <= t;
    date.textContent = from === null ? model.page.dates[t] : `${model.page.short[from]} – ${model.page.dates[t]}`;
    date.classList.toggle("long", date.textContent.length > 15);
    const least = (value, lower) => (lower ? fillIn(words.at_least, { n: format(value) }) : format(value));
    const sum = from === null ? model.totals[t] : model.soFar[t] - (from ? model.soFar[from - 1] : 0);
    const gap = from !== null ? model.partial.slice(from, t + 1).some(Boolean) : model.partial[t];
    const parts = [];
    if (from === null && !seen) parts.push(words.not_observed);
    else parts.push(`${words.events} ${from === null ? words.now : words.in_window}: ${least(sum, gap)}`);
    if (model.dates > 1 && from === null) parts.push(`${words.so_far}: ${least(model.soFar[t], open)}`);
    numbers.textContent = parts.join(" · ");
    const part = seen && seen < places ? ` · ${fillIn(words.observed, { n: format(seen), total: format(places) })}` : "";
    reached.textContent = fillIn(model.regions.length ? words.reached_of : words.joined_of, { n: format(model.reached[t]), total: format(places) }) + part;
    if (fanShown(state) && from === null) reached.textContent = simulatedAt(model, words, format, t) || reached.textContent;
    return [date.textContent, numbers.textContent, reached.textContent, ...inForceAt(model, t).slice(0, MOST_SHOWN).map((one) => one.lane.name)].join("; ");
  };
}

function makeForce(host, model, words, format) {
  const { lanes } = model.page;
  if (!lanes.length) return () => {};
  const { details, state: note, body } = foldable(host, words.in_force, "force", true);
  const more = element("details", "more");
  const moreName = element("summary", "", more);
  const moreList = element("div", "", more);
  const list = element("div", "", body);
  body.append(more);
  const shares = lanes.some((lane) => lane.share);
  if (shares) element("p", "small", body, words[model.page.share_of === "regions" ? "share_regions" : "share_people"]);

  function row(parent, { lane, share, regions }) {
    const line = element("p", "", parent);
    const name = element("span", "name", line, lane.name);
    name.title = lane.name;
    if (share !== null) {
      if (!regions.has(-1) && regions.size < model.regions.length) element("small", "", name, ` ${fillIn(words.of_regions, { n: format(regions.size), total: format(model.regions.length) })}`);
      const bar = element("span", "bar", line);
      element("i", "", bar).style.width = `${Math.max(2, 100 * share)}%`;
      element("span", "value", line, percent(share, format));
    } else element("span", "value", line, regions.has(-1) ? words.everywhere : fillIn(words.of, { n: format(regions.size), total: format(model.regions.length) }));
    line.title = regions.has(-1) ? `${lane.name}: ${words.everywhere}` : `${lane.name}: ${Array.from(regions, (r) => model.regions[r].name).join(", ")}`;
  }

  return function show({ t }) {
    const found = inForceAt(model, t);
    note.textContent = found.length ? `${format(found.length)}` : words.none;
    if (!details.open) return;
    list.textContent = moreList.textContent = "";
    found.slice(0, MOST_SHOWN).forEach((one) => row(list, one));
    found.slice(MOST_SHOWN).forEach((one) => row(moreList, one));
    more.hidden = found.length <= MOST_SHOWN;
    moreName.textContent = fillIn(words.more, { n: format(Math.max(0, found.length - MOST_SHOWN)) });
  };
}

// A group of the side panel that can be folded, and says its state.
function foldable(host, title, className, open) {
  const details = element("details", `fold ${className}`, host);
  details.open = open;
  const summary = element("summary", "", details);
  element("span", "title", summary, title);
  const state = element("span", "state", summary);
  return { details, state, body: element("div", "body", details) };
}
