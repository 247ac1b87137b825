import { classColor } from "./palette.js";

const WIDEST = 1.6;
const NEAR = 8;

/** A box of the plane with samples in it: train samples filled, test samples hollow. */
export class Plane {
  constructor(extent, { points, labels, heldOut }) {
    [this.left, this.right, this.bottom, this.top] = extent;
    Object.assign(this, { points, labels, heldOut });
  }

  fit(width, height) {
    this.width = Math.min(width, WIDEST * height);
    this.height = height;
  }

  x(value) {
    return ((value - this.left) / (this.right - this.left)) * this.width;
  }

  y(value) {
    return this.height - ((value - this.bottom) / (this.top - this.bottom)) * this.height;
  }

  drawSamples(context, palette) {
    const radius = this.labels.length > 400 ? 2.2 : 3;
    context.save();
    context.beginPath();
    context.rect(0, 0, this.width, this.height);
    context.clip();
    for (let sample = 0; sample < this.labels.length; sample++)
      this.drawSample(context, sample, radius, palette);
    context.restore();
  }

  drawSample(context, sample, radius, palette) {
    const color = classColor(palette, this.labels[sample]);
    const [x, y] = [this.x(this.points[2 * sample]), this.y(this.points[2 * sample + 1])];
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    if (this.heldOut[sample]) {
      context.lineWidth = 3.5;
      context.strokeStyle = palette.background;
      context.stroke();
      context.lineWidth = 1.6;
      context.strokeStyle = color;
      context.stroke();
    } else {
      context.fillStyle = color;
      context.fill();
      context.lineWidth = 0.75;
      context.strokeStyle = palette.background;
      context.stroke();
    }
  }

  drawFrame(context, palette) {
    context.strokeStyle = palette.line;
    context.lineWidth = 1;
    context.strokeRect(0.5, 0.5, this.width - 1, this.height - 1);
  }

  contains(x, y) {
    return x >= 0 && y >= 0 && x <= this.width && y <= this.height;
  }

  /** The sample under a place, or null. */
  sampleAt(x, y) {
    let nearest = null;
    let closest = NEAR ** 2;
    for (let sample = 0; sample < this.labels.length; sample++) {
      const distance =
        (this.x(this.points[2 * sample]) - x) ** 2 + (this.y(this.points[2 * sample + 1]) - y) ** 2;
      if (distance < closest) [nearest, closest] = [sample, distance];
    }
    return nearest;
  }

  /** The cell of a grid (lowest row first) under a place. */
  cellAt(x, y, columns, rows) {
    const column = Math.min(columns - 1, Math.floor((x / this.width) * columns));
    const row = Math.min(rows - 1, Math.floor((1 - y / this.height) * rows));
    return Math.max(0, row) * columns + Math.max(0, column);
  }

  /** `a train sample of class 1`. */
  words(sample, classes) {
    return `${this.heldOut[sample] ? "test" : "train"} sample, ${classes[this.labels[sample]]}`;
  }
}

/** The index, in a grid whose row 0 is the lowest, of a picture's cell, whose row 0 is at the top. */
export function flipped(index, columns, rows) {
  const row = Math.floor(index / columns);
  return (rows - 1 - row) * columns + (index % columns);
}
