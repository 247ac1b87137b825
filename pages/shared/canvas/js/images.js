import { short } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { classColor, rgb, scaleColor } from "./palette.js";
import { Picture } from "./picture.js";
import { Raster, ramp } from "./raster.js";
import { Shared } from "./shared.js";
import { innerSize, mount } from "./stage.js";
import { fitted, label, ring } from "./surface.js";

const GAP = 8;
const CAPTION = 16;
const SCALE = 20;
const LARGEST = 160;
const STEPS = 256;

/** Small pictures side by side: weights on a diverging scale, or samples in grey. */
class Images extends Picture {
  constructor(stage) {
    super(stage);
    this.raster = new Raster();
    this.chosen = new Shared(stage, null);
    this.plot.addEventListener("click", (event) => this.clicked(event));
  }

  update({ header, arrays }) {
    this.header = header;
    this.images = arrays.images;
    this.chosen.offer(header.chosen);
    [this.count, this.rows, this.columns] = arrays.images.shape;
    this.stage.setTitle(header.title, header.qualifier);
    this.plot.setAttribute(
      "aria-label",
      [header.title, header.qualifier, ...header.captions].filter(Boolean).join(", "),
    );
  }

  paint(palette) {
    const [width, height] = innerSize(this.plot);
    const context = this.surface.begin(width, height);
    this.place(width, height);
    const colors = this.colors(palette);
    for (let image = 0; image < this.count; image++) this.drawImage(context, image, colors, palette);
    if (this.header.diverging) this.drawScale(context, palette);
    if (this.chosen.value === null) return;
    const [x, y] = this.corner(this.chosen.value);
    ring(context, x + 2, y + 2, this.wide - 4, this.high - 4, palette);
  }

  /** The largest pictures that fit, in as many lines as that takes. */
  place(width, height) {
    this.caption = this.header.captions.length ? CAPTION : 0;
    const free = height - (this.header.diverging ? SCALE : 0);
    const shape = this.columns / this.rows;
    this.perLine = 1;
    this.high = 0;
    for (let perLine = 1; perLine <= this.count; perLine++) {
      const lines = Math.ceil(this.count / perLine);
      const wide = (width - GAP * (perLine - 1)) / perLine;
      const high = Math.min(LARGEST, wide / shape, free / lines - this.caption - GAP / 2);
      if (high > this.high) Object.assign(this, { perLine, high });
    }
    this.high = Math.max(4, Math.floor(this.high));
    this.wide = Math.max(4, Math.floor(this.high * shape));
    this.below = Math.ceil(this.count / this.perLine) * (this.high + this.caption + GAP / 2);
  }

  colors(palette) {
    if (!this.header.diverging) return ramp(palette.wash, palette.ink, STEPS);
    return Array.from({ length: STEPS }, (_, step) => rgb(scaleColor(palette.diverging, step / (STEPS - 1))));
  }

  corner(image) {
    const line = Math.floor(image / this.perLine);
    return [(image % this.perLine) * (this.wide + GAP), line * (this.high + this.caption + GAP / 2)];
  }

  drawImage(context, image, colors, palette) {
    const [x, y] = this.corner(image);
    const { low, high } = this.header;
    const start = image * this.rows * this.columns;
    const step = (value) => Math.round(((value - low) / (high - low)) * (STEPS - 1));
    this.raster
      .paint(this.columns, this.rows, (index) => colors[step(this.images[start + index])])
      .draw(context, x, y, this.wide, this.high, false);
    context.strokeStyle = palette.line;
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, this.wide - 1, this.high - 1);
    if (this.caption) this.drawCaption(context, image, x, y + this.high + 9, palette);
  }

  drawCaption(context, image, x, y, palette) {
    let left = x;
    if (this.header.classes) {
      context.fillStyle = classColor(palette, this.header.classes[image]);
      context.beginPath();
      context.arc(x + 4, y, 4, 0, 2 * Math.PI);
      context.fill();
      left += 12;
    }
    const text = fitted(context, this.header.captions[image], this.wide + GAP - 2 - (left - x));
    label(context, text, left, y, palette.muted);
  }

  drawScale(context, palette) {
    const y = this.below + 6;
    const [left, width] = [52, 100];
    for (let x = 0; x < width; x++) {
      context.fillStyle = scaleColor(palette.diverging, x / (width - 1));
      context.fillRect(left + x, y, 1.2, 8);
    }
    label(context, short(this.header.low), left - 6, y + 4, palette.muted, "right");
    label(context, short(this.header.high), left + width + 6, y + 4, palette.muted);
  }

  /** The picture, row and column under the pointer, or null. */
  under(event) {
    const [x, y] = positionIn(this.plot, event);
    for (let image = 0; image < this.count; image++) {
      const [left, top] = this.corner(image);
      const column = Math.floor(((x - left) / this.wide) * this.columns);
      const row = Math.floor(((y - top) / this.high) * this.rows);
      if (column >= 0 && row >= 0 && column < this.columns && row < this.rows) return { image, row, column };
    }
    return null;
  }

  clicked(event) {
    const hit = this.under(event);
    if (!hit || !this.stage.sends.includes("image")) return;
    this.chosen.set(hit.image);
    this.stage.requestPaint();
    this.stage.send("image", hit.image);
  }

  tell(event) {
    const hit = this.under(event);
    this.plot.style.cursor = hit && this.stage.sends.includes("image") ? "pointer" : "";
    if (!hit) {
      this.stage.tip.hide();
      return;
    }
    const { image, row, column } = hit;
    const value = this.images[(image * this.rows + row) * this.columns + column];
    const words = this.header.hints[image] ?? `row ${row}, column ${column}: ${short(value)}`;
    this.stage.tip.show(event, this.header.captions[image] ?? "", [words]);
  }
}

export default function (component) {
  return mount(component, Images);
}
