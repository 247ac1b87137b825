import { cursorLine, label, line } from "./surface.js";

const TICK_WIDTH = 84;
const CLEAR = 42;

/**
 * Epochs along x, true to scale. A status recorded at an epoch is drawn as far as half way to its neighbours.
 *
 * The axis goes on to `end` where that lies behind the last recorded epoch; nothing is drawn to the right of `reach`.
 */
export class EpochAxis {
  constructor(list, left, right, end = null) {
    this.list = list;
    this.left = left;
    this.right = right;
    this.first = list[0];
    this.recorded = list[list.length - 1] - this.first;
    this.span = Math.max(end === null ? 0 : end - this.first, this.recorded);
    this.reach = Math.max(left + 2, this.x(list[list.length - 1]));
  }

  x(epoch) {
    const share = this.span ? (epoch - this.first) / this.span : 1;
    return this.left + share * (this.right - this.left);
  }

  /** The epoch, possibly broken, at x. */
  epochAt(x) {
    return this.first + ((x - this.left) / (this.right - this.left)) * this.span;
  }

  contains(x) {
    return x >= this.left - 4 && x <= this.right + 4;
  }

  /** For each of `columns` equal columns from the left end to `reach` the place of the epoch drawn in it. */
  columns(columns) {
    const places = new Int32Array(columns);
    let place = 0;
    for (let column = 0; column < columns; column++) {
      const epoch = this.first + ((column + 0.5) / columns) * this.recorded;
      while (place < this.list.length - 1 && (this.list[place] + this.list[place + 1]) / 2 < epoch) place++;
      places[column] = place;
    }
    return places;
  }
}

/** First and last epoch, and round ones between where there is room, below a line at `y`. */
export function drawEpochAxis(context, axis, y, palette, { ticks = true } = {}) {
  const width = axis.right - axis.left;
  line(context, axis.left, y + 0.5, axis.right, y + 0.5, palette.line);
  if (ticks) {
    for (const epoch of roundEpochs(axis))
      label(context, String(epoch), axis.x(epoch), y + 11, palette.muted, "center");
  } else if (width > 120) {
    label(context, "epochs", axis.left + width / 2, y + 11, palette.muted, "center");
  }
  label(context, String(axis.first), axis.left, y + 11, palette.muted);
  if (axis.span) label(context, String(axis.first + axis.span), axis.right, y + 11, palette.muted, "right");
}

export function drawEpochCursor(context, axis, epoch, top, bottom, palette) {
  cursorLine(context, axis.x(epoch), top, bottom, palette);
}

/** Multiples of a round step that stand clear of both ends. */
function roundEpochs(axis) {
  const rough = (axis.span * TICK_WIDTH) / (axis.right - axis.left);
  const power = 10 ** Math.floor(Math.log10(Math.max(1, rough)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? 10 * power;
  const marks = [];
  for (let epoch = Math.ceil(axis.first / step) * step; epoch < axis.first + axis.span; epoch += step) {
    const x = axis.x(epoch);
    if (x - axis.left > CLEAR && axis.right - x > CLEAR) marks.push(epoch);
  }
  return marks;
}
