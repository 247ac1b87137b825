import { UnitNumbers } from "./unit_numbers.js";

/** The status of all units at all recorded epochs, as Python sent it. */
export class StatusRecord extends UnitNumbers {
  constructor({ sizes, counts, frames, status }) {
    super(sizes);
    this.counts = counts;
    this.frames = frames;
    this.status = status;
  }

  /** Dead, linear and nonlinear units of a layer. */
  countsAt(place, layer) {
    const start = (place * this.sizes.length + layer) * 3;
    return [this.counts[start], this.counts[start + 1], this.counts[start + 2]];
  }

  /** Dead, linear and nonlinear units of the network. */
  totalsAt(place) {
    const totals = [0, 0, 0];
    this.sizes.forEach((_, layer) =>
      this.countsAt(place, layer).forEach((value, code) => (totals[code] += value)),
    );
    return totals;
  }

  /** A status code a unit; from the nearest earlier epoch that has its own frame. */
  statusAt(place) {
    const frame = this.frameAt(place);
    return this.status.subarray(frame * this.units, (frame + 1) * this.units);
  }

  /** Whether the epoch's own frame was sent. */
  isExact(place) {
    return this.frames[this.frameAt(place)] === place;
  }

  frameAt(place) {
    if (this.frames.length > place && this.frames[place] === place) return place;
    let frame = this.frames.length - 1;
    while (frame > 0 && this.frames[frame] > place) frame--;
    return frame;
  }
}
