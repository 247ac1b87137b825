import { Gesture } from "./gesture.js";
import { Mailbox } from "./mailbox.js";

const LINK_EVENT = "effdash:amount";
const RELEASE_DELAY = 150;

/**
 * How many units are to go. Figures with the same link move together, without the server; it is told while the hand
 * moves, one amount at a time, and what it answers to an earlier amount is passed over.
 */
export class Amounts {
  /** `node`: what the hand moves, where this figure lets it. */
  constructor(stage, onMove, node = null) {
    Object.assign(this, { stage, onMove, foreign: null, offered: 0, most: 0 });
    this.gesture = node && new Gesture(node);
    this.mailbox = new Mailbox(stage, () => this.settled());
    const listen = (event) => this.follow(event.detail);
    window.addEventListener(LINK_EVENT, listen);
    stage.onClose(() => {
      window.removeEventListener(LINK_EVENT, listen);
      clearTimeout(this.timer);
    });
  }

  update({ link, amount, most }) {
    if (link !== this.link) this.foreign = null;
    Object.assign(this, { link, most, offered: amount });
    this.mailbox.hear();
  }

  get value() {
    const mine = this.mailbox.pending("amount").at(-1);
    return Math.min(this.most, mine ?? this.foreign ?? this.offered);
  }

  /** Whether the server has not yet answered to the amount shown. */
  get isAhead() {
    return this.foreign !== null || this.mailbox.pending("amount").length > 0;
  }

  /** Moved by the person. */
  moveTo(amount) {
    const whole = Math.round(Math.min(this.most, Math.max(0, amount)));
    if (whole === this.value) return;
    clearTimeout(this.timer);
    this.mailbox.post("amount", whole, { latest: true, more: { gesture: this.gesture.number } });
    this.tell(whole);
    this.onMove();
  }

  /** The linked figures get their own answers at about this time. */
  settled() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(null), RELEASE_DELAY);
    this.onMove();
  }

  tell(amount) {
    const detail = { link: this.link, amount, source: this };
    window.dispatchEvent(new CustomEvent(LINK_EVENT, { detail }));
  }

  follow({ link, amount, source }) {
    if (source === this || link !== this.link || amount === this.foreign) return;
    this.foreign = amount;
    this.onMove();
  }
}
