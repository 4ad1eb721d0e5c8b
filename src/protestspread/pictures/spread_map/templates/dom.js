// Helpers for the document. Text from data is always set as textContent, never as HTML.

const ICONS = {
  back: "M6 5h2.4v14H6zM19 5v14L9 12z",
  forward: "M15.600 5H18v14h-2.400zM5 5v14l10-7z",
  play: "M7 4v16l13-8z",
  pause: "M6 4h4.200v16H6zM13.800 4H18v16h-4.200z",
  loop: "M7 7h10v3l4-4-4-4v3H5v6h2zM17 17H7v-3l-4 4 4 4v-3h12v-6h-2z",
  plus: "M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z",
  minus: "M5 11h14v2H5z",
  search: "M10 4a6 6 0 1 0 3.700 10.700l4.300 4.300 1.400-1.400-4.300-4.300A6 6 0 0 0 10 4zm0 2a4 4 0 1 1 0 8 4 4 0 0 1 0-8z",
  theme: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 2v14a7 7 0 0 1 0-14z",
  share: "M12 3l5 5-1.400 1.400L13 6.800V15h-2V6.800L8.400 9.400 7 8zM5 13h2v6h10v-6h2v8H5z",
  close: "M6.400 5L12 10.600 17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400L12 13.400 6.400 19 5 17.600 10.600 12 5 6.400z",
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

// The style sheet of the player, once for a page.
function addStyle() {
  if (document.getElementById("protestspread-style")) return;
  element("style", "", document.head, STYLE).id = "protestspread-style";
}

const THEME = ["ink", "muted", "paper", "land", "water", "edge", "coast", "zero", "hatch", "city", "arrow", "settled", "bar", "ahead", "accent", "line", "sea", "waterline", "flow", "lane"];

// Colors of the style sheet, for drawing on canvases.
function readTheme(root) {
  const style = getComputedStyle(root);
  const theme = Object.fromEntries(THEME.map((name) => [name, style.getPropertyValue("--" + name).trim()]));
  theme.dark = root.classList.contains("dark");
  theme.font = '12px system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';
  const [dark, pale] = theme.dark ? [theme.paper, theme.ink] : [theme.ink, theme.paper];
  theme.hatching = { zero: hatching(theme.hatch, 1), onPale: hatching(dark, 0.5), onDark: hatching(pale, 0.62) };
  return theme;
}

// Diagonal lines for values that were not observed, as a repeating tile; what is below stays visible.
function hatching(color, alpha) {
  const tile = document.createElement("canvas");
  const dense = Math.min(2, window.devicePixelRatio || 1);
  tile.width = tile.height = 7 * dense;
  const g = tile.getContext("2d");
  g.scale(dense, dense);
  g.globalAlpha = alpha;
  g.strokeStyle = color;
  g.lineWidth = 1.2;
  g.beginPath();
  for (const shift of [-7, 0, 7]) {
    g.moveTo(shift - 1, 8);
    g.lineTo(shift + 8, -1);
  }
  g.stroke();
  return tile;
}

// Lightness of a color "#rrggbb", from 0 to 1.
function lightness(color) {
  const [r, g, b] = [1, 3, 5].map((i) => (parseInt(color.slice(i, i + 2), 16) / 255) ** 2.2);
  return Math.cbrt(0.2126 * r + 0.7152 * g + 0.0722 * b);
}

// The hatching that is visible on a color; null: on zero.
function hatchingOn(theme, color) {
  return theme.hatching[!color || color === theme.zero ? "zero" : lightness(color) > 0.6 ? "onPale" : "onDark"];
}

// Hatching as a fill with a fixed size on the screen, independent of the scale of the context.
function hatchFill(g, tile, scale) {
  const pattern = g.createPattern(tile, "repeat");
  const dense = Math.min(2, window.devicePixelRatio || 1);
  pattern.setTransform(new DOMMatrix().scale(1 / (dense * scale)));
  return pattern;
}
