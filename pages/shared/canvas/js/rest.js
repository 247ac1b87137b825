import { desk } from "./desk.js";

const STILL = 300;
const LONGEST = 1200;
const LOOK_AGAIN = 50;
const MOVES = ["pointermove", "pointerdown", "pointerup", "keydown", "wheel"];

/**
 * Says when the hand rests, so that what need not move with it is drawn anew: when nothing moved for a moment, or after
 * a while though the pointer still wanders; never while a button is held or something still waits for its answer.
 */
export class Rest {
  constructor(stage, onRest) {
    Object.assign(this, { onRest, moved: 0, since: null, isHeld: false });
    const note = (event) => {
      this.moved = performance.now();
      if (event.type === "pointerdown") this.isHeld = true;
      if (event.type === "pointerup" || event.buttons === 0) this.isHeld = false;
    };
    for (const name of MOVES) window.addEventListener(name, note, { capture: true, passive: true });
    stage.onClose(() => {
      this.stop();
      for (const name of MOVES) window.removeEventListener(name, note, { capture: true });
    });
  }

  /** Waits for the hand to rest, from now on. */
  begin() {
    this.stop();
    this.since = performance.now();
    this.later(STILL);
  }

  stop() {
    clearTimeout(this.timer);
  }

  later(delay) {
    this.timer = setTimeout(() => this.look(), delay);
  }

  look() {
    const now = performance.now();
    const isStill = now - Math.max(this.moved, this.since) >= STILL - 1 || now - this.since >= LONGEST;
    if (this.isHeld || desk().letters.length || !isStill) this.later(LOOK_AGAIN);
    else this.onRest();
  }
}
