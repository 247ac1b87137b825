import { positionIn } from "./epoch_hand.js";
import { classColor, mix } from "./palette.js";
import { flipped } from "./plane.js";
import { PlanePicture } from "./plane_picture.js";
import { Raster, ramp } from "./raster.js";
import { mount } from "./stage.js";

/** The class answered everywhere on the plane, paler where the network is unsure, with the samples. */
class Decision extends PlanePicture {
  constructor(stage) {
    super(stage);
    this.raster = new Raster();
  }

  update({ header, arrays }) {
    super.update({ header, arrays });
    this.answers = arrays.answers;
    this.confidence = arrays.confidence;
    this.plot.setAttribute(
      "aria-label",
      `${header.title}: ${header.qualifier}; classes ${header.classes.join(", ")}`,
    );
  }

  paint(palette) {
    const { plane } = this;
    const context = this.begin(palette);
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
    const lines = [
      {
        color: classColor(this.stage.palette, answer),
        shape: "dot",
        text: `answered here: ${this.header.classes[answer]}, ${sure} % sure`,
      },
    ];
    const sample = this.plane.sampleAt(x, y);
    if (sample !== null) lines.push(this.lineOf(sample));
    this.stage.tip.show(event, "", lines);
  }
}

export default function (component) {
  return mount(component, Decision);
}
