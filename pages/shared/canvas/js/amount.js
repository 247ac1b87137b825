import { Amounts } from "./amounts.js";
import { count, element } from "./dom.js";
import { mount } from "./stage.js";

const THUMB = 12;
const LABEL_GAP = 8;

/** The slider over the units that can go: what is kept lies to its right, in ink. */
class Amount {
  constructor(stage) {
    this.stage = stage;
    this.node = element("div", "scrubber keeps");
    this.slider = element("input");
    this.amounts = new Amounts(stage, () => this.refresh(), this.slider);
    this.slider.type = "range";
    this.slider.min = "0";
    this.slider.addEventListener("input", () => this.amounts.moveTo(Number(this.slider.value)));
    this.node.append(this.slider);
    this.marks = element("div", "marks");
    this.all = element("span");
    this.fewest = element("span");
    this.exact = element("span");
    this.auto = element("button");
    this.auto.type = "button";
    this.auto.addEventListener("click", () => this.amounts.moveTo(this.header.auto));
    this.marks.append(this.all, this.exact, this.auto, this.fewest);
    stage.body.append(this.node, this.marks);
  }

  update({ header }) {
    this.header = header;
    this.amounts.update(header);
    this.slider.setAttribute("aria-label", `${header.title}; to the right more units go`);
    this.exact.title = "So many units go without any change of the outputs on the pruning data";
    this.auto.title = "Auto stopped here";
  }

  paint() {
    this.refresh();
  }

  refresh() {
    const { header, slider, amounts } = this;
    if (!header) return;
    const { value } = amounts;
    const kept = header.units - (amounts.isAhead ? value : header.removed);
    this.stage.setTitle(`${header.title} ${count(kept)}`, `of ${count(header.units)}`);
    slider.max = String(Math.max(1, header.most));
    slider.disabled = header.most === 0;
    slider.value = String(value);
    slider.style.setProperty("--filled", `${header.most ? (100 * value) / header.most : 0}%`);
    slider.setAttribute("aria-valuetext", `${count(kept)} of ${count(header.units)} units kept`);
    this.placeMarks();
  }

  /** The ends are always named; exact and auto where they stand clear of what is named already. */
  placeMarks() {
    const { units, most, exact, auto } = this.header;
    const width = this.marks.clientWidth;
    this.all.textContent = count(units);
    this.fewest.textContent = most ? count(units - most) : "no unit can go";
    const taken = [
      [0, this.all.offsetWidth],
      [width - this.fewest.offsetWidth, width],
    ];
    const at = (amount) => THUMB / 2 + (amount / Math.max(1, most)) * (width - THUMB);
    place(this.auto, auto === null || !most ? null : at(auto), `Auto ${count(units - (auto ?? 0))}`, taken, width);
    place(this.exact, exact > 0 ? at(exact) : null, `exact to ${count(units - exact)}`, taken, width);
  }
}

/** Puts a word below its place of the slider; only its tick, where the word has no room; nothing without a place. */
function place(node, x, text, taken, width) {
  node.hidden = x === null;
  if (x === null) return;
  node.textContent = text;
  const wide = node.offsetWidth;
  const left = Math.min(width - wide, Math.max(0, x - wide / 2));
  const isClear = taken.every(([from, to]) => left > to + LABEL_GAP || left + wide < from - LABEL_GAP);
  if (!isClear) node.textContent = "";
  else taken.push([left, left + wide]);
  node.style.left = `${isClear ? left : x}px`;
  node.style.setProperty("--tick", `${isClear ? x - left : 0}px`);
}

export default function (component) {
  return mount(component, Amount);
}
