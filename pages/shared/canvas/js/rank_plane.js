import { mix } from "./palette.js";
import { clearLabel, disc, fitted, label, line, textWidth } from "./surface.js";

const LEFT_NAME = 20;
const UNDER_NAME = 20;
const RIM = 8;
const FLATTEST = 1.7;
const NEARBY = 9;
const PALE = 0.4;
const MANY = 3000;

/** The samples as dots, the order of one unit against that of the other; what a unit erases is shaded. */
export class RankPlane {
  constructor(header, places) {
    this.header = header;
    [, this.size] = places.shape;
    this.places = places;
  }

  place(width, height) {
    this.left = LEFT_NAME;
    this.top = RIM;
    this.bottom = height - UNDER_NAME;
    this.right = Math.min(width - RIM, this.left + FLATTEST * (this.bottom - this.top));
  }

  x(place) {
    return this.left + (place / this.size) * (this.right - this.left);
  }

  y(place) {
    return this.bottom - (place / this.size) * (this.bottom - this.top);
  }

  dot(sample) {
    return [this.x(this.places[sample] + 0.5), this.y(this.places[this.size + sample] + 0.5)];
  }

  erases(side, sample) {
    return this.places[side * this.size + sample] < this.header.erased[side];
  }

  draw(context, palette, look) {
    this.drawErased(context, palette);
    const radius = this.size > MANY ? 1 : this.size > 400 ? 2 : 3;
    for (const picked of [false, true])
      for (let sample = 0; sample < this.size; sample++)
        if (look.picked(sample) === picked) this.drawDot(context, sample, radius, palette, look);
    this.drawFrame(context, palette);
    for (const sample of look.foremost) this.drawForemost(context, sample, palette, look);
  }

  drawErased(context, palette) {
    const [x, y] = [this.x(this.header.erased[0]), this.y(this.header.erased[1])];
    context.fillStyle = palette.wash;
    context.fillRect(this.left, this.top, x - this.left, this.bottom - this.top);
    context.fillRect(this.left, y, this.right - this.left, this.bottom - y);
    this.shade = mix(palette.wash, palette.line, 0.4);
    context.fillStyle = this.shade;
    context.fillRect(this.left, y, x - this.left, this.bottom - y);
  }

  drawDot(context, sample, radius, palette, look) {
    const [x, y] = this.dot(sample);
    const faint = this.erases(0, sample) && this.erases(1, sample);
    context.fillStyle = faint ? mix(palette.background, look.color(sample), PALE) : look.color(sample);
    if (this.size > MANY) {
      context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
      return;
    }
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fill();
  }

  drawFrame(context, palette) {
    const { left, right, top, bottom } = this;
    context.strokeStyle = palette.line;
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top + 0.5, right - left - 1, bottom - top - 1);
    const [x, y] = [this.x(this.header.erased[0]), this.y(this.header.erased[1])];
    if (this.header.erased[0]) line(context, x, top, x, bottom, palette.ink, 1.5);
    if (this.header.erased[1]) line(context, left, y, right, y, palette.ink, 1.5);
    if (x - left > 60) clearLabel(context, "erased", left + 8, top + 10, palette);
    if (bottom - y > 24 && right - x > 60) clearLabel(context, "erased", right - 8, bottom - 11, palette, "right");
    this.drawNames(context, palette);
  }

  drawNames(context, palette) {
    const [across, up] = this.header.names;
    this.drawName(context, palette, across, (this.left + this.right) / 2, this.bottom + 12, this.right - this.left);
    context.save();
    context.translate(8, (this.top + this.bottom) / 2);
    context.rotate(-Math.PI / 2);
    this.drawName(context, palette, up, 0, 0, this.bottom - this.top);
    context.restore();
  }

  drawName(context, palette, name, x, y, room) {
    const long = textWidth(context, name, 600) + 110 < room;
    label(context, fitted(context, name, room), x, y, palette.ink, "center", 600);
    if (!long) return;
    label(context, "lowest", x - room / 2, y, palette.muted);
    label(context, "highest", x + room / 2, y, palette.muted, "right");
  }

  /** Lines to both axes: its place in either order. */
  drawForemost(context, sample, palette, look) {
    const [x, y] = this.dot(sample);
    const color = look.color(sample);
    for (const [width, stroke] of [
      [4, palette.background],
      [1.5, color],
    ]) {
      line(context, this.left, y, x, y, stroke, width);
      line(context, x, this.bottom, x, y, stroke, width);
    }
    disc(context, x, y, 7, palette.background);
    disc(context, x, y, 5.5, palette.ink);
    disc(context, x, y, 4, color);
    if (!look.named(sample)) return;
    const right = x + 60 > this.right;
    const place = [right ? x - 9 : x + 9, y - 9];
    clearLabel(context, look.name(sample), ...place, palette, right ? "right" : "left");
    label(context, look.name(sample), ...place, palette.ink, right ? "right" : "left", 600);
  }

  sampleAt(x, y, isPicked) {
    let [nearest, closest] = [null, NEARBY ** 2];
    for (let sample = 0; sample < this.size; sample++) {
      const [across, up] = this.dot(sample);
      const distance = (across - x) ** 2 + (up - y) ** 2;
      if (distance < closest && isPicked(sample)) [nearest, closest] = [sample, distance];
    }
    return nearest;
  }
}
