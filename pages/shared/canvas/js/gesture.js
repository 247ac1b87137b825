/**
 * Which of many moves are one step to undo: all that one press of the pointer does, however far it is dragged, and all
 * that one key does while it is held.
 */
export class Gesture {
  constructor(node) {
    Object.assign(this, { latest: 0, isGoingOn: false });
    node.addEventListener("pointerdown", () => this.begin());
    node.addEventListener("keydown", (event) => event.repeat || this.begin());
    for (const name of ["pointerup", "pointercancel", "keyup"]) {
      node.addEventListener(name, () => (this.isGoingOn = false));
    }
  }

  begin() {
    this.latest = Math.max(this.latest + 1, Date.now());
    this.isGoingOn = true;
  }

  /** That of a move which is made now; no two gestures of a visit have the same number. */
  get number() {
    if (!this.isGoingOn) this.latest = Math.max(this.latest + 1, Date.now());
    return this.latest;
  }
}
