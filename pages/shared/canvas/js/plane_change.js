import { classColor, mix, rgb } from "./palette.js";
import { ramp } from "./raster.js";

const STEPS = 256;
const STRIPES = 6;
const VEILS = [0, 0.75, 0.3]; // none, a stripe, between stripes: what is merely paler is unsure, or removed
const MEETING = 0.98;
const PROBABILITIES = new Float64Array(4); // of the four corners; made once, since they are filled for many pixels
const SHARES = new Float64Array(4);
const CORNERS = new Int32Array(4);

/**
 * What two networks answer on a grid of a plane, at the sharpness of the screen: between the points of the grid a
 * place has the class that weighs most around it, so that borders are lines. The first network stays the same while
 * the other changes under the hand, so its picture is kept.
 */
export class PlaneImages {
  /** Pixels of `width` x `height` each: `[before, after, difference]`. `arrays` have the lowest row first. */
  images(arrays, names, width, height, ratio, palette) {
    const { before, after, beforeSure, afterSure, near } = arrays;
    const key = [width, height, ratio, palette.scheme, near.shape, ...names].join();
    const isKnown = this.key === key && [before, beforeSure, near].every((grid, i) => isSame(grid, this.grounds[i]));
    if (!isKnown) {
      const grid = new Grid(near.shape, width, height);
      const paint = paintOf(palette, names.length);
      Object.assign(this, { key, grid, paint, grounds: [before, beforeSure, near], veils: veilsOf(grid, near, ratio) });
      this.before = this.answers(before, beforeSure);
    }
    const now = this.answers(after, afterSure);
    // Networks that answer the same at every point of the grid may still differ between them; that is not told.
    return [this.before.image, now.image, this.difference(isSame(before, after) ? this.before : now)];
  }

  /** The answers of one network: the picture, and the class at each of its pixels. */
  answers(classes, sure) {
    const { grid, paint, veils } = this;
    const { width, height, across } = grid;
    const image = new ImageData(width, height);
    const words = new Uint32Array(image.data.buffer);
    const found = new Uint16Array(words.length);
    const alike = grid.alike(classes);
    const least = 1 / Math.max(2, paint.colors.length);
    for (let y = 0, index = 0; y < height; y++) {
      const mixed = grid.rowOf(sure, y);
      const cells = grid.cellsOf(y);
      for (let x = 0; x < width; x++, index++) {
        const column = across.from[x];
        const share = across.share[x];
        const start = mixed[column];
        const answer = alike[cells + column] < 0 ? grid.classAt(classes, sure, least, x, y) : alike[cells + column];
        found[index] = answer;
        const step = (start + (mixed[column + 1] - start) * share + 0.5) | 0;
        words[index] = paint.colors[answer][STEPS * veils[index] + step];
      }
    }
    return { image, found };
  }

  difference({ found }) {
    const { paint, veils, grid } = this;
    const image = new ImageData(grid.width, grid.height);
    const words = new Uint32Array(image.data.buffer);
    const was = this.before.found;
    for (let index = 0; index < words.length; index++)
      words[index] = (was[index] === found[index] ? paint.same : paint.changed)[veils[index]];
    return image;
  }
}

/** Where the pixels of a picture lie on a grid of points, whose lowest row comes first. */
class Grid {
  constructor([rows, columns], width, height) {
    Object.assign(this, { rows, columns, width, height });
    this.across = stepsOf(columns, width);
    this.down = stepsOf(rows, height);
    this.mixed = new Float64Array(columns + 1);
  }

  /** The two rows around a line of pixels, the upper one first, as places of their first points. */
  around(y) {
    const upper = this.rows - 1 - this.down.from[y];
    return [upper * this.columns, Math.max(0, upper - 1) * this.columns];
  }

  /** The first of the cells of a line of pixels, see `alike`. */
  cellsOf(y) {
    return this.down.from[y] * this.columns;
  }

  /** A quantity along a line of pixels, at each column; good until it is asked again. */
  rowOf(quantity, y) {
    const { mixed, columns } = this;
    const [upper, lower] = this.around(y);
    const share = this.down.share[y];
    for (let column = 0; column < columns; column++)
      mixed[column] = quantity[upper + column] + (quantity[lower + column] - quantity[upper + column]) * share;
    mixed[columns] = mixed[columns - 1];
    return mixed;
  }

