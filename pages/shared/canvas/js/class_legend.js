import { element, swatch } from "./dom.js";
import { classColor } from "./palette.js";

/** A dot and a name for each class, and how the samples of the test split are drawn. */
export class ClassLegend {
  constructor() {
    this.node = element("div", "legend classes");
  }

  refresh(names, palette, { heldOut = false } = {}) {
    const entries = names.map((name, number) => entry(name, swatch(classColor(palette, number), "dot")));
    if (heldOut) entries.push(entry("test", swatch("", "hollow"), "test"));
    this.node.replaceChildren(...entries);
    this.node.title = names.join(", ");
  }
}

function entry(name, mark, kind = "") {
  const node = element("span", kind);
  node.append(mark, name);
  return node;
}
