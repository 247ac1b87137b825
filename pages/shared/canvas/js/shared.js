const PATIENCE = 2000;

/**
 * A value that the person and the server both may set. What the person did counts at once; for a moment after it,
 * answers that the server gave before it heard are passed over.
 */
export class Shared {
  constructor(value) {
    this.value = value;
    this.offered = value;
    this.touched = -Infinity;
  }

  /** Set by the person. */
  set(value) {
    this.value = value;
    this.touched = performance.now();
  }

  /** Set by the server, which says the same again with every update: only news count. */
  offer(value) {
    if (value === this.offered) return;
    this.offered = value;
    if (performance.now() - this.touched > PATIENCE) this.value = value;
  }
}
