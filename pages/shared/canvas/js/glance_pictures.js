import { short } from "./dom.js";
import { classColor, mix, rgb, scaleColor } from "./palette.js";
import { flipped } from "./plane.js";
import { Raster, ramp, traceZero } from "./raster.js";

const SHADES = 64;
const TALLEST = 0.75;
const SMALL = 60;
const MOST_IN_SMALL = 100;
const HALO = 1.2;
const BAR_MARGIN = 3;
const CLASSES_TOLD = 6;

/** What the small pictures show: responses over the plane, incoming weights, or means by class. */
export class GlancePictures {
  constructor(header, { pictures, points, labels }) {
    Object.assign(this, { header, pictures, points, labels });
    [, this.rows, this.columns] = pictures.shape;
    this.size = pictures.length / pictures.shape[0];
    this.raster = new Raster();
    this.draw = { response: this.drawResponse, weights: this.drawWeights, classes: this.drawClasses }[
      header.kind
    ];
  }

  /** Width of a picture as a share of its height. */
  get shape() {
    return this.header.kind === "weights" ? this.columns / this.rows : 1 / TALLEST;
  }

  of(place) {
    return this.pictures.subarray(place * this.size, (place + 1) * this.size);
  }

  /** Silent where it is at or below 0; above, the bluer the larger, on the unit's own scale. */
  drawResponse(context, place, x, y, wide, high, palette) {
    const grid = this.of(place);
    const { rows, columns } = this;
    const most = Math.max(...grid);
    const [silent, passes] = [rgb(palette.line), shades(palette)];
    const color = (value) => (value > 0 ? passes[Math.round((value / most) * (SHADES - 1))] : silent);
    this.raster
      .paint(columns, rows, (index) => color(grid[flipped(index, columns, rows)]))
      .draw(context, x, y, wide, high, true);
    context.save();
    context.beginPath();
    context.rect(x, y, wide, high);
    context.clip();
    context.strokeStyle = palette.ink;
    context.lineWidth = wide < SMALL ? 0.8 : 1.1;
    const column = (number) => x + ((number + 0.5) / columns) * wide;
    const row = (number) => y + high - ((number + 0.5) / rows) * high;
    traceZero(context, grid, columns, rows, column, row);
    if (this.points) this.drawSamples(context, x, y, wide, high, palette);
    context.restore();
  }

  drawSamples(context, x, y, wide, high, palette) {
    const [left, right, bottom, top] = this.header.extent;
    const small = wide < SMALL;
    const dot = small ? 1 : 2;
    const every = small ? Math.ceil(this.labels.length / MOST_IN_SMALL) : 1;
    const square = (across, up, size, color) => {
      context.fillStyle = color;
      context.fillRect(x + across * wide - size / 2, y + (1 - up) * high - size / 2, size, size);
    };
    for (let sample = 0; sample < this.labels.length; sample += every) {
      const across = (this.points[2 * sample] - left) / (right - left);
      const up = (this.points[2 * sample + 1] - bottom) / (top - bottom);
      if (!small) square(across, up, dot + HALO, palette.background);
      square(across, up, dot, classColor(palette, this.labels[sample]));
    }
  }

  drawWeights(context, place, x, y, wide, high, palette) {
    const image = this.of(place);
    const limit = largest(image);
    const color = (value) => rgb(scaleColor(palette.diverging, 0.5 + value / limit / 2));
    this.raster
      .paint(this.columns, this.rows, (index) => color(image[index]))
      .draw(context, x, y, wide, high, false);
  }

  /** A bar a class, from 0 up or down. */
  drawClasses(context, place, x, y, wide, high, palette) {
    const means = this.of(place);
    const [low, top] = [Math.min(0, ...means), Math.max(0, ...means)];
    const scale = (high - 2 * BAR_MARGIN) / (top - low || 1);
    const zero = y + BAR_MARGIN + top * scale;
    const step = (wide - 2 * BAR_MARGIN) / means.length;
    means.forEach((mean, number) => {
      context.fillStyle = classColor(palette, number);
      const left = x + BAR_MARGIN + number * step;
      const bar = Math.max(1, step - (step > 3 ? 1 : 0));
      context.fillRect(left, Math.min(zero, zero - mean * scale), bar, Math.abs(mean * scale));
    });
    context.fillStyle = palette.muted;
    context.fillRect(x + 1, zero - 0.5, wide - 2, 1);
  }

  /** What lies at a place of a picture, both shares in [0, 1] from its upper left corner. */
  words(place, across, down, palette) {
    const values = this.of(place);
    if (this.header.kind === "classes") return this.classWords(values, palette);
    if (down > 1) return [];
    const [column, row] = [Math.floor(across * this.columns), Math.floor(down * this.rows)];
    const within = (number, size) => Math.min(size - 1, Math.max(0, number));
    const index = within(row, this.rows) * this.columns + within(column, this.columns);
    if (this.header.kind === "weights") return [`weight ${short(values[index])} here`];
    const value = values[flipped(index, this.columns, this.rows)];
    return [`pre-activation ${short(value)} here: ${value > 0 ? "passes" : "erased"}`];
  }

  /** The classes that it answers most to. */
  classWords(means, palette) {
    return Array.from(means, (mean, number) => ({ mean, number }))
      .sort((one, other) => other.mean - one.mean)
      .slice(0, CLASSES_TOLD)
      .map(({ mean, number }) => ({
        color: classColor(palette, number),
        shape: "dot",
        text: `${this.header.classes[number]}: ${short(mean)}`,
      }));
  }
}

function shades(palette) {
  const blue = palette.status[2];
  return ramp(mix(palette.background, blue, 0.12), mix(palette.background, blue, 0.72), SHADES);
}

function largest(values) {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
}
