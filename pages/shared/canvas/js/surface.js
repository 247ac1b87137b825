import { FONT, SIZE } from "./tokens.js";

const MOST_LETTERS = 60;

/** A canvas that is as sharp as the screen. Coordinates are CSS pixels; `ratio` device pixels make one. */
export class Surface {
  constructor(parent) {
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d");
    parent.append(this.canvas);
  }

  /** Takes the size and wipes the canvas. */
  begin(width, height) {
    this.width = width;
    this.height = height;
    this.ratio = window.devicePixelRatio || 1;
    const wide = Math.max(1, Math.round(width * this.ratio));
    const high = Math.max(1, Math.round(height * this.ratio));
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    this.context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.context.clearRect(0, 0, width, height);
    this.context.textBaseline = "middle";
    return this.context;
  }

  /** Transparent pixels for the whole canvas, to be painted by number and put back with `put`. */
  pixels() {
    const { width, height } = this.canvas;
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
      this.words = new Uint32Array(this.image.data.buffer);
    }
    this.words.fill(0);
    return { words: this.words, width, height, ratio: this.ratio };
  }

  put() {
    this.context.putImageData(this.image, 0, 0);
  }
}

/** A word on the canvas. `align` is left, center or right. */
export function label(context, text, x, y, color, align = "left", weight = 400, size = SIZE) {
  context.font = `${weight} ${size}px ${FONT}`;
  context.textAlign = align;
  context.fillStyle = color;
  context.fillText(text, x, y);
}

/** A word that stands clear of the lines it crosses. */
export function clearLabel(context, text, x, y, palette, align = "left") {
  context.strokeStyle = palette.background;
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.font = `400 ${SIZE}px ${FONT}`;
  context.textAlign = align;
  context.strokeText(text, x, y);
  label(context, text, x, y, palette.muted, align);
}

/** How wide a word is on the canvas. */
export function textWidth(context, text, weight = 400, size = SIZE) {
  context.font = `${weight} ${size}px ${FONT}`;
  return context.measureText(text).width;
}

/** A name shortened from the front until it fits: the end of `features.3.conv` tells most. */
export function fitted(context, text, width) {
  if (textWidth(context, text) <= width) return text;
  let rest = text;
  while (rest.length > 1 && textWidth(context, `…${rest}`) > width) rest = rest.slice(1);
  return `…${rest}`;
}

/** A name shortened in its middle until it fits: of the names of classes both ends may tell. */
export function shortened(context, text, width) {
  if (textWidth(context, text) <= width) return text;
  const letters = Array.from(text);
  for (let kept = Math.min(letters.length - 1, MOST_LETTERS); kept > 1; kept--) {
    const front = Math.ceil(kept / 2);
    const short = `${letters.slice(0, front).join("")}…${letters.slice(front - kept).join("")}`;
    if (textWidth(context, short) <= width) return short;
  }
  return "…";
}

/** A filled circle. */
export function disc(context, x, y, radius, color) {
  context.fillStyle = color;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/** A straight line of whole device pixels' sharpness. */
export function line(context, x1, y1, x2, y2, color, width = 1, dash = []) {
  context.strokeStyle = color;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
  context.setLineDash([]);
}

/** The ring of what is chosen: ink on a wider line of background. */
export function ring(context, x, y, width, height, palette) {
  for (const [stroke, color] of [
    [4, palette.background],
    [2, palette.ink],
  ]) {
    context.lineWidth = stroke;
    context.strokeStyle = color;
    context.strokeRect(x - 2, y - 2, width + 4, height + 4);
  }
}

/** A vertical line of ink that stands clear of what it crosses. */
export function cursorLine(context, x, top, bottom, palette) {
  line(context, x, top, x, bottom, palette.background, 4);
  line(context, x, top, x, bottom, palette.ink, 1.5);
}
