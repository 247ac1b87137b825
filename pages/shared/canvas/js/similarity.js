import { positionIn } from "./epoch_hand.js";
import { KeyedPicture } from "./keyed_picture.js";
import { Mailbox } from "./mailbox.js";
import { rgb, scaleColor } from "./palette.js";
import { Raster } from "./raster.js";
import { innerSize, mount } from "./stage.js";
import { fitted, label, line, ring, textWidth } from "./surface.js";

const SCALE = 26;
const MARGIN = 10;
const NAMED_FROM = 10;
const LONGEST_NUMBER_ROOM = 34;
const STEPS = 256;
const MIDDLE = 128;
const LEAST_RING = 7;
const BAR = 110;
const WIDE = 320;

/** A cell for each pair of units, in the order of the strips; a click puts the two face to face. */
class Similarity extends KeyedPicture {
  constructor(stage) {
    super(stage);
    this.raster = new Raster();
    this.mailbox = new Mailbox(stage);
  }

  update({ header, arrays }) {
    this.header = header;
    this.units = arrays.units;
    this.steps = arrays.steps;
    this.painted = null;
    this.mailbox.hear();
    this.stage.setTitle(header.title, header.qualifier);
    const keys = "Arrow keys choose a pair of units.";
    this.plot.setAttribute("aria-label", `${header.title} of ${this.units.length} units of ${header.layer}. ${keys}`);
  }

  /** The pair that is ringed as one number: what the person chose last, else what the server says. */
  get pair() {
    const { chosen, other, units } = this.header;
    return this.mailbox.pending("pair").at(-1) ?? (other === null ? null : chosen * units + other);
  }

  paint(palette) {
    this.place();
    this.draw(palette);
  }

  place() {
    const width = innerSize(this.plot)[0];
    const height = this.header.height - this.plot.offsetTop;
    const context = this.surface.begin(width, height);
    const rows = this.units.length;
    const most = Math.min(width - MARGIN - 4, height - SCALE - MARGIN - 4);
    const number = Math.ceil(Math.max(...Array.from(this.units, (unit) => textWidth(context, String(unit)))));
    this.named = (most - LONGEST_NUMBER_ROOM) / rows >= NAMED_FROM;
    this.left = MARGIN + (this.named ? number + 6 : 0);
    this.top = MARGIN;
    this.side = Math.min(width - this.left - 4, height - SCALE - this.top - 4);
    this.cell = this.side / rows;
    const needed = Math.ceil(this.top + this.side + SCALE);
    this.stage.root.style.height = `${this.plot.offsetTop + needed}px`; // what follows comes up in a narrow column
    this.surface.begin(width, needed);
  }

  draw(palette) {
    const { surface, side, left, top } = this;
    const context = surface.begin(surface.width, surface.height);
    this.refreshRaster(palette);
    this.raster.draw(context, left, top, side, side, this.cell < 1);
    this.drawNames(context, palette);
    this.drawBrackets(context, palette);
    this.drawRings(context, palette);
    this.drawScale(context, palette);
  }

  refreshRaster(palette) {
    if (this.painted === palette.scheme) return;
    this.painted = palette.scheme;
    const colors = Array.from({ length: STEPS }, (_, step) =>
      rgb(scaleColor(palette.diverging, (step - 1) / (STEPS - 2))),
    );
    const rows = this.units.length;
    this.raster.paint(rows, rows, (index) => colors[this.steps[index]]);
  }

  drawNames(context, palette) {
    if (!this.named) return;
    const chosen = this.pair === null ? [] : this.unitsOf(this.pair);
    this.units.forEach((unit, row) => {
      const y = this.top + (row + 0.5) * this.cell;
      const own = chosen.includes(unit);
      const text = fitted(context, String(unit), LONGEST_NUMBER_ROOM);
      label(context, text, this.left - 8, y, own ? palette.ink : palette.muted, "right", own ? 600 : 400);
    });
  }

