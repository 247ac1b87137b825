/** The person's hand on a figure over epochs: hovering tells, dragging and arrow keys move the epoch. */
export class EpochHand {
  /**
   * `axisAt(x, y)` is the epoch axis under a place of `node`, or null; `onHover(event, place, y)` tells what is there;
   * `onLeave()` stops telling; `onGrab()` is called when the hand takes over.
   */
  constructor(node, epochs, { axisAt, onHover, onLeave, onGrab = () => {} }) {
    Object.assign(this, { node, epochs, axisAt, onHover, onLeave, onGrab });
    node.addEventListener("pointermove", (event) => this.moved(event));
    node.addEventListener("pointerdown", (event) => this.pressed(event));
    node.addEventListener("pointerup", () => this.lifted());
    node.addEventListener("pointercancel", () => this.lifted());
    node.addEventListener("pointerleave", () => this.onLeave());
  }

  /** Left and right, Home and End move the epoch, too. */
  withKeys() {
    this.node.tabIndex = 0;
    this.node.setAttribute("role", "application");
    this.node.addEventListener("keydown", (event) => this.typed(event));
    return this;
  }

  moved(event) {
    const [x, y] = positionIn(this.node, event);
    if (this.axis) {
      this.moveTo(x);
      return;
    }
    const axis = this.axisAt(x, y);
    this.node.style.cursor = axis ? "ew-resize" : "";
    if (axis) this.onHover(event, this.epochs.closest(axis.epochAt(x)), y);
    else this.onLeave();
  }

  pressed(event) {
    const [x, y] = positionIn(this.node, event);
    this.axis = this.axisAt(x, y);
    if (!this.axis) return;
    this.node.setPointerCapture(event.pointerId);
    this.moveTo(x);
  }

  lifted() {
    if (!this.axis) return;
    this.axis = null;
    this.epochs.release();
  }

  moveTo(x) {
    this.onGrab();
    this.onLeave();
    this.epochs.moveTo(this.epochs.closest(this.axis.epochAt(x)));
  }

  typed(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (!(event.key in steps)) return;
    event.preventDefault();
    this.epochs.moveTo(this.epochs.index + steps[event.key]);
    this.epochs.release();
  }
}

/** Where a pointer event happened, in the pixels of the node. */
export function positionIn(node, event) {
  const box = node.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}
