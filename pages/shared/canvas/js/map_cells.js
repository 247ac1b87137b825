import { pixel } from "./palette.js";

const CONSTANT_BIT = 4;
const SMALLEST_HATCH = 4;

/**
 * Paints one cell a unit into `pixels` (of a Surface), its upper left corner at (left, top) CSS pixels. `status` holds
 * a status code a unit, with CONSTANT_BIT where the unit is constant: such cells are hatched.
 */
export function paintCells(pixels, map, sizes, status, left, top, palette) {
  const full = palette.status.map(pixel);
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
      for (let column = 0; column < cells; column++, unit++) {
        const code = status[unit];
        const box = [columns[2 * column], columns[2 * column + 1], upper, lower];
        fill(pixels, box, full[code % CONSTANT_BIT]);
        if (hatch && code >= CONSTANT_BIT) hatchBox(pixels, box, background);
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
  for (let y = upper; y < lower && y < height; y++) words.fill(color, y * width + left, y * width + end);
}

function hatchBox(pixels, [left, right, upper, lower], color) {
  const { words, width, height, ratio } = pixels;
  const period = Math.round(4 * ratio);
  const stroke = Math.max(1, Math.round(1.25 * ratio));
  for (let y = upper; y < lower && y < height; y++) {
    for (let x = left; x < right; x++) {
      if ((x - left + y - upper) % period < stroke) words[y * width + x] = color;
    }
  }
}
