import { element } from "./dom.js";
import { classColor } from "./palette.js";
import { disc, label, shortened, textWidth } from "./surface.js";

const LEAST_ROW = 14;
const LONGEST_NAME = 72;
const DOT = 14;

/** A row a class with its dot and its name; more rows than can be read are scrolled. */
export class ClassList {
  /** `plot` holds the canvas; `repaint()` is called while it is scrolled. */
  constructor(plot, repaint) {
    this.plot = plot;
    this.spacer = plot.appendChild(element("div"));
    plot.addEventListener("scroll", repaint);
  }

  /** Places the rows between two heights of the plot, and returns the width that is left for it. */
  place(names, top, bottom, tallest = Infinity) {
    const room = bottom - top;
    this.names = names;
    this.top = top;
    this.row = Math.min(tallest, Math.max(LEAST_ROW, room / names.length));
    this.bottom = top + Math.min(room, this.row * names.length);
    const hidden = Math.max(0, Math.round(this.row * names.length - room));
    this.spacer.style.height = `${hidden}px`;
    this.plot.classList.toggle("scroller", hidden > 0);
    return this.plot.clientWidth;
  }

  /** Where names end and values begin. */
  nameWidth(context) {
    const widths = this.names.map((name) => textWidth(context, name));
    return Math.min(LONGEST_NAME, Math.ceil(Math.max(...widths))) + DOT + 10;
  }

  topOf(number) {
    return this.top + number * this.row - this.plot.scrollTop;
  }

  /** The class whose row is at a height; null outside of them. */
  at(y) {
    if (y < this.top || y >= this.bottom) return null;
    return Math.min(this.names.length - 1, Math.floor((y - this.top + this.plot.scrollTop) / this.row));
  }

  /** Names the rows in sight, and calls `drawRow(number, y)` for each with the height of its top. */
  draw(context, width, palette, drawRow) {
    context.save();
    context.beginPath();
    context.rect(0, this.top, width, this.bottom - this.top + 1);
    context.clip();
    this.names.forEach((name, number) => {
      const y = this.topOf(number);
      if (y + this.row < this.top || y > this.bottom) return;
      disc(context, 4, y + this.row / 2, 4, classColor(palette, number));
      label(context, shortened(context, name, LONGEST_NAME), DOT, y + this.row / 2, palette.ink);
      drawRow(number, y);
    });
    context.restore();
  }
}
