import { layoutMap } from "./map_layout.js";

const SMALLEST = 7;
const GROWTH = 1.25;
const TALLEST = 1e7;

/**
 * Cells that can be hit with a pointer: as high as the box where that allows it, else as much higher as it takes, to be
 * scrolled.
 */
export function layoutPruneMap(sizes, width, height) {
  const hits = (map) => Math.min(map.cellWidth, map.cellHeight) >= SMALLEST;
  let map = layoutMap(sizes, width, height);
  for (let room = height; !hits(map) && room < TALLEST; ) {
    room *= GROWTH;
    map = layoutMap(sizes, width, room);
  }
  return map;
}
