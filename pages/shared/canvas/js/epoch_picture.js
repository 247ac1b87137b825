import { element } from "./dom.js";
import { EpochAxis } from "./epoch_axis.js";
import { EpochHand } from "./epoch_hand.js";
import { Epochs } from "./epochs.js";
import { innerSize } from "./stage.js";
import { Surface } from "./surface.js";

/**
 * A view over the epochs: drawn once on `surface`, while the cursor moves on `overlay` alone. A class that extends it
 * has `paintCursor()`, called whenever the epoch moves, even before the first paint, and `tell(event, place)`, which
 * shows the tip of an epoch; what stands above the picture is put before `plot`.
 */
export class EpochPicture {
  constructor(stage) {
    this.stage = stage;
    this.plot = element("div", "plot");
    stage.body.append(this.plot);
    this.surface = new Surface(this.plot);
    this.overlay = new Surface(this.plot);
    this.epochs = new Epochs(stage, () => this.paintCursor());
    new EpochHand(this.plot, this.epochs, {
      axisAt: (x, y) => this.axisAt(x, y),
      onHover: (event, place) => this.tell(event, place),
      onLeave: () => stage.tip.hide(),
    }).withKeys();
  }

  update({ header, arrays }) {
    this.header = header;
    this.epochs.update(header.link, arrays.epochs, header.epoch, header.end);
  }

  /** Lays the epochs along x, inside these margins, and returns the wiped canvas. */
  begin(left, right) {
    [this.width, this.height] = innerSize(this.plot);
    this.axis = new EpochAxis(this.epochs.list, left, this.width - right, this.header.end);
    return this.surface.begin(this.width, this.height);
  }

  /** The epoch axis under a place of the plot, or null. */
  axisAt(x, y) {
    return this.axis?.contains(x) && y < this.height ? this.axis : null;
  }
}
