import { count, element } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { KeyedPicture } from "./keyed_picture.js";
import { scaleColor } from "./palette.js";
import { innerSize, mount } from "./stage.js";
import { disc, fitted, label, line } from "./surface.js";

const HEAD = 18;
const ROW_HEIGHT = 22;
const NAME_ROOM = 96;
const WEIGHT_ROOM = 0.38;
const VALUE = 34;
const THICK = 10;
const DELAY = 120;

/** The units that together tell the order of one: a row each, with its weight and how far all up to it tell. */
class JointOrder extends KeyedPicture {
  constructor(stage) {
    super(stage);
    this.sentence = element("p", "joint-sentence");
    this.plot.before(this.sentence);
    this.pointed = null;
    stage.onClose(() => clearTimeout(this.timer));
  }

  update({ header, arrays }) {
    if (header.unit !== this.header?.unit || header.layer !== this.header.layer) this.pointed = null;
    this.header = header;
    Object.assign(this, { units: arrays.units, weights: arrays.weights, joint: arrays.joint });
    this.sentence.textContent = header.sentence;
    this.stage.setTitle(header.title, header.qualifier);
    const keys = this.units.length ? "Up and down choose a unit, Enter puts it face to face." : "";
    this.plot.setAttribute("aria-label", `${header.title}. ${header.sentence} ${keys}`);
  }

  /** Of all others together there is a last row, where that says more than the rows above it. */
  get hasAll() {
    return this.units.length > 0 && this.header.tellers > this.units.length;
  }

  get rows() {
    return this.units.length + (this.hasAll ? 1 : 0);
  }

  paint(palette) {
    const [width, height] = innerSize(this.plot);
    const context = this.surface.begin(width, height);
    if (!this.rows) return;
    const bars = width - NAME_ROOM;
    this.weightEnd = NAME_ROOM + bars * WEIGHT_ROOM - 12;
    this.start = NAME_ROOM + bars * WEIGHT_ROOM;
    this.end = width - VALUE;
    this.most = Math.max(...this.weights.map(Math.abs), 1e-9);
    label(context, "weight", (NAME_ROOM + this.weightEnd) / 2, HEAD / 2, palette.muted, "center");
    label(context, "told so far, from 0 to 1", this.start, HEAD / 2, palette.muted);
    for (let row = 0; row < this.rows; row++) this.drawRow(context, row, palette);
    this.drawGrowth(context, palette);
  }

  y(row) {
    return HEAD + (row + 0.5) * ROW_HEIGHT;
  }

  x(joint) {
    return this.start + joint * (this.end - this.start);
  }

  jointOf(row) {
    return row < this.units.length ? this.joint[row] : (this.header.all ?? NaN);
  }

  nameOf(row) {
    if (row === this.units.length) return `all ${count(this.header.tellers)} others`;
    return `${this.header.layer} · ${this.units[row]}`;
  }

  drawRow(context, row, palette) {
    const y = this.y(row);
    if (row === this.pointed) {
      context.fillStyle = palette.wash;
      context.fillRect(0, y - ROW_HEIGHT / 2, this.surface.width, ROW_HEIGHT);
    }
    const own = row < this.units.length && this.units[row] === this.header.other;
    const name = fitted(context, this.nameOf(row), NAME_ROOM - 12);
    label(context, name, NAME_ROOM - 10, y, own ? palette.ink : palette.muted, "right", own ? 600 : 400);
    if (row < this.units.length) this.drawWeight(context, row, y, palette);
    const joint = this.jointOf(row);
    line(context, this.start, y, this.end, y, palette.line);
    const text = Number.isNaN(joint) ? "–" : joint.toFixed(2);
    label(context, text, this.surface.width, y, palette.ink, "right");
    if (!Number.isNaN(joint)) disc(context, this.x(joint), y, 4, palette.ink);
  }

  /** To the right of the middle: told in its order; to the left: in the reverse of it. */
  drawWeight(context, row, y, palette) {
    const middle = (NAME_ROOM + this.weightEnd) / 2;
    const length = ((this.weights[row] / this.most) * (this.weightEnd - NAME_ROOM)) / 2;
    context.fillStyle = scaleColor(palette.diverging, this.weights[row] < 0 ? 0.2 : 0.8);
    context.fillRect(Math.min(middle, middle + length), y - THICK / 2, Math.abs(length), THICK);
    line(context, middle, y - ROW_HEIGHT / 2, middle, y + ROW_HEIGHT / 2, palette.line);
  }

  drawGrowth(context, palette) {
    for (let row = 0; row + 1 < this.rows; row++) {
      const [from, to] = [this.jointOf(row), this.jointOf(row + 1)];
      if (Number.isNaN(from) || Number.isNaN(to)) continue;
      line(context, this.x(from), this.y(row), this.x(to), this.y(row + 1), palette.ink, 1.5);
    }
  }

  rowAt(event) {
    const row = Math.floor((positionIn(this.plot, event)[1] - HEAD) / ROW_HEIGHT);
    return row >= 0 && row < this.rows ? row : null;
  }

  clicked(event) {
    this.chooseRow(this.rowAt(event));
  }

  chooseRow(row) {
    if (row === null || row >= this.units.length) return;
    this.header.other = this.units[row];
    this.stage.requestPaint();
    this.stage.send("unit", this.units[row]);
  }

  typed(event) {
    if (event.key === "Enter") this.chooseRow(this.pointed);
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step === undefined || !this.rows) return;
    event.preventDefault();
    this.pointed = this.pointed === null ? 0 : Math.min(this.rows - 1, Math.max(0, this.pointed + step));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.spoken.textContent = this.words(this.pointed).join(", ")), DELAY);
    this.stage.requestPaint();
  }

  words(row) {
    const joint = this.jointOf(row);
    const told = Number.isNaN(joint) ? "not determined: too few samples" : `${joint.toFixed(3)} told`;
    if (row === this.units.length) return [this.nameOf(row), told];
    const weight = this.weights[row].toFixed(2).replace("-", "−");
    const reversed = this.weights[row] < 0 ? ", its order reversed" : "";
    const upTo = row ? `${told}, with the ${row === 1 ? "one" : row} above` : `${told} by it alone`;
    return [this.nameOf(row), `weight ${weight}${reversed}`, upTo];
  }

  tell(event) {
    const row = this.rowAt(event);
    const canChoose = row !== null && row < this.units.length && this.stage.sends.includes("unit");
    this.plot.style.cursor = canChoose ? "pointer" : "";
    if (row === null) {
      this.stage.tip.hide();
      return;
    }
    const [name, ...lines] = this.words(row);
    this.stage.tip.show(event, name, canChoose ? [...lines, "click to put it face to face"] : lines);
  }
}

export default function (component) {
  return mount(component, JointOrder);
}
