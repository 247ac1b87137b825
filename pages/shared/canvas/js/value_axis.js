import { short } from "./dom.js";
import { label, line } from "./surface.js";

/** Values along y, linear or logarithmic. */
export class ValueAxis {
  constructor(low, high, top, bottom, logarithmic) {
    Object.assign(this, { low, high, top, bottom, logarithmic });
  }

  y(value) {
    const [low, high, at] = [this.low, this.high, value].map((each) => this.measure(each));
    return this.bottom - ((at - low) / (high - low)) * (this.bottom - this.top);
  }

  /** Whether a value can be drawn at all. */
  shows(value) {
    return Number.isFinite(value) && (!this.logarithmic || value > 0);
  }

  measure(value) {
    return this.logarithmic ? Math.log10(value) : value;
  }

  ticks() {
    return this.logarithmic ? decadeTicks(this.low, this.high) : evenTicks(this.low, this.high);
  }
}

/** An axis for losses: whole range of what can be drawn, in a logarithmic scale. */
export function lossAxis(lists, top, bottom) {
  let low = Infinity;
  let high = -Infinity;
  for (const list of lists) {
    for (const value of list) {
      if (!Number.isFinite(value) || value <= 0) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) [low, high] = [0.1, 1];
  return new ValueAxis(low / 1.15, high * 1.15, top, bottom, true);
}

/** An axis for accuracies: up to 1, down to the tenth below the smallest. */
export function accuracyAxis(lists, chance, top, bottom) {
  let low = chance ?? 1;
  for (const list of lists) for (const value of list) if (value < low) low = value;
  return new ValueAxis(Math.max(0, Math.min(0.9, Math.floor(low * 10 - 0.5) / 10)), 1.01, top, bottom, false);
}

/** An axis for whatever it is: a linear one over the whole range of the values. */
export function plainAxis(list, top, bottom) {
  const shown = [...list].filter(Number.isFinite);
  let [low, high] = shown.length ? [Math.min(...shown), Math.max(...shown)] : [0, 1];
  const margin = (high - low) * 0.05 || Math.abs(high) * 0.05 || 1;
  [low, high] = [low - margin, high + margin];
  const axis = new ValueAxis(low, high, top, bottom, false);
  axis.ticks = () => roundTicks(low, high);
  return axis;
}

export function drawValueAxis(context, axis, left, right, palette) {
  for (const tick of axis.ticks()) {
    const y = Math.round(axis.y(tick)) + 0.5;
    line(context, left, y, right, y, palette.wash);
    label(context, short(tick), left - 6, y, palette.muted, "right");
  }
}

function decadeTicks(low, high) {
  const decades = Math.log10(high / low);
  const factors = decades > 2 ? [1] : decades > 0.8 ? [1, 3] : [1, 1.5, 2, 3, 5, 7];
  const every = Math.max(1, Math.ceil(decades / 5));
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power++) {
    if (power % every !== 0) continue;
    for (const factor of factors) {
      const tick = factor * 10 ** power;
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** About four round numbers. */
function roundTicks(low, high) {
  const least = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].find((size) => size * power >= least) * power;
  const ticks = [];
  for (let number = Math.ceil(low / step); number * step <= high; number++) ticks.push(+(number * step).toPrecision(6));
  return ticks;
}

function evenTicks(low, high) {
  const step = [0.05, 0.1, 0.2, 0.25].find((size) => (high - low) / size <= 5) ?? 0.25;
  const ticks = [];
  for (let number = Math.ceil(low / step - 1e-9); number * step <= high; number++)
    ticks.push(+(number * step).toFixed(6));
  return ticks;
}
