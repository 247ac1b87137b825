import { ClassList } from "./class_list.js";
import { count, short } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { classColor, mix } from "./palette.js";
import { Picture } from "./picture.js";
import { innerSize, mount } from "./stage.js";
import { disc, label, line } from "./surface.js";

const RIGHT = 10;
const TOP = 18;
const BOTTOM = 34;
const TALLEST_ROW = 30;
const THICKEST = 10;

/** A row a class: mean (dot), the middle half of the samples (bar) and both ends (line). */
class ClassRows extends Picture {
  constructor(stage) {
    super(stage);
    this.list = new ClassList(this.plot, () => stage.requestPaint());
  }

  update({ header, arrays }) {
    this.header = header;
    Object.assign(this, arrays);
    this.stage.setTitle(
      header.title,
      `${count(header.samples)} ${header.split} samples: mean, middle half, ends`,
    );
    this.plot.setAttribute("aria-label", `${header.title}, ${header.samples} ${header.split} samples`);
  }

  paint(palette) {
    const [, height] = innerSize(this.plot);
    const width = this.list.place(this.header.classes, TOP, height - BOTTOM, TALLEST_ROW);
    const context = this.surface.begin(width, height);
    this.left = this.list.nameWidth(context);
    this.right = width - RIGHT;
    this.bottom = this.list.bottom;
    this.drawErased(context, palette);
    this.list.draw(context, width, palette, (number, y) => this.drawRow(context, number, y, palette));
    this.drawAxis(context, palette);
  }

  x(value) {
    const { low, high } = this.header;
    return this.left + ((value - low) / (high - low)) * (this.right - this.left);
  }

  /** At or below 0 a unit is silent. */
  drawErased(context, palette) {
    const hinge = Math.min(this.right, Math.max(this.left, this.x(0)));
    context.fillStyle = palette.wash;
    context.fillRect(this.left, TOP - 8, hinge - this.left, this.bottom - TOP + 8);
    if (hinge > this.left && hinge < this.right)
      line(context, hinge, TOP - 8, hinge, this.bottom + 4, palette.ink, 1.5);
    const words = (text, x, align) => label(context, text, x, TOP - 12, palette.muted, align);
    if (hinge - this.left > 46) words(hinge < this.right ? "erased" : "all erased", hinge - 6, "right");
    if (this.right - hinge > 46) words(hinge > this.left ? "passes" : "all pass", hinge + 6, "left");
  }

  drawRow(context, number, top, palette) {
    const { row } = this.list;
    const y = top + row / 2;
    const color = classColor(palette, number);
    const [lowest, lower, mean, upper, highest] = this.spreadOf(number);
    if (Number.isNaN(mean)) return;
    const thick = Math.max(1, Math.min(THICKEST, row * 0.55));
    line(context, this.x(lowest), y, this.x(highest), y, color);
    context.fillStyle = mix(palette.background, color, 0.55);
    context.fillRect(this.x(lower), y - thick / 2, Math.max(1, this.x(upper) - this.x(lower)), thick);
    disc(context, this.x(mean), y, Math.min(4, row / 2) + 1, palette.background);
    disc(context, this.x(mean), y, Math.min(4, row / 2), palette.ink);
  }

  spreadOf(number) {
    return this.spread.subarray(5 * number, 5 * number + 5);
  }

  drawAxis(context, palette) {
    line(context, this.left, this.bottom + 0.5, this.right, this.bottom + 0.5, palette.line);
    for (const { at, text } of this.header.ticks) {
      line(context, this.x(at), this.bottom, this.x(at), this.bottom + 3, palette.line);
      label(context, text, Math.min(this.x(at), this.right - 6), this.bottom + 11, palette.muted, "center");
    }
    label(context, "pre-activation", (this.left + this.right) / 2, this.bottom + 25, palette.muted, "center");
  }

  tell(event) {
    const [, y] = positionIn(this.plot, event);
    const number = this.list.at(y);
    if (number === null) {
      this.stage.tip.hide();
      return;
    }
    this.stage.tip.show(event, this.header.classes[number], this.words(number));
  }

  words(number) {
    if (!this.counts[number]) return ["no sample"];
    const [lowest, lower, mean, upper, highest] = Array.from(this.spreadOf(number), short);
    return [
      `mean ${mean} over ${count(this.counts[number])} samples`,
      `middle half from ${lower} to ${upper}`,
      `all from ${lowest} to ${highest}`,
    ];
  }
}

export default function (component) {
  return mount(component, ClassRows);
}
