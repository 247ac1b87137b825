import { count, element, percent, swatch } from "./dom.js";
import { STATUS_WORDS } from "./palette.js";

const MANY = 10_000;

/**
 * The share bar with the three counts in words, which is the legend of every status figure; `removed`: with those that
 * are gone, at the end.
 */
export class StatusLegend {
  constructor({ removed = false } = {}) {
    this.hasRemoved = removed;
    const words = removed ? [...STATUS_WORDS, "removed"] : STATUS_WORDS;
    this.bar = element("div", "bar");
    this.segments = words.map(() => this.bar.appendChild(element("s")));
    this.entries = words.map((word, code) => legendEntry(word, STATUS_WORDS[code] ? "" : "struck"));
    if (removed) this.segments.at(-1).className = "struck";
    this.constant = legendEntry("constant", "hatched");
    this.constant.node.title = "constant: the same for every sample";
    this.list = element("div", "legend");
    this.list.append(...this.entries.map((entry) => entry.node), this.constant.node);
    this.node = element("div", "status-legend");
    this.node.append(this.bar, this.list);
  }

  /** `counts` of dead, linear and nonlinear, and of removed units; `constant` is null where no unit ever is. */
  refresh(counts, constant, palette) {
    const total = counts.reduce((sum, value) => sum + value, 0);
    counts.forEach((value, code) => {
      this.segments[code].style.flexGrow = String(value);
      this.segments[code].hidden = value === 0;
      if (STATUS_WORDS[code]) {
        this.segments[code].style.background = palette.status[code];
        this.entries[code].mark.style.background = palette.status[code];
      }
      this.entries[code].number.textContent = count(value);
      this.entries[code].share.textContent = value ? percent(value, total) : "";
    });
    this.constant.node.hidden = constant === null;
    this.node.classList.toggle("crowded", this.hasRemoved || constant !== null || total >= MANY);
    this.constant.number.textContent = count(constant ?? 0);
  }
}

function legendEntry(word, shape = "") {
  const node = element("span");
  const mark = swatch("", shape);
  const number = element("b");
  const share = element("em");
  node.append(mark, `${word} `, number, " ", share);
  return { node, mark, number, share };
}
