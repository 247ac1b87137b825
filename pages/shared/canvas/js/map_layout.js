/** Where the cells of a unit map stand: as large as fits, by the rules of the look. */

const LARGEST = 26;
const TEN_LAYER_GAP = 4;
const WRAP_GAIN = 1.5;
const SMALL_CELLS = [0.9, 0.8, 0.7, 0.6, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1];

/**
 * The better of one line a layer and wrapped layers.
 *
 * Returns `{cellWidth, cellHeight, gap, perLine, lines, tops, width, height}`; `lines` and `tops` by layer.
 */
export function layoutMap(sizes, width, height) {
  const single = oneLineEach(sizes, width, height);
  const wrapped = wrappedLines(sizes, width, height);
  if (!wrapped) return single;
  const gain = (wrapped.cellWidth * wrapped.cellHeight) / (single.cellWidth * single.cellHeight);
  return gain > WRAP_GAIN ? wrapped : single;
}

/** The unit at a place (of the map, not of the canvas), as its number within its layer; null beside the cells. */
export function unitAt(map, sizes, x, y) {
  let layer = map.tops.length - 1;
  while (layer > 0 && map.tops[layer] > y) layer--;
  const line = Math.floor((y - map.tops[layer]) / (map.cellHeight + map.gap));
  const column = Math.floor(x / (map.cellWidth + map.gap));
  const unit = line * map.perLine + column;
  const inside =
    y >= 0 && line < map.lines[layer] && column >= 0 && column < map.perLine && unit < sizes[layer];
  return inside ? { layer, unit } : null;
}

/** The upper left corner of a unit's cell. */
export function cellOf(map, layer, unit) {
  return {
    x: (unit % map.perLine) * (map.cellWidth + map.gap),
    y: map.tops[layer] + Math.floor(unit / map.perLine) * (map.cellHeight + map.gap),
  };
}

/** The height of a layer's block of lines. */
export function blockHeight(map, layer) {
  return map.lines[layer] * (map.cellHeight + map.gap) - map.gap;
}

/** Every how many layers a name fits. */
export function labelStep(map) {
  const pitch = map.tops.length > 1 ? map.tops[1] : map.height;
  if (pitch >= 13) return 1;
  if (pitch >= 6.5) return 5;
  if (pitch >= 2) return 10;
  return Math.ceil(13 / Math.max(pitch, 0.1) / 10) * 10;
}

function oneLineEach(sizes, width, height) {
  const layers = sizes.length;
  const widest = Math.max(...sizes);
  const tens = tenLayerGap(layers, height);
  const free = height - Math.floor((layers - 1) / 10) * tens;
  const pitch = Math.min(width / widest, free / layers);
  const gap = gapFor(pitch);
  const cellHeight = Math.min(free / layers - gap, LARGEST);
  const cellWidth = Math.min(width / widest - gap, LARGEST, Math.max(3 * cellHeight, 4));
  return placed(sizes, {
    cellWidth: whole(cellWidth),
    cellHeight: whole(Math.min(cellHeight, cellWidth >= 6 ? cellWidth : 3 * cellWidth)),
    gap,
    perLine: widest,
    betweenLayers: (layer) => gap + ((layer + 1) % 10 === 0 ? tens : 0),
  });
}

/** Square cells, layers as blocks of lines; null where no block fits or none would wrap. */
function wrappedLines(sizes, width, height) {
  const widest = Math.max(...sizes);
  for (const cell of cellSizes()) {
    const gap = gapFor(cell + 1);
    const perLine = lineLength(Math.floor((width + gap) / (cell + gap)), cell);
    if (perLine < 8 || perLine >= widest) continue;
    const between = cell >= 2 ? Math.max(4, cell) : 3;
    const map = placed(sizes, {
      cellWidth: cell,
      cellHeight: cell,
      gap,
      perLine,
      betweenLayers: () => between + gap,
    });
    if (map.height <= height) return map;
  }
  return null;
}

function* cellSizes() {
  for (let cell = LARGEST; cell >= 1; cell--) yield cell;
  yield* SMALL_CELLS;
}

/** Lines end at multiples of 8, of 32 from 64 on, so that a unit's number can be read off; at least 16 a line. */
function lineLength(fitting, cell) {
  if (fitting < 16 && cell > 6) return 0;
  return fitting >= 64 ? fitting - (fitting % 32) : fitting - (fitting % 8);
}

function placed(sizes, { cellWidth, cellHeight, gap, perLine, betweenLayers }) {
  const lines = Array.from(sizes, (size) => Math.ceil(size / perLine));
  const tops = [];
  let y = 0;
  lines.forEach((count, layer) => {
    tops.push(y);
    y += count * (cellHeight + gap) - gap + betweenLayers(layer);
  });
  const last = lines.length - 1;
  const height = tops[last] + lines[last] * (cellHeight + gap) - gap;
  const width = Math.min(perLine, Math.max(...sizes)) * (cellWidth + gap) - gap;
  return { cellWidth, cellHeight, gap, perLine, lines, tops, width, height };
}

function tenLayerGap(layers, height) {
  return layers >= 20 && height / layers >= 5 ? TEN_LAYER_GAP : 0;
}

function gapFor(pitch) {
  if (pitch >= 9) return 2;
  return pitch >= 4.5 ? 1 : 0;
}

function whole(size) {
  return size >= 5 ? Math.floor(size) : size;
}
