const GAP = 8;
const UNDER = 18; // for status and number
const SMALLEST = 32;
const LARGEST = 132;
const ALIKE = 0.8;

/** Where the pictures stand: as large as lets all be seen, scrolled where they would be too small. */
export class GlanceGrid {
  /** `shape`: width of a picture as a share of its height. */
  constructor(count, width, height, shape) {
    this.count = count;
    Object.assign(this, bestLines(count, width, height, shape));
    this.high = Math.max(8, Math.floor(this.wide / shape));
    this.pitch = this.high + UNDER;
    this.height = Math.ceil(count / this.perLine) * this.pitch;
  }

  corner(place) {
    return {
      x: (place % this.perLine) * (this.wide + GAP),
      y: Math.floor(place / this.perLine) * this.pitch,
    };
  }

  /** First and one after the last picture that show between two heights. */
  between(top, bottom) {
    const first = Math.max(0, Math.floor(top / this.pitch)) * this.perLine;
    return [first, Math.min(this.count, Math.ceil(bottom / this.pitch) * this.perLine)];
  }

  /** The picture under a place, with what stands below it; null between them. */
  placeAt(x, y) {
    const column = Math.floor(x / (this.wide + GAP));
    const place = Math.floor(y / this.pitch) * this.perLine + column;
    const inside = x >= 0 && y >= 0 && column < this.perLine && x - column * (this.wide + GAP) <= this.wide;
    return inside && place < this.count ? place : null;
  }
}

/** The largest pictures; fewer lines where that costs little. As small as may be where not all can be seen at once. */
function bestLines(count, width, height, shape) {
  const most = Math.max(1, Math.floor((width + GAP) / (SMALLEST + GAP)));
  const choices = Array.from({ length: most }, (_, number) => {
    const perLine = number + 1;
    const wide = Math.min(LARGEST, Math.floor((width + GAP) / perLine) - GAP);
    return { perLine, wide, lines: Math.ceil(count / perLine) };
  }).filter(({ wide, lines }) => lines * (Math.floor(wide / shape) + UNDER) <= height);
  if (!choices.length) return { perLine: most, wide: Math.floor((width + GAP) / most) - GAP };
  const widest = Math.max(...choices.map(({ wide }) => wide));
  const good = choices.filter(({ wide }) => wide >= ALIKE * widest);
  const fewest = Math.min(...good.map(({ lines }) => lines));
  return good.find(({ lines }) => lines === fewest);
}
