import { ClassLegend } from "./class_legend.js";
import { element } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { classColor, mix } from "./palette.js";
import { Plane, flipped } from "./plane.js";
import { Raster, ramp } from "./raster.js";
import { innerSize, mount } from "./stage.js";
import { Surface } from "./surface.js";

/** The class answered everywhere on the plane, paler where the network is unsure, with the samples. */
class Decision {
  constructor(stage) {
    this.stage = stage;
    this.legend = new ClassLegend();
    this.plot = element("div", "plot");
    this.plot.setAttribute("role", "img");
    stage.body.append(this.legend.node, this.plot);
    this.surface = new Surface(this.plot);
    this.raster = new Raster();
    this.plot.addEventListener("pointermove", (event) => this.tell(event));
    this.plot.addEventListener("pointerleave", () => stage.tip.hide());
  }

  update({ header, arrays }) {
    this.header = header;
    this.answers = arrays.answers;
    this.confidence = arrays.confidence;
    this.plane = new Plane(header.extent, arrays);
    this.heldOut = arrays.heldOut.some((held) => held);
    this.stage.setTitle(header.title, header.qualifier);
    this.plot.setAttribute(
      "aria-label",
      `${header.title}: ${header.qualifier}; classes ${header.classes.join(", ")}`,
    );
  }

  paint(palette) {
    const { plane } = this;
    this.legend.refresh(this.header.classes, palette, { heldOut: this.heldOut });
    plane.fit(...innerSize(this.plot));
    const context = this.surface.begin(...innerSize(this.plot));
    this.paintAnswers(palette).draw(context, 0, 0, plane.width, plane.height, true);
    plane.drawSamples(context, palette);
    plane.drawFrame(context, palette);
  }

  paintAnswers(palette) {
    const [rows, columns] = this.answers.shape;
    const [sure, unsure] = palette.decision_mix;
    const ramps = this.header.classes.map((_, number) => {
      const color = classColor(palette, number);
      return ramp(mix(palette.background, color, unsure), mix(palette.background, color, sure), 256);
    });
    return this.raster.paint(columns, rows, (index) => {
      const cell = flipped(index, columns, rows);
      return ramps[this.answers[cell]][this.confidence[cell]];
    });
  }

  tell(event) {
    const [x, y] = positionIn(this.plot, event);
    if (!this.plane.contains(x, y)) {
      this.stage.tip.hide();
      return;
    }
    const [rows, columns] = this.answers.shape;
    const cell = this.plane.cellAt(x, y, columns, rows);
    const answer = this.answers[cell];
    const sure = Math.round((100 * this.confidence[cell]) / 255);
    const color = (number) => classColor(this.stage.palette, number);
    const lines = [
      {
        color: color(answer),
        shape: "dot",
        text: `answered here: ${this.header.classes[answer]}, ${sure} % sure`,
      },
    ];
    const sample = this.plane.sampleAt(x, y);
    if (sample !== null) {
      lines.push({
        color: color(this.plane.labels[sample]),
        shape: "dot",
        text: this.plane.words(sample, this.header.classes),
      });
    }
    this.stage.tip.show(event, "", lines);
  }
}

export default function (component) {
  return mount(component, Decision);
}
