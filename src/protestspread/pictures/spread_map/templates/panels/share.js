// What a reader can take away: a link, a frame for other pages, a picture, the counts.

// A cell that no spreadsheet takes for a formula.
const safeCell = (text) => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
const quoted = (text) => (/[",\n\r]/.test(safeCell(text)) ? `"${safeCell(text).replace(/"/g, '""')}"` : safeCell(text));

function copyText(text, button, words) {
  const label = button.textContent;
  const done = (worked) => {
    button.textContent = worked ? words.copied : words.not_copied;
    setTimeout(() => (button.textContent = label), 1600);
  };
  const byHand = () => {
    const area = element("textarea", "", button.parentNode, text);
    area.select();
    const worked = document.execCommand("copy");
    area.remove();
    done(worked);
  };
  if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(text).then(() => done(true), byHand);
  else byHand();
}

// All counts, one row per date and place; an unobserved day is an empty cell.
function countsAsCsv(model) {
  const { page, types } = model;
  const lines = [["date", "level", "place", ...(types.length ? ["type"] : []), "count"].join(",")];
  const add = (level, names, base, values, type) => {
    const ends = names.map(quoted);
    for (let t = 0; t < model.dates; t++) {
      for (let i = 0; i < ends.length; i++) {
        const at = i * model.dates + t;
        lines.push([page.iso[t], level, ends[i], ...(types.length ? [quoted(type)] : []), base[at] === base[at] ? values[at] : ""].join(","));
      }
    }
  };
  const levels = [["region", model.regions.map((region) => region.name), "regions"], ["city", model.cities.names, "cities"]];
  for (const [level, names, key] of levels) {
    const base = model.base[key];
    if (!base) continue;
    if (types.length) types.forEach((type) => type[key] && add(level, names, base, type[key], type.name));
    else add(level, names, base, base, "");
  }
  return `${lines.join("\r\n")}\r\n`;
}

function fileName(page, ending) {
  const stem = page.title.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  return `${stem || "map"}.${ending}`;
}

function download(name, blob) {
  const link = element("a", "");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 4000);
}

// The map at twice its size with title, date, legend and source.
function pictureOf(model, canvases, parts) {
  const { page } = model;
  const { theme, width, height, lines, classes } = parts;
  const [top, foot] = [64, 62];
  const sheet = document.createElement("canvas");
  [sheet.width, sheet.height] = [2 * width, 2 * (top + height + foot)];
  const g = sheet.getContext("2d");
  g.scale(2, 2);
  g.fillStyle = theme.paper;
  g.fillRect(0, 0, width, top + height + foot);
  for (const canvas of canvases) g.drawImage(canvas, 0, top, width, height);
  const text = (words, x, y, font, color, most) => {
    g.font = theme.font.replace("12px", font).replace(/^/, font.includes("17") ? "700 " : "");
    g.fillStyle = color;
    g.fillText(words, x, y, most);
  };
  text(page.title, 16, 26, "17px", theme.ink, width - 32);
  text(lines.join(" · "), 16, 48, "13px", theme.ink, width - 32);
  let x = 16;
  for (const [color, label, tile] of classes) {
    g.fillStyle = color;
    g.fillRect(x, top + height + 12, 20, 13);
    if (tile) {
      g.fillStyle = hatchFill(g, tile, 0.5);
      g.fillRect(x, top + height + 12, 20, 13);
    }
    g.strokeStyle = theme.edge;
    g.strokeRect(x + 0.5, top + height + 12.5, 20, 13);
    text(label, x + 26, top + height + 23, "12px", theme.ink);
    x += 42 + g.measureText(label).width;
  }
  text(page.notes.slice(-2).join(" "), 16, top + height + 48, "11px", theme.muted, width - 32);
  return new Promise((done) => sheet.toBlob(done, "image/png"));
}

function makeShare(host, model, words, actions) {
  const box = element("div", "share", host);
  const open = element("button", "", box);
  open.type = "button";
  setIcon(open, "share");
  element("span", "", open, words.share);
  open.setAttribute("aria-expanded", "false");
  open.setAttribute("aria-label", words.share);
  const menu = element("div", "menu", box);
  menu.hidden = true;
  const show = (on) => {
    menu.hidden = !on;
    open.setAttribute("aria-expanded", String(on));
  };
  open.addEventListener("click", () => show(menu.hidden));
  const button = (label, act) => {
    const made = element("button", "", menu, label);
    made.type = "button";
    made.addEventListener("click", () => act(made));
  };
  const linked = location.protocol !== "about:"; // frames of notebooks have no address
  if (linked) button(words.copy_link, (made) => copyText(actions.link(), made, words));
  if (linked) button(words.copy_embed, (made) => copyText(embedOf(actions.link(), model.page), made, words));
  button(words.picture, () => actions.picture().then((blob) => download(fileName(model.page, "png"), blob)));
  button(words.counts, () => download(fileName(model.page, "csv"), new Blob(["\ufeff", countsAsCsv(model)], { type: "text/csv" })));
  if (linked) element("p", "small", menu, words.share_note);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || menu.hidden) return;
    show(false);
    open.focus();
    event.stopPropagation();
  });
  document.addEventListener("pointerdown", (event) => box.contains(event.target) || show(false));
}

// A frame for other pages; it is as wide as its place there.
function embedOf(address, page) {
  const safe = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
  return `<iframe src="${safe(address)}" title="${safe(page.title)}" style="width: 100%; height: min(90vh, ${page.height}px); border: 0" loading="lazy" sandbox="allow-scripts allow-downloads"></iframe>`;
}