  /** For each cell, the highest row first, the class of all its corners; -1 where they differ. */
  alike(classes) {
    const { rows, columns } = this;
    const found = new Int32Array(rows * columns);
    for (let line = 0, cell = 0; line < rows; line++) {
      const upper = (rows - 1 - line) * columns;
      const lower = Math.max(0, rows - 2 - line) * columns;
      for (let column = 0; column < columns; column++, cell++) {
        const next = Math.min(columns - 1, column + 1);
        const first = classes[upper + column];
        const isOne =
          first === classes[upper + next] && first === classes[lower + column] && first === classes[lower + next];
        found[cell] = isOne ? first : -1;
      }
    }
    return found;
  }

  /**
   * The class that weighs most at a pixel: a corner weighs the more the nearer it is, and the surer its answer is
   * beyond one half, where two classes meet.
   */
  classAt(classes, sure, least, x, y) {
    const [upper, lower] = this.around(y);
    const column = this.across.from[x];
    const next = Math.min(this.columns - 1, column + 1);
    const [right, below] = [this.across.share[x], this.down.share[y]];
    CORNERS[0] = upper + column;
    CORNERS[1] = upper + next;
    CORNERS[2] = lower + column;
    CORNERS[3] = lower + next;
    SHARES[0] = (1 - right) * (1 - below);
    SHARES[1] = right * (1 - below);
    SHARES[2] = (1 - right) * below;
    SHARES[3] = right * below;
    return heaviest(classes, sure, least);
  }
}

/** Of the classes of `CORNERS`, with their `SHARES`. */
function heaviest(classes, sure, least) {
  let lowest = 1;
  for (let corner = 0; corner < 4; corner++) {
    PROBABILITIES[corner] = least + ((1 - least) * sure[CORNERS[corner]]) / 255;
    lowest = Math.min(lowest, PROBABILITIES[corner]);
  }
  const meeting = Math.min(0.5, MEETING * lowest);
  let most = -1;
  let found = classes[CORNERS[0]];
  for (let corner = 0; corner < 4; corner++) {
    const number = classes[CORNERS[corner]];
    let weight = 0;
    for (let other = 0; other < 4; other++)
      if (classes[CORNERS[other]] === number) weight += SHARES[other] * (PROBABILITIES[other] - meeting);
    if (weight <= most) continue;
    most = weight;
    found = number;
  }
  return found;
}

/** For each of `pixels` from the first point of a grid to the last: the point before it, and how far to the next. */
function stepsOf(points, pixels) {
  const from = new Int32Array(pixels);
  const share = new Float64Array(pixels);
  for (let place = 0; place < pixels; place++) {
    const at = (place / Math.max(1, pixels - 1)) * (points - 1);
    from[place] = Math.min(Math.max(0, points - 2), Math.floor(at));
    share[place] = at - from[place];
  }
  return { from, share };
}

/** For each pixel its place in `VEILS`: striped where it is far from data. */
function veilsOf(grid, near, ratio) {
  const { width, height, across } = grid;
  const veils = new Uint8Array(width * height);
  const [period, stripe] = [Math.round(STRIPES * ratio), Math.round(1.5 * ratio)];
  for (let y = 0, index = 0; y < height; y++) {
    const mixed = grid.rowOf(near, y);
    for (let x = 0; x < width; x++, index++) {
      const start = mixed[across.from[x]];
      if (start + (mixed[across.from[x] + 1] - start) * across.share[x] >= 0.5) continue;
      veils[index] = (x + y) % period < stripe ? 1 : 2;
    }
  }
  return veils;
}

/** The pixels of all colours: of each class, veil after veil, from unsure to sure; of what is the same or changed. */
function paintOf(palette, classes) {
  const background = rgb(palette.background);
  const colors = Array.from({ length: classes }, (_, number) => {
    const steps = rampOf(palette, number);
    return Uint32Array.from({ length: STEPS * VEILS.length }, (_, place) =>
      veiled(steps[place % STEPS], background, VEILS[Math.floor(place / STEPS)]),
    );
  });
  const [same, changed] = [palette.wash, palette.changed].map((color) =>
    VEILS.map((veil) => veiled(rgb(color), background, veil)),
  );
  return { colors, same, changed };
}

function rampOf(palette, number) {
  const [sure, unsure] = palette.decision_mix;
  const color = classColor(palette, number);
  return ramp(mix(palette.background, color, unsure), mix(palette.background, color, sure), STEPS);
}

function veiled(color, background, veil) {
  const [red, green, blue] = color.map((part, place) => part + (background[place] - part) * veil);
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

function isSame(grid, other) {
  return grid.length === other.length && grid.every((value, place) => value === other[place]);
}
