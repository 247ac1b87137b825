import { mix, pixel } from "./palette.js";

const CONSTANT_BIT = 4;
export const REMOVED_BIT = 8;
const SMALLEST_HATCH = 4;

/**
 * Paints one cell a unit into `pixels` (of a Surface), its upper left corner at (left, top) CSS pixels; what lies
 * outside of them is left out. `status` holds a status code a unit, with CONSTANT_BIT where the unit is constant: such
 * cells are hatched; with REMOVED_BIT where it is removed: such cells are faint and struck through.
 */
export function paintCells(pixels, map, sizes, status, left, top, palette) {
  const full = palette.status.map(pixel);
  const [faint, stroke] = palette.removed_alpha.map((share) =>
    palette.status.map((color) => pixel(mix(palette.background, color, share))),
  );
  const background = pixel(palette.background);
  const columns = edges(
    Math.min(map.perLine, Math.max(...sizes)),
    map.cellWidth,
    map.gap,
    left,
    pixels.ratio,
  );
  const hatch = map.cellWidth >= SMALLEST_HATCH && map.cellHeight >= SMALLEST_HATCH;
  let unit = 0;
  for (let layer = 0; layer < sizes.length; layer++) {
    for (let line = 0; line < map.lines[layer]; line++) {
      const y = top + map.tops[layer] + line * (map.cellHeight + map.gap);
      const [upper, lower] = span(y, map.cellHeight, pixels.ratio);
      const cells = Math.min(map.perLine, sizes[layer] - line * map.perLine);
      if (lower <= 0 || upper >= pixels.height) {
        unit += cells;
        continue;
      }
      for (let column = 0; column < cells; column++, unit++) {
        const code = status[unit];
        const color = code % CONSTANT_BIT;
        const box = [columns[2 * column], columns[2 * column + 1], upper, lower];
        fill(pixels, box, code >= REMOVED_BIT ? faint[color] : full[color]);
        if (hatch && code & CONSTANT_BIT) hatchBox(pixels, box, background);
        if (hatch && code >= REMOVED_BIT) strike(pixels, box, stroke[color]);
      }
    }
  }
}

/** The first device pixel and the one after the last; at least one. */
export function span(start, length, ratio) {
  const first = Math.round(start * ratio);
  return [first, Math.max(first + 1, Math.round((start + length) * ratio))];
}

function edges(count, size, gap, left, ratio) {
  const list = new Int32Array(2 * count);
  for (let i = 0; i < count; i++) {
    [list[2 * i], list[2 * i + 1]] = span(left + i * (size + gap), size, ratio);
  }
  return list;
}

function fill(pixels, [left, right, upper, lower], color) {
  const { words, width, height } = pixels;
  const end = Math.min(right, width);
  for (let y = Math.max(0, upper); y < lower && y < height; y++)
    words.fill(color, y * width + left, y * width + end);
}

function hatchBox(pixels, [left, right, upper, lower], color) {
  const { words, width, height, ratio } = pixels;
  const period = Math.round(4 * ratio);
  const stroke = Math.max(1, Math.round(1.25 * ratio));
  for (let y = Math.max(0, upper); y < lower && y < height; y++) {
    for (let x = left; x < right; x++) {
      if ((x - left + y - upper) % period < stroke) words[y * width + x] = color;
    }
  }
}

/** A stroke from the lower left to the upper right corner. */
function strike({ words, width, height, ratio }, [left, right, upper, lower], color) {
  const slope = (right - left) / (lower - upper);
  const reach = (Math.max(1, slope) * Math.max(1, ratio)) / 2;
  for (let y = Math.max(0, upper); y < lower && y < height; y++) {
    const middle = left + (lower - y - 0.5) * slope;
    const end = Math.min(right, Math.round(middle + reach));
    for (let x = Math.max(left, Math.round(middle - reach)); x < end; x++) words[y * width + x] = color;
  }
}
