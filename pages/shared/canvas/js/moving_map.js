const TOWARDS = 0.3;
const THERE = 0.5;
const INSET = 10;
const UNDER_POINTER = 10;

/** Items on a map that move from epoch to epoch, so that the eye can follow them. */
export class MovingMap {
  /** `repaint()` is asked for as long as something moves. */
  constructor(places, repaint, before) {
    [this.epochs, this.size] = places.shape;
    this.places = places;
    this.repaint = repaint;
    this.shown = before?.size === this.size ? before.shown : null;
  }

  /** As large as all epochs fit, the same scale in both directions. */
  place(width, height) {
    this.width = width;
    this.height = height;
    this.extent ??= [0, 1].map((axis) => range(this.places, axis));
    const [across, up] = this.extent.map(([low, high]) => Math.max(1, high - low));
    this.scale = Math.min((width - 2 * INSET) / across, (height - 2 * INSET) / up);
  }

  /** Moves what is shown a step towards an epoch; at once for who wants no motion. */
  step(epoch) {
    const start = epoch * this.size * 2;
    const target = this.places.subarray(start, start + 2 * this.size);
    if (!this.shown || window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.shown = Float32Array.from(target);
      return;
    }
    const near = THERE / this.scale;
    let moves = false;
    for (let each = 0; each < target.length; each++) {
      const way = target[each] - this.shown[each];
      if (Math.abs(way) > near) {
        this.shown[each] += TOWARDS * way;
        moves = true;
      } else {
        this.shown[each] = target[each];
      }
    }
    if (moves) this.repaint();
  }

  x(item) {
    return this.width / 2 + this.fromMiddle(item, 0) * this.scale;
  }

  y(item) {
    return this.height / 2 - this.fromMiddle(item, 1) * this.scale;
  }

  fromMiddle(item, axis) {
    const [low, high] = this.extent[axis];
    return this.shown[2 * item + axis] - (low + high) / 2;
  }

  itemAt(x, y, counts = () => true) {
    let [nearest, closest] = [null, UNDER_POINTER ** 2];
    for (let item = 0; item < this.size; item++) {
      const distance = (this.x(item) - x) ** 2 + (this.y(item) - y) ** 2;
      if (distance < closest && counts(item)) [nearest, closest] = [item, distance];
    }
    return nearest;
  }

  /** The item nearest to one in a direction (a key's), or the same where there is none. */
  neighbour(item, key) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    let [nearest, closest] = [item, Infinity];
    for (let other = 0; other < this.size; other++) {
      const [across, down] = [this.x(other) - this.x(item), this.y(other) - this.y(item)];
      const [along, aside] = [across * dx + down * dy, Math.abs(across * dy) + Math.abs(down * dx)];
      const distance = along + 2 * aside;
      if (along > 0.01 && aside <= 2 * along && distance < closest) [nearest, closest] = [other, distance];
    }
    return nearest;
  }
}

/** The smallest and the largest value along one axis. */
function range(places, axis) {
  let [low, high] = [Infinity, -Infinity];
  for (let at = axis; at < places.length; at += 2) {
    low = Math.min(low, places[at]);
    high = Math.max(high, places[at]);
  }
  return [low, high];
}
