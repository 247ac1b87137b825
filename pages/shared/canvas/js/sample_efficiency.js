import { element, percent } from "./dom.js";
import { drawEpochAxis, drawEpochCursor } from "./epoch_axis.js";
import { EpochPicture } from "./epoch_picture.js";
import { mount } from "./stage.js";
import { label, line } from "./surface.js";

const LEFT = 42;
const RIGHT = 10;
const TOP = 6;
const BOTTOM = 20;
const MEANING = "of (sample, layer) pairs can get a gradient";
const ALWAYS = "100 % at every epoch: no sample is dead at any layer, so a gradient comes back from all of them.";

/** Which share of all (sample, layer) pairs a gradient reaches, over the epochs. */
class SampleEfficiency extends EpochPicture {
  constructor(stage) {
    super(stage);
    this.sentence = element("p", "quiet", ALWAYS);
    this.number = element("b");
    this.told = element("div", "figure-number");
    this.told.append(this.number, element("span", "quiet", MEANING));
    this.plot.before(this.sentence, this.told);
  }

  update({ header, arrays }) {
    super.update({ header, arrays });
    this.efficiency = arrays.efficiency;
    this.plot.setAttribute("aria-label", `${header.title} over the epochs, on ${header.split}`);
    this.sentence.hidden = !header.alwaysWhole;
    this.told.hidden = this.plot.hidden = header.alwaysWhole;
    if (header.alwaysWhole) this.stage.root.style.height = "auto";
  }

  paint(palette) {
    if (this.header.alwaysWhole) {
      this.stage.setTitle(this.header.title, this.header.split);
      return;
    }
    const context = this.begin(LEFT, RIGHT);
    for (const share of [0, 0.5, 1]) {
      line(context, LEFT, this.y(share), this.width - RIGHT, this.y(share), palette.line);
      label(context, `${100 * share} %`, LEFT - 6, this.y(share), palette.muted, "right");
    }
    this.drawCurve(context, palette);
    drawEpochAxis(context, this.axis, this.height - BOTTOM + 2, palette);
    this.paintCursor();
  }

  y(share) {
    const bottom = this.height - BOTTOM;
    return bottom - share * (bottom - TOP);
  }

  drawCurve(context, palette) {
    const { axis, epochs } = this;
    context.strokeStyle = palette.ink;
    context.lineWidth = 1.75;
    context.lineJoin = "round";
    context.beginPath();
    epochs.list.forEach((epoch, place) => context.lineTo(axis.x(epoch), this.y(this.efficiency[place])));
    context.stroke();
    if (epochs.list.length > 1) return;
    context.fillStyle = palette.ink;
    context.beginPath();
    context.arc(axis.x(axis.first), this.y(this.efficiency[0]), 3, 0, 2 * Math.PI);
    context.fill();
  }

  paintCursor() {
    if (!this.axis) return;
    const context = this.overlay.begin(this.width, this.height);
    drawEpochCursor(context, this.axis, this.epochs.epoch, 0, this.height - BOTTOM + 3, this.stage.palette);
    this.stage.setTitle(this.header.title, `${this.header.split} · epoch ${this.epochs.epoch}`);
    this.number.textContent = percent(this.efficiency[this.epochs.index], 1);
  }

  tell(event, place) {
    const text = `sample efficiency ${percent(this.efficiency[place], 1)} on ${this.header.split}`;
    this.stage.tip.show(event, `epoch ${this.epochs.list[place]}`, [text]);
  }
}

export default function (component) {
  return mount(component, SampleEfficiency);
}
