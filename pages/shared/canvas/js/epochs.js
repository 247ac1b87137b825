import { Shared } from "./shared.js";

const LINK_EVENT = "effdash:epoch";
const RELEASE_DELAY = 120;

/**
 * The recorded epochs and the one shown. Figures with the same link move together, without the server; it is told
 * when the hand rests. `null` stands for the newest epoch, which is followed when more are recorded.
 */
export class Epochs {
  constructor(stage, onMove) {
    this.stage = stage;
    this.onMove = onMove;
    this.link = undefined;
    this.list = new Int32Array([0]);
    this.wish = new Shared(stage, null);
    const hear = (event) => this.hear(event.detail);
    window.addEventListener(LINK_EVENT, hear);
    stage.onClose(() => {
      window.removeEventListener(LINK_EVENT, hear);
      clearTimeout(this.timer);
    });
  }

  /**
   * Takes what the server says: the recorded epochs and the one to show; and, where runs share the link, `end`, the
   * newest epoch of them all: the last one of a shorter run is an epoch like any other then.
   */
  update(link, list, wanted, end = null) {
    this.list = list;
    this.end = end ?? list[list.length - 1];
    if (link === this.link) {
      this.wish.offer(wanted);
    } else {
      this.link = link;
      this.wish = new Shared(this.stage, wanted);
    }
  }

  get last() {
    return this.list.length - 1;
  }

  /** The place of the epoch shown in the list. */
  get index() {
    return this.wish.value === null ? this.last : this.indexOf(this.wish.value);
  }

  get epoch() {
    return this.list[this.index];
  }

  /** The place of the last recorded epoch that is not after `epoch`. */
  indexOf(epoch) {
    let low = 0;
    let high = this.last;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.list[middle] <= epoch) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The place of the recorded epoch closest to `epoch`, which may be broken. */
  closest(epoch) {
    const before = this.indexOf(epoch);
    const after = Math.min(this.last, before + 1);
    return epoch - this.list[before] > this.list[after] - epoch ? after : before;
  }

  /** Moved by the person: redraws this figure and the linked ones in the same frame. */
  moveTo(index) {
    const place = Math.min(this.last, Math.max(0, index));
    this.wish.set(place === this.last && this.list[place] >= this.end ? null : this.list[place]);
    this.onMove();
    const detail = { link: this.link, epoch: this.wish.value, source: this };
    window.dispatchEvent(new CustomEvent(LINK_EVENT, { detail }));
  }

  /** The hand rests: tells the server, −1 for the newest epoch. */
  release() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stage.send("epoch", this.wish.value ?? -1), RELEASE_DELAY);
  }

  hear({ link, epoch, source }) {
    if (source === this || link !== this.link) return;
    this.wish.set(epoch);
    this.onMove();
  }
}
