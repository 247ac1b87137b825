import { label, line } from "./surface.js";

const WIDEST_BAR = 6;
const SMALLEST_BAR = 1.5;
const SNAP = 6;

/** Deaths and revivals since the epoch before, as small bars: revived upwards, died downwards. */
export class Turnover {
  /** `changes` holds died and revived of every epoch. */
  constructor(axis, changes, top, height) {
    Object.assign(this, { axis, changes, top, height });
    this.middle = Math.round(top + height / 2) + 0.5;
    this.marked = Array.from(axis.list).filter((_, place) => this.at(place).some((units) => units > 0));
  }

  at(place) {
    return [this.changes[2 * place], this.changes[2 * place + 1]];
  }

  contains(y) {
    return y >= this.top && y <= this.top + this.height;
  }

  /** An axis on which a hand near a bar takes its epoch. */
  epochAt(x) {
    const near = (epoch) => Math.abs(this.axis.x(epoch) - x);
    const closest = this.marked.reduce((best, epoch) => (near(epoch) < near(best) ? epoch : best), Infinity);
    return near(closest) <= SNAP ? closest : this.axis.epochAt(x);
  }

  draw(context, palette) {
    const { axis, middle } = this;
    label(context, "revived", axis.left - 6, middle - this.height / 4, palette.muted, "right");
    label(context, "died", axis.left - 6, middle + this.height / 4, palette.muted, "right");
    line(context, axis.left, middle, axis.right, middle, palette.line);
    const bars = this.bars();
    const most = Math.max(1, ...bars.flatMap(({ units }) => units));
    const length = (units) => (units ? Math.max(SMALLEST_BAR, (units / most) * (this.height / 2 - 1)) : 0);
    const wide = this.barWidth();
    for (const { x, units } of bars) {
      const [died, revived] = units.map(length);
      const left = Math.round(Math.min(Math.max(x - wide / 2, axis.left), axis.right - wide));
      context.fillStyle = palette.status[2];
      context.fillRect(left, middle - 0.5 - revived, wide, revived);
      context.fillStyle = palette.status[0];
      context.fillRect(left, middle + 0.5, wide, died);
    }
  }

  /** Epochs that fall on the same pixel are one bar. */
  bars() {
    const sums = new Map();
    this.axis.list.forEach((epoch, place) => {
      const x = Math.round(this.axis.x(epoch));
      const before = sums.get(x) ?? [0, 0];
      sums.set(
        x,
        this.at(place).map((units, kind) => units + before[kind]),
      );
    });
    return Array.from(sums, ([x, units]) => ({ x, units }));
  }

  barWidth() {
    const between = (this.axis.right - this.axis.left) / Math.max(1, this.axis.list.length - 1);
    return Math.max(1, Math.min(WIDEST_BAR, Math.floor(between) - 1));
  }
}
