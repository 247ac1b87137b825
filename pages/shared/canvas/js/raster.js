import { rgb } from "./palette.js";

/** A small grid painted as one picture. `color(index)` is [red, green, blue] of a cell; row 0 is at the top. */
export class Raster {
  constructor() {
    this.canvas = document.createElement("canvas");
  }

  paint(columns, rows, color) {
    this.canvas.width = columns;
    this.canvas.height = rows;
    const image = new ImageData(columns, rows);
    for (let index = 0; index < columns * rows; index++) {
      const [red, green, blue] = color(index);
      image.data[4 * index] = red;
      image.data[4 * index + 1] = green;
      image.data[4 * index + 2] = blue;
      image.data[4 * index + 3] = 255;
    }
    this.canvas.getContext("2d").putImageData(image, 0, 0);
    return this;
  }

  /** Draws it into a box; `smooth` blends neighbouring cells. */
  draw(context, x, y, width, height, smooth) {
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = "high";
    context.drawImage(this.canvas, x, y, width, height);
  }
}

/** `steps` colours from one to another, as [red, green, blue]. */
export function ramp(from, to, steps) {
  const [start, end] = [rgb(from), rgb(to)];
  return Array.from({ length: steps }, (_, step) =>
    start.map((value, channel) => value + ((end[channel] - value) * step) / (steps - 1)),
  );
}

/** The line where a grid is 0, by marching squares; `x` and `y` turn grid places into pixels. */
export function traceZero(context, grid, columns, rows, x, y) {
  context.beginPath();
  for (let row = 0; row < rows - 1; row++) {
    for (let column = 0; column < columns - 1; column++) {
      const crossings = zeroCrossings(grid, columns, row, column);
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        context.moveTo(x(crossings[i][0]), y(crossings[i][1]));
        context.lineTo(x(crossings[i + 1][0]), y(crossings[i + 1][1]));
      }
    }
  }
  context.stroke();
}

function zeroCrossings(grid, columns, row, column) {
  const start = row * columns + column;
  const corners = [grid[start], grid[start + 1], grid[start + columns + 1], grid[start + columns]];
  const places = [
    [column, row],
    [column + 1, row],
    [column + 1, row + 1],
    [column, row + 1],
  ];
  const crossings = [];
  for (let side = 0; side < 4; side++) {
    const [from, to] = [corners[side], corners[(side + 1) % 4]];
    if (from > 0 === to > 0) continue;
    const share = from / (from - to);
    const [here, next] = [places[side], places[(side + 1) % 4]];
    crossings.push([here[0] + share * (next[0] - here[0]), here[1] + share * (next[1] - here[1])]);
  }
  return crossings;
}
