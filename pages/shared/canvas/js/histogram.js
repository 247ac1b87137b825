import { ClassLegend } from "./class_legend.js";
import { ClassList } from "./class_list.js";
import { count, short } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { classColor } from "./palette.js";
import { Picture } from "./picture.js";
import { innerSize, mount } from "./stage.js";
import { label, line } from "./surface.js";

const STACKED_UP_TO = 4;
const RIGHT = 8;
const TOP = 16;
const BOTTOM = 32;

/** The pre-activations of one unit by class: erased at or below 0, passed above it. */
class Histogram extends Picture {
  constructor(stage) {
    super(stage);
    this.legend = new ClassLegend();
    this.plot.before(this.legend.node);
    this.list = new ClassList(this.plot, () => stage.requestPaint());
  }

  update({ header, arrays }) {
    this.header = header;
    Object.assign(this, arrays);
    this.bins = arrays.edges.length - 1;
    this.inRows = header.classes.length > STACKED_UP_TO;
    const missing = header.notFinite ? `, ${count(header.notFinite)} not finite` : "";
    this.stage.setTitle(header.title, `${count(header.samples)} ${header.split} samples${missing}`);
    this.plot.setAttribute(
      "aria-label",
      `${header.title}, ${header.samples} ${header.split} samples by class`,
    );
  }

  paint(palette) {
    this.legend.node.hidden = this.inRows;
    this.legend.refresh(this.header.classes, palette);
    const [, height] = innerSize(this.plot);
    this.bottom = height - BOTTOM;
    const width = this.list.place(this.inRows ? this.header.classes : [""], TOP, this.bottom);
    const context = this.surface.begin(width, height);
    this.left = this.inRows ? this.list.nameWidth(context) : 30;
    this.right = width - RIGHT;
    this.shadeErased(context, palette);
    if (this.inRows) this.drawRows(context, palette);
    else this.drawStack(context, palette);
    this.drawHinge(context, palette);
    this.drawTicks(context, palette);
  }

  x(position) {
    const [first, last] = [this.positions[0], this.positions[this.bins]];
    return this.left + ((position - first) / (last - first)) * (this.right - this.left);
  }

  countOf(number, bin) {
    return this.counts[number * this.bins + bin];
  }

  /** Where 0 stands, kept inside the axis. */
  get hinge() {
    return Math.min(this.right, Math.max(this.left, this.x(0)));
  }

  shadeErased(context, palette) {
    context.fillStyle = palette.wash;
    context.fillRect(this.left, TOP - 8, this.hinge - this.left, this.bottom - TOP + 8);
  }

  drawStack(context, palette) {
    const totals = Array.from({ length: this.bins }, (_, bin) =>
      this.header.classes.reduce((sum, _name, number) => sum + this.countOf(number, bin), 0),
    );
    const most = Math.max(...totals);
    for (let bin = 0; bin < this.bins; bin++) {
      let y = this.bottom;
      this.header.classes.forEach((_, number) => {
        const height = (this.countOf(number, bin) / most) * (this.bottom - TOP);
        this.drawBar(context, bin, y, height, classColor(palette, number));
        y -= height;
      });
    }
    label(context, count(most), this.left - 6, TOP, palette.muted, "right");
    label(context, "0", this.left - 6, this.bottom, palette.muted, "right");
  }

  drawRows(context, palette) {
    const most = Math.max(1, ...this.counts);
    const { row } = this.list;
    this.list.draw(context, this.right + RIGHT, palette, (number, top) => {
      const color = classColor(palette, number);
      for (let bin = 0; bin < this.bins; bin++) {
        this.drawBar(context, bin, top + row, (this.countOf(number, bin) / most) * (row - 2), color);
      }
      line(context, this.left, top + row + 0.5, this.right, top + row + 0.5, palette.line);
    });
  }

  drawBar(context, bin, base, height, color) {
    if (height === 0) return;
    const [from, to] = [this.x(this.positions[bin]), this.x(this.positions[bin + 1])];
    const shown = Math.max(1, height);
    context.fillStyle = color;
    context.fillRect(from + 0.5, base - shown, Math.max(1, to - from - 1), shown);
  }

  drawHinge(context, palette) {
    const x = this.hinge;
    const inside = this.positions[0] <= 0 && this.positions[this.bins] >= 0;
    if (inside) line(context, x, TOP - 8, x, this.bottom + 4, palette.ink, 1.5);
    const erased = x - this.left;
    const passes = this.right - x;
    if (erased > 46)
      label(context, passes > 0 ? "erased" : "all erased", x - 6, TOP - 8, palette.muted, "right");
    if (passes > 46) label(context, erased > 0 ? "passes" : "all pass", x + 6, TOP - 8, palette.muted);
  }

  drawTicks(context, palette) {
    line(context, this.left, this.bottom + 0.5, this.right, this.bottom + 0.5, palette.line);
    for (const { at, text } of this.header.ticks) {
      const x = Math.min(this.x(at), this.right - 6);
      line(context, this.x(at), this.bottom, this.x(at), this.bottom + 3, palette.line);
      label(context, text, x, this.bottom + 11, palette.muted, "center");
    }
    const words = this.header.arcsinh ? "pre-activation, arcsinh scale" : "pre-activation";
    label(context, words, (this.left + this.right) / 2, this.bottom + 24, palette.muted, "center");
  }

  tell(event) {
    const [x, y] = positionIn(this.plot, event);
    const bin = Math.floor(((x - this.left) / (this.right - this.left)) * this.bins);
    if (bin < 0 || bin >= this.bins || y > this.bottom || y < 0) {
      this.stage.tip.hide();
      return;
    }
    const range = `above ${short(this.edges[bin])}, up to ${short(this.edges[bin + 1])}`;
    const under = this.inRows ? this.list.at(y) : null;
    if (under === null) this.stage.tip.show(event, range, this.wordsOf(bin));
    else this.stage.tip.show(event, this.header.classes[under], [`${range}: ${samples(this.countOf(under, bin))}`]);
  }

  /** How many samples each class has in a bin. */
  wordsOf(bin) {
    const lines = this.header.classes
      .map((name, number) => ({ name, number, found: this.countOf(number, bin) }))
      .filter(({ found }) => found)
      .map(({ name, number, found }) => ({
        color: classColor(this.stage.palette, number),
        shape: "dot",
        text: `${name}: ${count(found)}`,
      }));
    return lines.length ? lines : ["no sample"];
  }
}

function samples(number) {
  return `${count(number)} ${number === 1 ? "sample" : "samples"}`;
}

export default function (component) {
  return mount(component, Histogram);
}
