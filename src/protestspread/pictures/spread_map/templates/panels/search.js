// A box that finds places by name: type, or walk through all places with the arrow keys; Enter pins.

const MOST_FOUND = 60;
const plainText = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function makeSearch(host, model, words, actions) {
  const { cities, regions, page } = model;
  const other = (packed, i) => (packed.other && packed.other[i]) || [];
  const places = [
    ...cities.order.map((i) => ({ place: { city: i }, name: cities.names[i], under: cities.region[i] >= 0 ? regions[cities.region[i]].name : "", texts: [cities.names[i], ...other(cities, i)] })),
    ...regions.map((region, i) => ({ place: { region: i }, name: region.name, under: words.region, texts: [region.name, ...other(page.regions, i)] })),
  ];
  for (const one of places) one.keys = one.texts.map(plainText);
  const box = element("div", "search", host);
  setIcon(element("span", "icon", box), "search");
  const input = element("input", "", box);
  const id = `${host.closest(".ps").id}-places`;
  Object.assign(input, { type: "text", placeholder: words.find, autocomplete: "off", spellcheck: false });
  for (const [name, value] of [["role", "combobox"], ["aria-label", words.find], ["aria-expanded", "false"], ["aria-autocomplete", "list"], ["aria-controls", id]]) input.setAttribute(name, value);
  const list = element("ul", "found", box);
  list.id = id;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", words.find);
  list.hidden = true;
  let found = [];
  let at = -1;

  // Names that begin with the text come first, then those with a word that does, then those that contain it.
  function matches(text) {
    const key = plainText(text.trim());
    const score = (one) => Math.min(...one.keys.map((name) => (name.startsWith(key) ? 0 : name.split(/[\s-]/).some((word) => word.startsWith(key)) ? 1 : name.includes(key) ? 2 : 9)));
    return places.map((one, i) => [score(one), i, one]).filter(([rank]) => rank < 9).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , one]) => one);
  }
  function choose(k) {
    at = k;
    const first = Math.max(0, Math.min(k - 20, found.length - MOST_FOUND));
    list.textContent = "";
    found.slice(first, first + MOST_FOUND).forEach((one, i) => {
      const row = element("li", "", list);
      row.id = `${id}-${first + i}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(first + i === at));
      element("span", "", row, one.name).dir = "auto";
      element("small", "", row, one.under).dir = "auto";
      row.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(one);
      });
    });
    const row = list.children[at - first];
    if (row) row.scrollIntoView({ block: "nearest" });
    if (row) input.setAttribute("aria-activedescendant", row.id);
    else input.removeAttribute("aria-activedescendant");
  }
  function open(on) {
    list.hidden = !on || !found.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }
  function look(first) {
    found = matches(input.value);
    choose(first);
    open(true);
  }
  function take(one) {
    input.value = "";
    open(false);
    actions.pin(one.place, true);
  }
  input.addEventListener("input", () => look(input.value ? 0 : -1));
  input.addEventListener("blur", () => open(false));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) look(0);
      else choose((at + (event.key === "ArrowDown" ? 1 : found.length - 1 + (at < 0 ? 1 : 0))) % found.length);
    } else if (event.key === "Enter" && !list.hidden && found[at]) take(found[at]);
    else if (event.key === "Escape" && (input.value || !list.hidden)) {
      input.value = "";
      open(false);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return () => input.focus();
}
