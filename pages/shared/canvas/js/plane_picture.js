import { ClassLegend } from "./class_legend.js";
import { classColor } from "./palette.js";
import { Picture } from "./picture.js";
import { Plane } from "./plane.js";
import { innerSize } from "./stage.js";

/** A picture of a box of the plane with samples in it, below a legend of their classes. */
export class PlanePicture extends Picture {
  constructor(stage) {
    super(stage);
    this.legend = new ClassLegend();
    this.plot.before(this.legend.node);
  }

  update({ header, arrays }) {
    this.header = header;
    this.plane = new Plane(header.extent, arrays);
    this.stage.setTitle(header.title, header.qualifier);
  }

  /** Fills the legend, fits the plane into the height that this leaves, and returns the wiped canvas. */
  begin(palette) {
    const heldOut = this.plane.heldOut.some(Boolean);
    this.legend.refresh(this.header.classes, palette, { heldOut });
    const [width, height] = innerSize(this.plot);
    this.plane.fit(width, height);
    return this.surface.begin(width, height);
  }

  /** A sample as a line of the tip. */
  lineOf(sample) {
    const color = classColor(this.stage.palette, this.plane.labels[sample]);
    return { color, shape: "dot", text: this.plane.words(sample, this.header.classes) };
  }
}
