import { positionIn } from "./epoch_hand.js";
import { PlanePicture } from "./plane_picture.js";
import { Shared } from "./shared.js";
import { mount } from "./stage.js";

const RING = 6;
const CHOSEN = 10;

/** The samples of a split at their places; a ring around those that fall silent, a click chooses one. */
class SamplePlane extends PlanePicture {
  constructor(stage) {
    super(stage);
    this.chosen = new Shared(stage, null);
    this.plot.addEventListener("click", (event) => this.clicked(event));
  }

  update({ header, arrays }) {
    super.update({ header, arrays });
    Object.assign(this, { silent: arrays.silent, numbers: arrays.numbers });
    this.chosen.offer(header.chosen);
    this.plot.setAttribute("aria-label", [header.title, header.qualifier].filter(Boolean).join(", "));
  }

  paint(palette) {
    const { plane } = this;
    const context = this.begin(palette);
    plane.drawFrame(context, palette);
    this.numbers.forEach((_, sample) => {
      if (this.isSilent(sample)) this.drawRing(context, sample, RING, 1.5, palette);
    });
    plane.drawSamples(context, palette);
    const chosen = this.numbers.indexOf(this.chosen.value);
    if (chosen >= 0) this.drawRing(context, chosen, CHOSEN, 2.5, palette);
  }

  isSilent(sample) {
    return this.silent[sample] < this.header.layers.length;
  }

  drawRing(context, sample, radius, width, palette) {
    const { plane } = this;
    const [x, y] = [plane.x(plane.points[2 * sample]), plane.y(plane.points[2 * sample + 1])];
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    for (const [stroke, color] of [
      [width + 2, palette.background],
      [width, palette.ink],
    ]) {
      context.lineWidth = stroke;
      context.strokeStyle = color;
      context.stroke();
    }
  }

  under(event) {
    const [x, y] = positionIn(this.plot, event);
    return this.plane.width && this.plane.contains(x, y) ? this.plane.sampleAt(x, y) : null;
  }

  clicked(event) {
    const sample = this.under(event);
    if (sample === null) return;
    this.chosen.set(this.numbers[sample]);
    this.stage.requestPaint();
    this.stage.send("sample", this.numbers[sample]);
  }

  tell(event) {
    const sample = this.under(event);
    this.plot.style.cursor = sample === null ? "" : "pointer";
    if (sample === null) {
      this.stage.tip.hide();
      return;
    }
    const { layers } = this.header;
    const heard = this.isSilent(sample)
      ? `silent from ${layers[this.silent[sample]]} on`
      : "heard at every layer";
    this.stage.tip.show(event, `Sample ${this.numbers[sample]}`, [this.lineOf(sample), heard]);
  }
}

export default function (component) {
  return mount(component, SamplePlane);
}
