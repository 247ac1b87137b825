/** A DOM element with a class and a text; text is never read as HTML. */
export function element(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

/** A small square (or, for classes, a dot) in the colour of what stands after it. */
export function swatch(color, shape = "") {
  const node = element("i", shape);
  node.style.background = color;
  return node;
}

/** Number with thousands separated, as on every page. */
export function count(value) {
  return value.toLocaleString("en");
}

/** Share of a whole in words: `56 %`, `3.5 %`, `<0.1 %`. */
export function percent(part, whole) {
  const share = whole ? (100 * part) / whole : 0;
  if (share > 0 && share < 0.1) return "<0.1 %";
  if (share < 100 && share > 99.9) return ">99.9 %";
  return `${share.toFixed((share > 0 && share < 10) || (share > 99 && share < 100) ? 1 : 0)} %`;
}

/** A value in few, telling digits. */
export function short(value) {
  if (!Number.isFinite(value)) return "–";
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  const plain = size === 0 || (size >= 1e-3 && size < 1e5);
  const text = plain ? String(rounded) : Number(value.toPrecision(2)).toExponential();
  return text.replace("e+", "e").replaceAll("-", "−");
}
