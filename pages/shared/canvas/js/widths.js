import { count, element, percent } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { Picture } from "./picture.js";
import { LOCK_ROOM, drawLock } from "./prune_marks.js";
import { mount } from "./stage.js";
import { fitted, label, textWidth } from "./surface.js";

const ROW = 16;
const BAR = 8;
const LONGEST_NAME = 92;
const BESIDE = 8;
const RIGHT = 4;

/** A bar a layer, as long as it was wide; what is left of it is in ink. Many layers are scrolled. */
class Widths extends Picture {
  constructor(stage) {
    super(stage);
    this.spacer = this.plot.appendChild(element("div"));
    this.plot.addEventListener("scroll", () => this.paint(stage.palette));
  }

  update({ header, arrays }) {
    this.header = header;
    this.sizes = Array.from(arrays.sizes);
    this.kept = Array.from(arrays.kept);
    const total = (list) => list.reduce((sum, value) => sum + value, 0);
    const narrower = this.sizes.filter((size, layer) => this.kept[layer] < size).length;
    this.stage.setTitle(header.title, `by layer, ${narrower} of ${this.sizes.length} narrower`);
    const words = header.layers.map((name, layer) => `${name} ${this.kept[layer]} of ${this.sizes[layer]}`);
    const some = words.length <= 20 ? `: ${words.join(", ")}` : "";
    const all = `${count(total(this.kept))} of ${count(total(this.sizes))} units`;
    this.plot.setAttribute("aria-label", `${header.title}, ${all}${some}`);
  }

  paint(palette) {
    const whole = this.sizes.length * ROW;
    const height = Math.min(whole, this.header.height - this.plot.offsetTop);
    const hidden = whole - height;
    this.stage.root.style.height = `${this.plot.offsetTop + height}px`;
    this.plot.classList.toggle("scroller", hidden > 0);
    this.spacer.style.height = `${hidden}px`;
    const context = this.surface.begin(this.plot.clientWidth, height);
    const widest = (texts) => Math.ceil(Math.max(...texts.map((text) => textWidth(context, text))));
    const left = Math.min(LONGEST_NAME, widest(this.header.layers)) + BESIDE + LOCK_ROOM;
    const words = this.sizes.map((size, layer) => this.widthWords(layer));
    const ends = this.sizes.map((size) => `${count(size)} → ${count(size)}`);
    const room = Math.max(20, this.plot.clientWidth - left - widest(ends) - BESIDE - RIGHT);
    const longest = Math.max(...this.sizes);
    this.sizes.forEach((size, layer) => {
      const y = layer * ROW + ROW / 2 - this.plot.scrollTop;
      if (y < -ROW || y > height + ROW) return;
      const name = fitted(context, this.header.layers[layer], LONGEST_NAME);
      label(context, name, left - BESIDE, y, palette.muted, "right");
      if (this.header.locked.includes(layer))
        drawLock(context, left - BESIDE - textWidth(context, name) - LOCK_ROOM / 2, y, true, palette.ink);
      const [was, is] = [size, this.kept[layer]].map((units) => (units / longest) * room);
      context.fillStyle = palette.line;
      context.fillRect(left, y - 0.5, Math.max(1, was), 1);
      context.fillStyle = palette.ink;
      if (is > 0) context.fillRect(left, y - BAR / 2, Math.max(1, is), BAR);
      label(context, words[layer], left + room + BESIDE, y, palette.muted);
    });
  }

  widthWords(layer) {
    const [was, is] = [this.sizes[layer], this.kept[layer]];
    return was === is ? count(was) : `${count(was)} → ${count(is)}`;
  }

  tell(event) {
    const layer = Math.floor((positionIn(this.plot, event)[1] + this.plot.scrollTop) / ROW);
    if (layer < 0 || layer >= this.sizes.length) {
      this.stage.tip.hide();
      return;
    }
    const [was, is] = [this.sizes[layer], this.kept[layer]];
    const lines = [`${count(is)} of ${count(was)} units kept, ${percent(is, was)}`];
    if (this.header.locked.includes(layer)) lines.push("locked: its units stay");
    this.stage.tip.show(event, this.header.layers[layer], lines);
  }
}

export default function (component) {
  return mount(component, Widths);
}
