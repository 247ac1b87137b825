const PATIENCE = 2000;

/**
 * A value that the person and the server both may set. What the person did counts at once; answers that the server gave
 * before it heard of that are passed over. For what it is not told, here or by another figure, that is a moment.
 */
export class Shared {
  constructor(stage, value) {
    Object.assign(this, { stage, value, offered: value, turn: 0, touched: -Infinity });
  }

  /** Set by the person, to be sent. */
  set(value) {
    this.value = value;
    this.turn = this.stage.turn + 1;
    this.touched = performance.now();
  }

  /** Set by the server, which says the same again with every update: only news count. */
  offer(value) {
    const isLate = this.stage.heard < this.turn && performance.now() - this.touched <= PATIENCE;
    if (value === this.offered || isLate) return;
    this.offered = value;
    this.value = value;
  }
}
