import { count } from "./dom.js";
import { STATUS_WORDS } from "./palette.js";

const HOW = "Click a unit to pin it, right-click to look at it; click a layer’s name to lock it.";

/** A unit's name, its status, what became of it, and what a click would do. */
export function unitWords(state, unit) {
  const status = `${STATUS_WORDS[state.statusOf(unit)]} on ${state.header.split}`;
  const pin = state.pins.get(unit);
  const stuck = state.whyStuck(unit);
  const words = [state.nameOf(unit), status];
  if (pin) words.push(`pinned as ${pin}: a click leaves it to the plan again`);
  else if (state.isGone(unit)) words.push(whyGone(state, unit), "a click pins it as kept");
  else if (stuck) words.push(`cannot go: ${stuck}`);
  else words.push("kept; a click pins it as removed");
  return words;
}

/** How wide a layer is left, and what a click on its name would do. */
export function layerWords(state, layer, isLocked) {
  const how = isLocked ? "locked: a click lets its units go again" : "a click locks it: its units stay";
  return [`${state.widthWords(layer)} units kept`, state.header.stuck[layer] ? "its units cannot go" : how];
}

/** How many units are pinned, with their marks, and what can be done. */
export function pinWords(state) {
  const kinds = [
    ["●", "kept"],
    ["✕", "removed"],
  ].map(([mark, word]) => [mark, word, state.pinsOf(word)]);
  const pinned = kinds
    .filter(([, , units]) => units)
    .map(([mark, word, units]) => `${mark} ${count(units)} pinned as ${word}`)
    .join(", ");
  return pinned ? `${pinned}. ${HOW}` : HOW;
}

function whyGone(state, unit) {
  const { stages, heirs, alike } = state.arrays;
  const stage = state.header.stageWords[(stages?.[unit] ?? 0) - 1];
  const heir = heirs?.[unit] ?? -1;
  const why = stage ? `removed: ${stage}` : "removed";
  if (heir < 0) return why;
  const known = alike && !Number.isNaN(alike[unit]);
  return `${why}; heir ${state.nameOf(heir)}${known ? ` (${alike[unit].toFixed(2).replace("0.", ".")})` : ""}`;
}
