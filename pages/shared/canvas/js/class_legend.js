import { element, swatch } from "./dom.js";
import { classColor } from "./palette.js";
import { textWidth } from "./surface.js";

const MARK = 14;
const GAP = 14;
const LEAST_NAME = 46;
const MORE = 34;
const NAME_SIZE = 12;

/** A dot and a name for each class, and how the samples of the test split are drawn; what has no room is counted. */
export class ClassLegend {
  constructor() {
    this.node = element("div", "legend classes");
    this.context = document.createElement("canvas").getContext("2d");
  }

  refresh(names, palette, { heldOut = false } = {}) {
    const least = names.map((name) => MARK + Math.min(LEAST_NAME, this.widthOf(name)));
    const test = heldOut ? MARK + this.widthOf("test") : 0;
    const shown = this.fitting(least, heldOut ? GAP + test : 0);
    const entries = names
      .slice(0, shown)
      .map((name, number) => entry(name, swatch(classColor(palette, number), "dot"), least[number]));
    if (shown < names.length) entries.push(more(names.slice(shown)));
    if (heldOut) entries.push(entry("test", swatch("", "hollow"), test));
    this.node.replaceChildren(...entries);
  }

  widthOf(name) {
    return Math.ceil(textWidth(this.context, name, 400, NAME_SIZE));
  }

  /** How many classes can be named, if each has its least width and `taken` is taken. */
  fitting(least, taken) {
    const room = this.node.clientWidth - taken;
    let [used, count] = [0, 0];
    while (count < least.length && used + least[count] <= room) used += least[count++] + GAP;
    if (count === least.length) return count;
    while (count > 0 && used + MORE > room) used -= least[--count] + GAP;
    return count;
  }
}

function entry(name, mark, least) {
  const node = element("span");
  node.style.minWidth = `${least}px`;
  node.title = name;
  node.append(mark, name);
  return node;
}

function more(names) {
  const node = element("em", "", `+${names.length}`);
  node.title = names.join(", ");
  return node;
}
