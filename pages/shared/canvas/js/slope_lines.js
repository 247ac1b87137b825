import { mix } from "./palette.js";
import { disc, fitted, label, line } from "./surface.js";

const TOP_NAMES = 22;
const UNDER = 8;
const SIDE = 30;
const REACH = 8;
const FAINT = 0.32;

/** The samples as lines from the order of one unit to that of the other, the lowest at the bottom. */
export class SlopeLines {
  constructor(header, places) {
    this.header = header;
    [, this.size] = places.shape;
    this.places = places;
  }

  place(width, height) {
    this.width = width;
    this.left = SIDE;
    this.right = width - SIDE;
    this.top = TOP_NAMES;
    this.bottom = height - UNDER;
  }

  y(side, sample) {
    return this.at(this.places[side * this.size + sample] + 0.5);
  }

  /** The height up to which so many samples reach. */
  at(place) {
    return this.bottom - (place / this.size) * (this.bottom - this.top);
  }

  erases(side, sample) {
    return this.places[side * this.size + sample] < this.header.erased[side];
  }

  draw(context, palette, look) {
    this.drawNames(context, palette);
    for (let sample = 0; sample < this.size; sample++) {
      const faint = this.erases(0, sample) && this.erases(1, sample);
      const color = look.color(sample);
      this.drawLine(context, sample, faint ? mix(palette.background, color, FAINT) : color, 1.3);
    }
    for (const sample of look.foremost) this.drawForemost(context, sample, palette, look);
    this.drawAxes(context, palette);
  }

  drawNames(context, palette) {
    const [first, second] = this.header.names.map((name) => fitted(context, name, this.width / 2 - 8));
    label(context, first, this.left - 8, 7, palette.ink, "left", 600);
    label(context, second, this.right + 8, 7, palette.ink, "right", 600);
  }

  drawLine(context, sample, color, width) {
    line(context, this.left, this.y(0, sample), this.right, this.y(1, sample), color, width);
  }

  drawForemost(context, sample, palette, look) {
    this.drawLine(context, sample, palette.background, 6);
    this.drawLine(context, sample, look.color(sample), 3);
    [this.left, this.right].forEach((x, side) => disc(context, x, this.y(side, sample), 4, look.color(sample)));
    if (look.named(sample))
      label(context, look.name(sample), this.right + 8, this.y(1, sample), palette.ink, "left", 600);
  }

  /** What is above the cut is told to the next layer: there the axis is strong. */
  drawAxes(context, palette) {
    [this.left, this.right].forEach((x, side) => {
      const cut = this.at(this.header.erased[side]);
      line(context, x, cut, x, this.bottom, palette.line, 1);
      line(context, x, this.top, x, cut, palette.ink, 2);
      if (!this.header.erased[side]) return;
      line(context, x - 7, cut, x + 7, cut, palette.background, 5);
      line(context, x - 7, cut, x + 7, cut, palette.ink, 2);
      label(context, "cut", side ? x + 10 : x - 10, cut + (side ? 9 : 0), palette.ink, side ? "left" : "right");
    });
  }

  sampleAt(x, y, isPicked) {
    const share = (x - this.left) / (this.right - this.left);
    if (share < -0.05 || share > 1.05) return null;
    let [nearest, closest] = [null, REACH];
    for (let sample = 0; sample < this.size; sample++) {
      if (!isPicked(sample)) continue;
      const [from, to] = [this.y(0, sample), this.y(1, sample)];
      const steepness = Math.hypot(1, (to - from) / (this.right - this.left));
      const distance = Math.abs(from + (to - from) * share - y) / steepness;
      if (distance < closest) [nearest, closest] = [sample, distance];
    }
    return nearest;
  }
}
