import { classColor, mix, rgb } from "./palette.js";
import { ramp } from "./raster.js";

const STEPS = 256;
const STRIPES = 6;
const STRIPE_VEIL = 0.75;
const VEIL = 0.3;
const MEETING = 0.98;
const PROBABILITIES = new Float64Array(4); // of the four corners; made once, since it is filled for every pixel

/**
 * What two networks answer on a grid of a plane, at the sharpness of the screen: between the points of the grid a
 * place has the class that weighs most around it, so that borders are lines. `arrays` have the lowest row first.
 *
 * Returns pixels of `width` x `height` each: `[before, after, difference]`.
 */
export function planeImages(arrays, names, width, height, ratio, palette) {
  const { before, after, beforeSure, afterSure, near } = arrays;
  const [rows, columns] = near.shape;
  const across = stepsOf(columns, width);
  const down = stepsOf(rows, height);
  const ramps = names.map((_, number) => rampOf(palette, number));
  const paint = { background: rgb(palette.background), same: rgb(palette.wash), changed: rgb(palette.changed) };
  const images = [0, 1, 2].map(() => new ImageData(width, height));
  const words = images.map((image) => new Uint32Array(image.data.buffer));
  const [answers, answersAfter] = [before, after].map((grid, place) => ({
    grid,
    sure: place ? afterSure : beforeSure,
    least: 1 / Math.max(2, names.length),
  }));
  const shares = new Float64Array(4);
  const corners = new Int32Array(4);
  // Networks that answer the same at every point of the grid may still differ between them; that is not told.
  const isSame = before.every((answer, point) => answer === after[point]);
  for (let y = 0, index = 0; y < height; y++) {
    const row = rows - 1 - down.from[y];
    const below = Math.max(0, row - 1);
    for (let x = 0; x < width; x++, index++) {
      const column = across.from[x];
      const next = Math.min(columns - 1, column + 1);
      const [right, lower] = [across.share[x], down.share[y]];
      corners[0] = row * columns + column;
      corners[1] = row * columns + next;
      corners[2] = below * columns + column;
      corners[3] = below * columns + next;
      shares[0] = (1 - right) * (1 - lower);
      shares[1] = right * (1 - lower);
      shares[2] = (1 - right) * lower;
      shares[3] = right * lower;
      const was = classAt(answers, corners, shares);
      const is = classAt(answersAfter, corners, shares);
      const veil = blend(near, corners, shares) < 0.5 ? veilAt(x, y, ratio) : 0;
      words[0][index] = veiled(ramps[was][Math.round(blend(beforeSure, corners, shares))], paint, veil);
      words[1][index] = veiled(ramps[is][Math.round(blend(afterSure, corners, shares))], paint, veil);
      words[2][index] = veiled(isSame || was === is ? paint.same : paint.changed, paint, veil);
    }
  }
  return images;
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

function rampOf(palette, number) {
  const [sure, unsure] = palette.decision_mix;
  const color = classColor(palette, number);
  return ramp(mix(palette.background, color, unsure), mix(palette.background, color, sure), STEPS);
}

/**
 * The class that weighs most: a corner weighs the more the nearer it is, and the surer its answer is beyond one half,
 * where two classes meet.
 */
function classAt({ grid, sure, least }, corners, shares) {
  const first = grid[corners[0]];
  if (first === grid[corners[1]] && first === grid[corners[2]] && first === grid[corners[3]]) return first;
  let lowest = 1;
  for (let corner = 0; corner < 4; corner++) {
    PROBABILITIES[corner] = least + ((1 - least) * sure[corners[corner]]) / 255;
    lowest = Math.min(lowest, PROBABILITIES[corner]);
  }
  const meeting = Math.min(0.5, MEETING * lowest);
  let most = -1;
  let heaviest = first;
  for (let corner = 0; corner < 4; corner++) {
    const number = grid[corners[corner]];
    let weight = 0;
    for (let other = 0; other < 4; other++)
      if (grid[corners[other]] === number) weight += shares[other] * (PROBABILITIES[other] - meeting);
    if (weight <= most) continue;
    most = weight;
    heaviest = number;
  }
  return heaviest;
}

function blend(grid, corners, shares) {
  let sum = 0;
  for (let corner = 0; corner < 4; corner++) sum += grid[corners[corner]] * shares[corner];
  return sum;
}

/** Stripes: what is merely paler is unsure, or removed. */
function veilAt(x, y, ratio) {
  return (x + y) % Math.round(STRIPES * ratio) < Math.round(1.5 * ratio) ? STRIPE_VEIL : VEIL;
}

function veiled(color, { background }, veil) {
  const red = color[0] + (background[0] - color[0]) * veil;
  const green = color[1] + (background[1] - color[1]) * veil;
  const blue = color[2] + (background[2] - color[2]) * veil;
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
