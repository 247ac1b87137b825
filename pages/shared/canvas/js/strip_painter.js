import { classColor, mix, rgb } from "./palette.js";

const DIMMED = 0.7;
const LEAST_SHARE = 0.02;

/** Paints the samples of a row: each by itself, or the shares of the classes in bins, one on the other. */
export class StripPainter {
  constructor(arrays, header) {
    Object.assign(this, arrays);
    this.samples = header.samples;
    this.nClasses = header.classes.length;
    this.single = !arrays.shares;
  }

  begin(palette, chosen) {
    this.colors = Array.from({ length: this.nClasses }, (_, number) => classColor(palette, number));
    this.rest = palette.wash;
    this.veil = `rgba(${rgb(palette.background).join(",")},${DIMMED})`;
    this.ink = palette.ink;
    this.background = palette.background;
    this.others = mix(palette.background, palette.muted, 0.22);
    this.chosen = chosen;
    this.whole = chosen === null || this.single ? 255 : this.largest(chosen);
  }

  /** The largest share that a class has anywhere: of a rare one nothing could be seen otherwise. */
  largest(number) {
    let most = 1;
    for (let at = number; at < this.shares.length; at += this.nClasses) most = Math.max(most, this.shares[at]);
    return most;
  }

  paint(context, row, left, top, width, height) {
    context.fillStyle = this.rest;
    context.fillRect(left, top, width, height);
    if (this.single) this.paintSamples(context, row, left, top, width, height);
    else this.paintBins(context, row, left, top, width, height);
    const erased = (this.erased[row] / this.samples) * width;
    context.fillStyle = this.veil;
    context.fillRect(left, top, erased, height);
    this.paintCut(context, Math.round(left + (this.cut[row] / this.samples) * width), top, height);
  }

  paintSamples(context, row, left, top, width, height) {
    const x = (place) => left + (place / this.samples) * width;
    let start = 0;
    for (let place = 1; place <= this.samples; place++) {
      const color = this.colorOf(row, start);
      if (place < this.samples && this.colorOf(row, place) === color) continue;
      context.fillStyle = color;
      context.fillRect(x(start), top, x(place) - x(start), height);
      start = place;
    }
  }

  colorOf(row, place) {
    const number = this.classOf(row, place);
    return this.chosen === null || number === this.chosen ? this.colors[number] : this.others;
  }

  classOf(row, place) {
    return this.classes[this.places[row * this.samples + place]];
  }

  paintBins(context, row, left, top, width, height) {
    for (let bin = 0; bin + 1 < this.edges.length; bin++) {
      const [from, to] = [this.binX(bin, left, width), this.binX(bin + 1, left, width)];
      let base = top + height;
      for (const [number, share] of this.stackOf(row, bin)) {
        const high = Math.min(base - top, share * height);
        context.fillStyle = this.colors[number];
        context.fillRect(from, base - high, to - from, high);
        base -= high;
      }
    }
  }

  binX(bin, left, width) {
    return Math.round(left + (this.edges[bin] / this.samples) * width);
  }

  /** `[class, share]` of a bin, in one order for all, so that a class is a band; the chosen one alone, where one is. */
  stackOf(row, bin) {
    const shares = this.sharesOf(row, bin);
    if (this.chosen !== null) return [[this.chosen, shares[this.chosen] / this.whole]];
    return atLeast(shares, LEAST_SHARE);
  }

  sharesOf(row, bin) {
    const start = (row * (this.edges.length - 1) + bin) * this.nClasses;
    return this.shares.subarray(start, start + this.nClasses);
  }

  binAt(place) {
    let bin = 0;
    while (bin + 2 < this.edges.length && place >= this.edges[bin + 1]) bin++;
    return bin;
  }

  paintCut(context, x, top, height) {
    context.fillStyle = this.background;
    context.fillRect(x - 2, top, 4, height);
    context.fillStyle = this.ink;
    context.fillRect(x - 1, top, 2, height);
  }
}

/** `[class, share]` of the classes with at least this share. */
export function atLeast(shares, least) {
  const found = [];
  shares.forEach((share, number) => {
    if (share >= 255 * least) found.push([number, share / 255]);
  });
  return found;
}
