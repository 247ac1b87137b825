import { element, percent } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { Epochs } from "./epochs.js";
import { STATUS_WORDS } from "./palette.js";
import { Picture } from "./picture.js";
import { sampleShares } from "./sample_shares.js";
import { innerSize, mount } from "./stage.js";
import { fitted, label, textWidth } from "./surface.js";

const LEFT = 42;
const RIGHT = 10;
const TOP = 6;
const BOTTOM = 20;
const LONGEST_NAME = 92;
const BETWEEN_NAMES = 8;
const WIDEST = 64;
const ALL_NONLINEAR = "Every layer passes every sample in part: no dead and no linear samples.";

/** A column a layer: its dead samples at the bottom, on them the linear ones, then the nonlinear ones. */
class LayerSamples extends Picture {
  constructor(stage) {
    super(stage);
    this.sentence = element("p", "quiet", ALL_NONLINEAR);
    this.plot.before(this.sentence);
    this.epochs = new Epochs(stage, () => this.paint(stage.palette));
  }

  update({ header, arrays }) {
    this.header = header;
    Object.assign(this, { dead: arrays.deadSamples, linear: arrays.linearSamples });
    this.layers = header.layers.length;
    this.epochs.update(header.link, arrays.epochs, header.epoch);
    this.plot.setAttribute(
      "aria-label",
      `${header.title}: share of dead, linear and nonlinear ${header.split} samples`,
    );
    // Where there is nothing to tell at any epoch, what follows moves up, and stays there.
    if (header.neverTold) this.stage.root.style.height = "auto";
  }

  paint(palette) {
    if (!palette) return;
    this.stage.setTitle(
      this.header.title,
      `${this.header.split} · epoch ${this.epochs.epoch}`,
    );
    const shares = Array.from({ length: this.layers }, (_, layer) => this.sharesOf(layer));
    const tells = shares.some(([dead, linear]) => dead || linear);
    this.sentence.hidden = tells;
    this.plot.hidden = !tells;
    if (!tells) return;
    const [width, height] = innerSize(this.plot);
    const context = this.surface.begin(width, height);
    this.bottom = height - BOTTOM;
    this.pitch = Math.min(WIDEST, (width - LEFT - RIGHT) / this.layers);
    shares.forEach((parts, layer) => this.drawColumn(context, layer, parts, palette));
    for (const share of [0, 0.5, 1])
      label(context, `${100 * share} %`, LEFT - 6, this.y(share), palette.muted, "right");
    this.drawNames(context, palette);
  }

  sharesOf(layer) {
    const at = this.epochs.index * this.layers + layer;
    return sampleShares(this.dead[at], this.linear[at]);
  }

  y(share) {
    return this.bottom - share * (this.bottom - TOP);
  }

  drawColumn(context, layer, parts, palette) {
    const gap = this.pitch >= 4 ? 1 : 0;
    let below = 0;
    parts.forEach((share, code) => {
      context.fillStyle = palette.status[code];
      const [upper, lower] = [this.y(below + share), this.y(below)];
      const shown = share > 0 ? Math.max(1, lower - upper) : 0;
      context.fillRect(LEFT + layer * this.pitch, lower - shown, this.pitch - gap, shown);
      below += share;
    });
  }

  drawNames(context, palette) {
    const names = this.header.layers.map((name) => fitted(context, name, LONGEST_NAME));
    const room = Math.max(...names.map((name) => textWidth(context, name))) + BETWEEN_NAMES;
    const rough = Math.ceil(room / this.pitch);
    const step = [1, 5, 10, 20, 50, 100, 200].find((size) => size >= rough) ?? rough;
    names.forEach((name, layer) => {
      const first = layer === 0 && (step - 1) * this.pitch > room;
      if (!first && (layer + 1) % step !== 0) return;
      label(context, name, LEFT + (layer + 0.5) * this.pitch, this.bottom + 11, palette.muted, "center");
    });
  }

  tell(event) {
    const [x, y] = positionIn(this.plot, event);
    const layer = Math.floor((x - LEFT) / this.pitch);
    if (layer < 0 || layer >= this.layers || y > this.bottom) {
      this.stage.tip.hide();
      return;
    }
    const lines = this.sharesOf(layer).map((share, code) => ({
      color: this.stage.palette.status[code],
      text: `${STATUS_WORDS[code]} ${percent(share, 1)} of the samples`,
    }));
    this.stage.tip.show(event, `${this.header.layers[layer]} at epoch ${this.epochs.epoch}`, lines.reverse());
  }
}

export default function (component) {
  return mount(component, LayerSamples);
}
