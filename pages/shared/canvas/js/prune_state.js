import { count } from "./dom.js";
import { REMOVED_BIT } from "./map_cells.js";
import { STATUS_WORDS } from "./palette.js";
import { UnitNumbers } from "./unit_numbers.js";

const CODE = 3;

/**
 * Which units are gone and which are pinned: as the server said it last, and on top of that what the person did since.
 */
export class PruneState extends UnitNumbers {
  constructor(header, arrays) {
    super(arrays.sizes);
    const { status, removed, goesAt } = arrays;
    Object.assign(this, { header, arrays, status, removed, goesAt });
    this.said = new Map();
    for (const unit of header.pinnedKept) this.said.set(unit, "kept");
    for (const unit of header.pinnedRemoved) this.said.set(unit, "removed");
  }

  /** `amount` is the one under the hand, null where the server's answer is there; `clicks` are units not answered yet. */
  follow(amount, clicks) {
    this.codes = Uint8Array.from(this.status, (code, unit) =>
      this.isTaken(unit, amount) ? code | REMOVED_BIT : code,
    );
    this.pins = new Map(this.said);
    clicks.forEach((unit) => this.click(unit));
    this.countUnits();
  }

  isTaken(unit, amount) {
    if (amount === null || !this.goesAt) return this.removed[unit] > 0;
    const pin = this.said.get(unit);
    return pin ? pin === "removed" : this.goesAt[unit] >= 0 && this.goesAt[unit] <= amount;
  }

  /** A unit that stays is pinned as removed, one that is gone as kept; a pinned one is left to the plan again. */
  click(unit) {
    if (this.pins.delete(unit)) return;
    this.pins.set(unit, this.isGone(unit) ? "kept" : "removed");
    this.codes[unit] ^= REMOVED_BIT;
  }

  isGone(unit) {
    return this.codes[unit] >= REMOVED_BIT;
  }

  statusOf(unit) {
    return this.codes[unit] & CODE;
  }

  /** Kept units by layer, and of the whole network the kept ones by status, and the removed ones. */
  countUnits() {
    this.kept = new Array(this.sizes.length).fill(0);
    this.totals = [...STATUS_WORDS.map(() => 0), 0];
    let unit = 0;
    this.sizes.forEach((size, layer) => {
      for (let end = unit + size; unit < end; unit++) {
        const gone = this.isGone(unit);
        if (!gone) this.kept[layer]++;
        this.totals[gone ? STATUS_WORDS.length : this.statusOf(unit)]++;
      }
    });
  }

  nameOf(unit) {
    const place = this.locate(unit);
    return `${this.header.layers[place.layer]} · ${place.unit}`;
  }

  /** Such as `17 of 128`. */
  widthWords(layer) {
    return `${count(this.kept[layer])} of ${count(this.sizes[layer])}`;
  }

  /** Why a unit cannot go; empty where it can. */
  whyStuck(unit) {
    return this.header.stuck[this.locate(unit).layer];
  }

  pinsOf(kind) {
    let pins = 0;
    for (const pin of this.pins.values()) if (pin === kind) pins++;
    return pins;
  }
}
