// The state of the player in the address of the page, so that a link opens what its sender saw.

const markLabels = (page) => [...new Set((page.marks || []).map((mark) => mark.label))];

function readHash(model) {
  const { page, cities, regions } = model;
  const found = {};
  let hash;
  try {
    hash = new URLSearchParams(location.hash.slice(1));
  } catch (noAddress) {
    return found;
  }
  const row = page.iso ? page.iso.indexOf(hash.get("d")) : -1;
  if (row >= 0) found.t = row;
  const [from, to] = (hash.get("w") || "").split("-").map((n) => Number(n) - 1);
  if (from >= 0 && to > from && to < model.dates) Object.assign(found, { from, t: to });
  const view = page.views.find((one) => one.key === hash.get("v"));
  if (view) found.view = view;
  if (hash.get("u") === "rate" && page.views.some((one) => one.rates)) found.rate = true;
  const [level, name] = [(hash.get("p") || "").slice(0, 2), (hash.get("p") || "").slice(2)];
  const place = level === "c:" ? { city: cities.names.indexOf(name) } : level === "r:" ? { region: regions.findIndex((one) => one.name === name) } : null;
  if (place && (place.city ?? place.region) >= 0) found.pin = place;
  const types = hash.getAll("t").map((type) => model.types.findIndex((one) => one.key === type)).filter((i) => i >= 0);
  if (types.length) found.types = new Set(types);
  const layers = hash.get("l");
  if (layers !== null) Object.assign(found, { showCities: layers.includes("c"), showArrows: layers.includes("a"), showFlows: layers.includes("f"), showFan: layers.includes("e") && Boolean(page.ensemble) && model.dates > 1 });
  const labels = markLabels(page);
  found.off = new Set(hash.getAll("o").map((i) => labels[i]).filter(Boolean));
  const step = Number(hash.get("s")) - 1;
  if (page.story && page.story[step]) found.step = step;
  if (["light", "dark"].includes(hash.get("theme"))) found.theme = hash.get("theme");
  return found;
}

function hashOf(model, state) {
  const { page } = model;
  const parts = new URLSearchParams();
  if (page.iso && model.dates > 1) parts.set("d", page.iso[state.t]);
  if (state.from !== null) parts.set("w", `${state.from + 1}-${state.t + 1}`);
  if (state.view !== page.views[0]) parts.set("v", state.view.key);
  if (state.rate) parts.set("u", "rate");
  if (state.pin !== null) parts.set("p", state.pin.city === undefined ? `r:${model.regions[state.pin.region].name}` : `c:${model.cities.names[state.pin.city]}`);
  for (const i of state.types || []) parts.append("t", model.types[i].key);
  const layers = (state.showCities ? "c" : "") + (state.showArrows ? "a" : "") + (state.showFlows ? "f" : "") + (state.showFan ? "e" : "");
  if (layers !== (page.ensemble ? "cafe" : "caf")) parts.set("l", layers);
  markLabels(page).forEach((label, i) => state.off.has(label) && parts.append("o", i));
  if (state.step !== null) parts.set("s", state.step + 1);
  if (state.theme !== page.theme) parts.set("theme", state.theme);
  return `#${parts}`;
}

// Frames without an address of their own cannot keep it.
function writeHash(model, state) {
  try {
    history.replaceState(null, "", hashOf(model, state));
  } catch (noAddress) {
    return false;
  }
  return true;
}
