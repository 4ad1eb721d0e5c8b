// Helpers for the document. Text from data is always set as textContent, never as HTML.

const ICONS = {
  back: "M6 5h2.4v14H6zM19 5v14L9 12z",
  forward: "M15.600 5H18v14h-2.400zM5 5v14l10-7z",
  play: "M7 4v16l13-8z",
  pause: "M6 4h4.200v16H6zM13.800 4H18v16h-4.200z",
  loop: "M7 7h10v3l4-4-4-4v3H5v6h2zM17 17H7v-3l-4 4 4 4v-3h12v-6h-2z",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  minus: "M5 11h14v2H5z",
  fit: "M4 4h6v2H6v4H4zM14 4h6v6h-2V6h-4zM4 14h2v4h4v2H4zM18 14h2v6h-6v-2h4z",
};
const SVG = "http://www.w3.org/2000/svg";

function element(tag, className, parent, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  if (parent) parent.appendChild(node);
  return node;
}

function svg(tag, attributes, parent) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (parent) parent.appendChild(node);
  return node;
}

function setIcon(button, name) {
  button.textContent = "";
  const picture = svg("svg", { viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true" }, button);
  svg("path", { d: ICONS[name], fill: "currentColor" }, picture);
}

function iconButton(parent, name, label, act, className) {
  const button = element("button", className || "", parent);
  button.type = "button";
  setIcon(button, name);
  setLabel(button, label);
  button.addEventListener("click", act);
  return button;
}

function setLabel(target, label) {
  target.setAttribute("aria-label", label);
  target.title = label;
}

// Fill a pattern such as "{n} of {total}"; braces inside values are not filled.
function fillIn(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

function numberFormat(lang) {
  let format;
  try {
    format = new Intl.NumberFormat(lang, { maximumSignificantDigits: 4 });
  } catch (unknownLanguage) {
    format = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
  }
  const whole = new Intl.NumberFormat(format.resolvedOptions().locale, { maximumFractionDigits: 0 });
  // the separator of thousands is the one in the labels of classes
  return (value) => (Number.isInteger(value) ? whole : format).formatToParts(value).map((part) => (part.type === "group" ? "\u202f" : part.value)).join("");
}

function shorten(text, most) {
  const letters = Array.from(text);
  return letters.length > most ? letters.slice(0, most - 1).join("") + "…" : text;
}

// Resize and clear a canvas, and return its context in CSS pixels; sharp on high-density screens.
function prepareCanvas(canvas, width, height) {
  const dense = Math.min(2, window.devicePixelRatio || 1);
  const [w, h] = [Math.max(1, Math.round(width * dense)), Math.max(1, Math.round(height * dense))];
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== h) canvas.height = h;
  const g = canvas.getContext("2d");
  g.setTransform(1, 0, 0, 1, 0, 0);
  g.clearRect(0, 0, w, h);
  g.setTransform(dense, 0, 0, dense, 0, 0);
  return g;
}

const THEME = ["ink", "muted", "paper", "land", "water", "edge", "coast", "zero", "hatch", "city", "arrow", "settled", "bar", "ahead", "accent", "line", "sea", "waterline"];

// Colors of the style sheet, for drawing on canvases.
function readTheme(root) {
  const style = getComputedStyle(root);
  const theme = Object.fromEntries(THEME.map((name) => [name, style.getPropertyValue("--" + name).trim()]));
  theme.dark = style.getPropertyValue("--dark").trim() === "1";
  theme.font = '12px system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
  theme.hatching = hatching(theme);
  return theme;
}

// Diagonal lines for values that were not observed, as a repeating tile.
function hatching(theme) {
  const tile = document.createElement("canvas");
  const dense = Math.min(2, window.devicePixelRatio || 1);
  tile.width = tile.height = 7 * dense;
  const g = tile.getContext("2d");
  g.scale(dense, dense);
  g.fillStyle = theme.paper;
  g.fillRect(0, 0, 7, 7);
  g.strokeStyle = theme.hatch;
  g.lineWidth = 1;
  g.beginPath();
  for (const shift of [-7, 0, 7]) {
    g.moveTo(shift - 1, 8);
    g.lineTo(shift + 8, -1);
  }
  g.stroke();
  return tile;
}

// Hatching as a fill with a fixed size on the screen, independent of the scale of the context.
function hatchFill(g, theme, scale) {
  const pattern = g.createPattern(theme.hatching, "repeat");
  const dense = Math.min(2, window.devicePixelRatio || 1);
  pattern.setTransform(new DOMMatrix().scale(1 / (dense * scale)));
  return pattern;
}