  /** Along the left side and above: what the strips bracket. */
  drawBrackets(context, palette) {
    let first = 0;
    for (const { count, words } of this.header.sections) {
      const [from, to] = [first * this.cell + 1, (first + count) * this.cell - 1];
      first += count;
      if (!words || to - from < 2) continue;
      const { left, top } = this;
      line(context, left - 4, top + from, left - 4, top + to, palette.ink, 1.5);
      line(context, left + from, top - 4, left + to, top - 4, palette.ink, 1.5);
    }
  }

  drawRings(context, palette) {
    if (this.pair === null) return;
    const [row, column] = this.placesOf(this.pair);
    if (row < 0 || column < 0) return;
    this.ringCell(context, column, row, palette);
  }

  ringCell(context, column, row, palette) {
    const size = Math.max(LEAST_RING, this.cell);
    const x = this.left + (column + 0.5) * this.cell - size / 2;
    const y = this.top + (row + 0.5) * this.cell - size / 2;
    ring(context, x, y, size, size, palette);
  }

  drawScale(context, palette) {
    const y = this.top + this.side + 14;
    const { left, side, surface } = this;
    label(context, "−1", left, y, palette.muted);
    const start = left + 20;
    for (let x = 0; x < BAR; x++) {
      context.fillStyle = scaleColor(palette.diverging, x / (BAR - 1));
      context.fillRect(start + x, y - 4, 1, 8);
    }
    label(context, "1 same order", start + BAR + 6, y, palette.muted);
    if (surface.width > WIDE) label(context, "click for a pair", left + side, y, palette.muted, "right");
  }

  unitsOf(pair) {
    return [Math.floor(pair / this.header.units), pair % this.header.units];
  }

  placesOf(pair) {
    return this.unitsOf(pair).map((unit) => this.units.indexOf(unit));
  }

  /** Row and column under the pointer; null outside. */
  cellAt(event) {
    const [x, y] = positionIn(this.plot, event);
    const [column, row] = [x - this.left, y - this.top].map((part) => Math.floor(part / this.cell));
    const rows = this.units.length;
    return column >= 0 && row >= 0 && column < rows && row < rows ? [row, column] : null;
  }

  clicked(event) {
    const cell = this.cellAt(event);
    if (!cell) return;
    this.choose(cell);
  }

  typed(event) {
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const from = this.pair === null ? [0, 0] : this.placesOf(this.pair);
    const last = this.units.length - 1;
    this.choose(from.map((place, side) => Math.min(last, Math.max(0, place + step[side]))));
    this.spoken.textContent = this.words(...this.placesOf(this.pair)).join(", ");
  }

  choose([row, column]) {
    this.mailbox.post("pair", this.units[row] * this.header.units + this.units[column], { latest: true });
    this.draw(this.stage.palette);
  }

  words(row, column) {
    const { layer } = this.header;
    const [first, second] = [this.units[row], this.units[column]];
    if (first === second) return [`${layer} · ${first}`, "itself"];
    return [`${layer} · ${first} and ${layer} · ${second}`, this.likeness(row, column), ...this.groupOf(row, column)];
  }

  likeness(row, column) {
    const value = (this.steps[row * this.units.length + column] - MIDDLE) / (MIDDLE - 1);
    const text = Math.abs(value).toFixed(2);
    return `order similarity ${value < 0 && Number(text) ? "−" : ""}${text}`;
  }

  /** The group that both are in. */
  groupOf(row, column) {
    let first = 0;
    for (const { count, words } of this.header.sections) {
      const inside = (place) => place >= first && place < first + count;
      if (inside(row) && inside(column) && words) return [words];
      first += count;
    }
    return [];
  }

  tell(event) {
    const cell = this.cellAt(event);
    this.plot.style.cursor = cell ? "pointer" : "";
    if (!cell) {
      this.stage.tip.hide();
      return;
    }
    const [names, ...lines] = this.words(...cell);
    this.stage.tip.show(event, names, lines);
  }
}

export default function (component) {
  return mount(component, Similarity);
}
