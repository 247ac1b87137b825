import { TOKENS } from "./tokens.js";

export const STATUS_WORDS = ["dead", "linear", "nonlinear"];

/** The palette that fits the background the element stands on, with what is derived from it. */
export function paletteAt(element) {
  const background = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  const scheme = isDark(background || "#ffffff") ? "dark" : "light";
  const tokens = TOKENS[scheme];
  const status = STATUS_WORDS.map((word) => tokens.status[word]);
  return { ...tokens, scheme, status };
}

/** Red, green and blue of `#RRGGBB`. */
export function rgb(hex) {
  return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16));
}

/** The colour `share` of the way from one colour to another. */
export function mix(from, to, share) {
  const target = rgb(to);
  const channels = rgb(from).map((value, i) => Math.round(value + (target[i] - value) * share));
  return "#" + channels.map((value) => value.toString(16).padStart(2, "0")).join("");
}

/** A colour as one opaque pixel of an ImageData seen as Uint32Array (little-endian: ABGR). */
export function pixel(hex) {
  const [red, green, blue] = rgb(hex);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** The colour of a class; colours repeat where there are more classes than colours. */
export function classColor(palette, number) {
  return palette.classes[number % palette.classes.length];
}

/** The colour at `place` in [0, 1] of a list of colours. */
export function scaleColor(colors, place) {
  const position = Math.min(1, Math.max(0, place)) * (colors.length - 1);
  const step = Math.min(colors.length - 2, Math.floor(position));
  return mix(colors[step], colors[step + 1], position - step);
}

function isDark(color) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = color; // the canvas turns every way of writing a colour into #rrggbb
  const [red, green, blue] = rgb(context.fillStyle.startsWith("#") ? context.fillStyle : "#ffffff");
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}
