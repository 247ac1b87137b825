import { rgb, pixel } from "./palette.js";
import { span } from "./map_cells.js";

const SMALLEST_OUTLINED = 5;
const FEW = 64;
const CIRCLE = 5;

/** How cells of a size are highlighted: all keep their colours. */
export function highlightMode(map, units) {
  if (Math.min(map.cellWidth, map.cellHeight) >= SMALLEST_OUTLINED) return "outlines";
  return units <= FEW ? "circles" : "dots";
}

/** Outlines of ink in the gaps between the cells, or a contrasting dot within each. `corner(unit)` is in CSS pixels. */
export function paintHighlight(pixels, map, units, status, corner, palette) {
  const mode = highlightMode(map, units.length);
  const colors = { ink: pixel(palette.ink), background: pixel(palette.background) };
  const contrasts = palette.status.map((color) => pixel(contrasting(color, palette)));
  for (const unit of units) {
    const { x, y } = corner(unit);
    if (mode === "outlines") {
      frame(pixels, x - 1, y - 1, map.cellWidth + 2, map.cellHeight + 2, colors.ink);
      frame(pixels, x, y, map.cellWidth, map.cellHeight, colors.background);
    } else if (mode === "dots") {
      const [wide, high] = [map.cellWidth / 2, map.cellHeight / 2];
      box(pixels, x + wide / 2, y + high / 2, wide, high, contrasts[status[unit] & 3]);
    }
  }
}

/** Where few units are highlighted among cells too small to be seen singly, a circle around each. */
export function drawCircles(context, map, units, corner, palette) {
  if (highlightMode(map, units.length) !== "circles") return;
  for (const [width, color] of [
    [3.5, palette.background],
    [1.5, palette.ink],
  ]) {
    context.lineWidth = width;
    context.strokeStyle = color;
    for (const unit of units) {
      const { x, y } = corner(unit);
      context.beginPath();
      context.arc(x + map.cellWidth / 2, y + map.cellHeight / 2, CIRCLE, 0, 2 * Math.PI);
      context.stroke();
    }
  }
}

/** Ink or background, whichever stands out more. */
function contrasting(color, palette) {
  const light = luminance(color);
  const contrast = (other) => (Math.max(light, other) + 0.05) / (Math.min(light, other) + 0.05);
  const better = contrast(luminance(palette.ink)) > contrast(luminance(palette.background));
  return better ? palette.ink : palette.background;
}

function luminance(color) {
  const [red, green, blue] = rgb(color).map((part) => (part / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function frame(pixels, x, y, width, height, color) {
  box(pixels, x, y, width, 1, color);
  box(pixels, x, y + height - 1, width, 1, color);
  box(pixels, x, y, 1, height, color);
  box(pixels, x + width - 1, y, 1, height, color);
}

function box({ words, width, height, ratio }, x, y, wide, high, color) {
  const [left, right] = span(x, wide, ratio);
  const [upper, lower] = span(y, high, ratio);
  for (let row = Math.max(0, upper); row < Math.min(lower, height); row++)
    words.fill(color, row * width + Math.max(0, left), row * width + Math.min(right, width));
}
