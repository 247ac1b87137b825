import { positionIn } from "./epoch_hand.js";
import { SampleChoice } from "./sample_choice.js";
import { innerSize, mount } from "./stage.js";
import { disc, fitted, label, line, textWidth } from "./surface.js";

const LEFT_WORDS = 56;
const RIGHT_WORDS = 50;
const ABOVE = 18;
const BELOW = 36;
const COLUMN = 9;
const CLOSE = 9;
const LINE = 12;

/** A column a layer and a line a sample: where it stands in the order of one unit of each. */
class Depth extends SampleChoice {
  constructor(stage) {
    super(stage);
    this.column = null;
  }

  update(payload) {
    super.update(payload);
    Object.assign(this, payload.arrays);
    const { header } = this;
    if (!(this.column < header.layers.length)) this.column = null;
    this.stage.setTitle(header.title, header.qualifier);
    const keys = "Up and down choose a sample, Enter follows it; left and right choose a layer, Space turns to its unit.";
    this.plot.setAttribute("aria-label", `${header.title}, ${header.layers.length} layers. ${keys}`);
  }

  draw(palette) {
    const [width, height] = innerSize(this.plot);
    const context = this.surface.begin(width, height);
    Object.assign(this, { left: LEFT_WORDS, right: width - RIGHT_WORDS, top: ABOVE, bottom: height - BELOW });
    this.drawColumns(context, palette);
    const order = Array.from(this.samples.keys()).sort((one, two) => this.weight(one) - this.weight(two));
    for (const sample of order) this.drawSample(context, sample, palette);
    this.drawNumbers(context, palette);
  }

  /** What is drawn last is on top. */
  weight(sample) {
    return (sample === this.pointed ? 4 : 0) + (this.isFollowed(sample) ? 2 : 0) + (this.isPicked(sample) ? 1 : 0);
  }

  x(layer) {
    const last = this.header.layers.length - 1;
    return last ? this.left + (layer / last) * (this.right - this.left) : (this.left + this.right) / 2;
  }

  y(rank) {
    return this.bottom - rank * (this.bottom - this.top);
  }

  rank(layer, sample) {
    return this.ranks[layer * this.samples.length + sample];
  }

  nameOfUnit(layer) {
    return `${this.header.layers[layer]} · ${this.units[layer]}`;
  }

  drawColumns(context, palette) {
    label(context, "highest", this.left - 12, this.top + 5, palette.muted, "right");
    label(context, "lowest", this.left - 12, this.bottom - 5, palette.muted, "right");
    const wide = Math.min(COLUMN, Math.max(2, ((this.right - this.left) / this.header.layers.length) * 0.4));
    this.header.layers.forEach((_, layer) => {
      const [x, cut] = [this.x(layer), this.y(this.erased[layer])];
      context.fillStyle = palette.line;
      context.fillRect(x - wide / 2, cut, wide, this.bottom - cut);
      const strong = layer === this.header.start || layer === this.column;
      line(context, x, this.top, x, this.bottom, strong ? palette.ink : palette.line, strong ? 1.5 : 1);
      if (this.erased[layer]) line(context, x - wide / 2 - 2, cut, x + wide / 2 + 2, cut, palette.ink, 1.5);
    });
    this.drawUnits(context, palette);
  }

  /** The unit of each layer, as far as there is room; always that where the order begins. */
  drawUnits(context, palette) {
    const { layers, start } = this.header;
    const widest = Math.max(...layers.map((_, layer) => textWidth(context, this.nameOfUnit(layer), 600)));
    const pitch = layers.length > 1 ? (this.right - this.left) / (layers.length - 1) : Infinity;
    const room = Math.max(56, Math.min(120, widest)) + 10;
    const every = Math.max(1, Math.ceil(room / pitch));
    layers.forEach((_, layer) => {
      if ((layer - start) % every) return;
      const [x, own] = [this.x(layer), layer === start];
      const name = fitted(context, this.nameOfUnit(layer), every * pitch - 8);
      const half = textWidth(context, name, own ? 600 : 400) / 2;
      const middle = Math.min(this.surface.width - half, Math.max(half, x));
      label(context, name, middle, this.bottom + 12, own ? palette.ink : palette.muted, "center", own ? 600 : 400);
      const words = own ? "looked at" : `like ${signedShort(this.similarity[layer])}`;
      label(context, words, middle, this.bottom + 26, palette.muted, "center");
    });
  }

  drawSample(context, sample, palette) {
    const color = this.colorOf(sample, palette);
    const strong = this.isFollowed(sample) || sample === this.pointed;
    for (const [width, stroke] of [
      [strong ? 6 : 4, palette.background],
      [strong ? 3 : 1.75, color],
    ]) {
      context.lineWidth = width;
      context.strokeStyle = stroke;
      context.lineJoin = "round";
      context.beginPath();
      this.header.layers.forEach((_, layer) => context.lineTo(this.x(layer), this.y(this.rank(layer, sample))));
      context.stroke();
    }
    const radius = this.header.layers.length > 40 ? 1.5 : strong ? 4.5 : 3.5;
    this.header.layers.forEach((_, layer) =>
      disc(context, this.x(layer), this.y(this.rank(layer, sample)), radius, color),
    );
  }

