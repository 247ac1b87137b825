import { blockHeight } from "./map_layout.js";
import { span } from "./map_cells.js";
import { pixel } from "./palette.js";

const STACKED_FROM = 10;
const LINES_UP_TO = 8;
const CLEAR_MAJORITY = 0.6;

/** How the history of a layer is drawn, by the height of its row (CSS pixels) and its width in units. */
export function historyMode(height, units, ratio) {
  if (height >= STACKED_FROM) return "stacked";
  return units <= LINES_UP_TO && height * ratio >= units ? "lines" : "commonest";
}

/**
 * Paints each layer over the epochs, on the rows of the map.
 *
 * `record` has `sizes`, `counts` (epoch x layer x 3) and `statusAt(place)`, the status of all units at an epoch.
 */
export function paintHistory(pixels, map, record, axis, top, palette) {
  const [left, right] = [Math.round(axis.left * pixels.ratio), Math.round(axis.reach * pixels.ratio)];
  const places = axis.columns(right - left);
  const colors = [...palette.status.map(pixel), pixel(palette.background)];
  let firstUnit = 0;
  record.sizes.forEach((size, layer) => {
    const height = blockHeight(map, layer);
    const [upper, lower] = span(top + map.tops[layer], height, pixels.ratio);
    const mode = historyMode(height, size, pixels.ratio);
    const row = { upper, rows: lower - upper, left, places, colors, layer, size, firstUnit };
    PAINTERS[mode](pixels, row, record);
    firstUnit += size;
  });
}

const PAINTERS = { stacked: paintStacked, lines: paintLines, commonest: paintCommonest };

function paintStacked(pixels, row, record) {
  const ends = new Map();
  row.places.forEach((place, column) => {
    if (!ends.has(place)) ends.set(place, stackEnds(record.countsAt(place, row.layer), row.size, row.rows));
    const [dead, linear] = ends.get(place);
    for (let y = 0; y < row.rows; y++) {
      const code = y < dead ? 0 : y < linear ? 1 : 2;
      paintPixel(pixels, row, column, y, row.colors[code]);
    }
  });
}

/** Where dead and where linear end in a stack of `rows` pixels; what is there at all gets a pixel. */
function stackEnds([dead, linear, nonlinear], size, rows) {
  const most = rows - (nonlinear > 0 ? 1 : 0);
  const deadEnd = Math.min(
    most - (linear > 0 ? 1 : 0),
    Math.max(dead > 0 ? 1 : 0, Math.round((dead / size) * rows)),
  );
  const both = Math.max(deadEnd + (linear > 0 ? 1 : 0), Math.round(((dead + linear) / size) * rows));
  return [deadEnd, Math.min(most, both)];
}

function paintLines(pixels, row, record) {
  row.places.forEach((place, column) => {
    const status = record.statusAt(place);
    for (let y = 0; y < row.rows; y++) {
      const unit = Math.floor((y * row.size) / row.rows);
      paintPixel(pixels, row, column, y, row.colors[status[row.firstUnit + unit] & 3]);
    }
  });
}

function paintCommonest(pixels, row, record) {
  const period = Math.round(4 * pixels.ratio);
  row.places.forEach((place, column) => {
    const counts = record.countsAt(place, row.layer);
    const most = counts.indexOf(Math.max(...counts));
    const unclear = counts[most] < CLEAR_MAJORITY * row.size;
    for (let y = 0; y < row.rows; y++) {
      const stroke = unclear && (column + y) % period < pixels.ratio;
      paintPixel(pixels, row, column, y, row.colors[stroke ? 3 : most]);
    }
  });
}

function paintPixel(pixels, row, column, y, color) {
  pixels.words[(row.upper + y) * pixels.width + row.left + column] = color;
}
