import { blockHeight } from "./map_layout.js";
import { fitted, label, line, textWidth } from "./surface.js";

const CHIP = 15;
const LONGEST = 110;

/** The layers whose units are all dead at an epoch. */
export function wallsAt(record, place) {
  return record.sizes.flatMap((size, layer) => (record.countsAt(place, layer)[0] === size ? [layer] : []));
}

/** A line across the map under each such layer; the first says what it means. */
export function drawWalls(context, map, walls, names, left, top, palette) {
  const thick = map.cellHeight >= 6 ? 2 : 1.25;
  const right = left + map.width;
  for (const layer of walls) {
    const y = wallBelow(map, layer, top);
    line(context, left - 3, y, right + 3, y, palette.background, 2 * thick);
    line(context, left - 3, y, right + 3, y, palette.ink, thick);
  }
  if (!walls.length) return;
  const y = wallBelow(map, walls[0], top);
  const text = `nothing passes ${fitted(context, names[walls[0]], LONGEST)}`;
  const wide = textWidth(context, text, 600) + 10;
  context.fillStyle = palette.background;
  context.fillRect(right + 5, y - CHIP / 2, wide, CHIP);
  line(context, right + 3, y, right + 8, y, palette.ink, thick);
  label(context, text, right + 11, y + 0.5, palette.ink, "left", 600);
}

function wallBelow(map, layer, top) {
  return top + map.tops[layer] + blockHeight(map, layer) + Math.max(1, map.gap / 2);
}