  /** At the right end of every line its sample's number, pushed apart where they would lie on each other. */
  drawNumbers(context, palette) {
    const last = this.header.layers.length - 1;
    const ends = Array.from(this.samples, (number, sample) => ({ number, sample, y: this.y(this.rank(last, sample)) }));
    ends.sort((one, two) => one.y - two.y);
    label(context, "sample", this.x(last) + 12, this.top - 10, palette.muted);
    for (let place = 1; place < ends.length; place++) ends[place].y = Math.max(ends[place].y, ends[place - 1].y + LINE);
    let floor = this.bottom;
    for (const end of ends.reverse()) {
      end.y = Math.min(end.y, floor);
      floor = end.y - LINE;
      const strong = this.isFollowed(end.sample);
      const color = strong ? palette.ink : palette.muted;
      label(context, String(end.number), this.x(last) + 12, end.y, color, "left", strong ? 600 : 400);
    }
  }

  /** The sample whose line is nearest, and the nearest layer. */
  under(event) {
    const [x, y] = positionIn(this.plot, event);
    const last = this.header.layers.length - 1;
    const place = last ? ((x - this.left) / (this.right - this.left)) * last : 0;
    const layer = Math.min(last, Math.max(0, Math.round(place)));
    if (y > this.bottom + BELOW || y < 0) return { layer: null, sample: null };
    let [sample, closest] = [null, CLOSE];
    const from = Math.min(last, Math.max(0, Math.floor(place)));
    const share = Math.min(1, Math.max(0, place - from));
    for (let each = 0; each < this.samples.length; each++) {
      if (!this.isPicked(each) || y > this.bottom + 4) continue;
      const next = this.rank(Math.min(last, from + 1), each);
      const distance = Math.abs(this.y(this.rank(from, each) * (1 - share) + next * share) - y);
      if (distance < closest) [sample, closest] = [each, distance];
    }
    return { layer, sample };
  }

  tell(event) {
    const { layer, sample } = this.under(event);
    if (layer !== this.column) this.stage.requestPaint();
    this.column = layer;
    this.tellSample(event, sample);
    if (sample !== null || layer === null) return;
    const canTurn = this.stage.sends.includes("layer");
    if (canTurn) this.plot.style.cursor = "pointer";
    const [name, ...lines] = this.unitWords(layer);
    this.stage.tip.show(event, name, canTurn ? [...lines, "click to turn to it"] : lines);
  }

  pointAt(sample) {
    if (sample === null) this.column = null;
    super.pointAt(sample);
  }

  clicked(event) {
    const { layer, sample } = this.under(event);
    if (sample !== null) this.follow(sample);
    else if (layer !== null) this.stage.send("layer", layer);
  }

  typed(event) {
    const layers = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const samples = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Enter" && this.pointed !== null) this.follow(this.pointed);
    if (event.key === " " && this.column !== null) this.stage.send("layer", this.column);
    if (layers === undefined && samples === undefined && event.key !== " ") return;
    event.preventDefault();
    if (layers) this.stepLayer(layers);
    if (samples) this.stepSample(samples);
  }

  stepLayer(step) {
    const last = this.header.layers.length - 1;
    this.column = Math.min(last, Math.max(0, (this.column ?? this.header.start) + step));
    this.spoken.textContent = this.unitWords(this.column).join(", ");
    this.stage.requestPaint();
  }

  /** To the next sample in the order of the layer where the keys are. */
  stepSample(step) {
    const layer = this.column ?? this.header.start;
    const order = Array.from(this.samples.keys()).sort((a, b) => this.rank(layer, a) - this.rank(layer, b));
    const from = this.pointed === null ? (step > 0 ? -1 : order.length) : order.indexOf(this.pointed);
    this.column = layer;
    this.speak(order[Math.min(order.length - 1, Math.max(0, from + step))]);
  }

  unitWords(layer) {
    const { layers, start } = this.header;
    const erased = `${Math.round(100 * this.erased[layer])} % of the samples erased`;
    if (layer === start) return [this.nameOfUnit(layer), "looked at", erased];
    const from = layers[layer < start ? layer + 1 : layer - 1];
    const near = `the unit of ${layers[layer]} most like that of ${from}: order similarity`;
    return [this.nameOfUnit(layer), `${near} ${signedShort(this.similarity[layer])}`, erased];
  }

  words(sample) {
    const layer = this.column ?? this.header.start;
    const rank = this.rank(layer, sample);
    const erased = this.erased[layer] > rank ? ", erased" : "";
    return [this.nameOf(sample), `${this.nameOfUnit(layer)}: ${Math.round(100 * rank)} % of the way up${erased}`];
  }
}

function signedShort(value) {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && Number(text) ? `−${text}` : text;
}

export default function (component) {
  return mount(component, Depth);
}
