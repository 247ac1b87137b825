import { count, element } from "./dom.js";
import { EpochAxis, drawEpochAxis, drawEpochCursor } from "./epoch_axis.js";
import { EpochHand, positionIn } from "./epoch_hand.js";
import { Epochs } from "./epochs.js";
import { span } from "./map_cells.js";
import { STATUS_WORDS, pixel } from "./palette.js";
import { Shared } from "./shared.js";
import { innerSize, mount } from "./stage.js";
import { StatusLegend } from "./status_legend.js";
import { Surface, label, ring, textWidth } from "./surface.js";

const PAD = 4;
const RIGHT = 10;
const AXIS = 20;
const LOWEST = 2;
const HIGHEST = 18;
const GAP_FROM = 6;
const LINE = 12;
const REST = 120;

/** A row a unit of one layer, over the epochs. Rows that would be too low to be hit are scrolled. */
class LayerBand {
  constructor(stage) {
    this.stage = stage;
    this.legend = new StatusLegend();
    this.plot = element("div", "plot");
    this.spoken = element("div", "spoken");
    this.spoken.setAttribute("aria-live", "polite");
    stage.body.append(this.legend.node, this.plot, this.spoken);
    this.surface = new Surface(this.plot);
    this.spacer = this.plot.appendChild(element("div"));
    this.epochs = new Epochs(stage, () => this.paintOver());
    this.chosen = new Shared(stage, null);
    this.hovered = null;
    this.listen();
  }

  update({ header, arrays }) {
    const sameLayer = header.link === this.header?.link && header.layer === this.header.layer;
    this.header = header;
    Object.assign(this, { status: arrays.status, counts: arrays.counts, constants: arrays.constants });
    this.rows = arrays.status.shape[0];
    this.epochs.update(header.link, arrays.epochs, header.epoch, header.end);
    if (sameLayer) this.chosen.offer(header.chosen);
    else this.chosen = new Shared(this.stage, header.chosen);
    this.fresh = !sameLayer;
    const keys = "Up and down choose a unit, left and right move the epoch.";
    this.plot.setAttribute("aria-label", `${header.title}, ${header.units} units. ${keys}`);
  }

  paint(palette) {
    this.place();
    if (this.fresh) this.reveal();
    this.fresh = false;
    this.paintRows(palette);
    this.paintOver();
  }

  /** As low as it may be where all rows can be seen. */
  place() {
    const free = this.header.height - this.plot.offsetTop - AXIS - 2 * PAD;
    this.pitch = Math.min(HIGHEST, Math.max(LOWEST, free / this.rows));
    this.gap = this.pitch >= GAP_FROM ? 1 : 0;
    const whole = this.rows * this.pitch + 2 * PAD;
    this.visible = Math.min(free + 2 * PAD, Math.ceil(whole));
    this.plot.classList.toggle("scroller", whole > this.visible + 1);
    this.plot.style.flex = `0 0 ${this.visible + AXIS}px`;
    this.stage.root.style.height = `${this.plot.offsetTop + this.visible + AXIS}px`;
    this.spacer.style.height = `${Math.max(0, Math.floor(whole - this.visible))}px`;
    const width = Math.min(innerSize(this.plot)[0], this.plot.clientWidth);
    this.surface.begin(width, this.visible + AXIS);
    const last = String(this.header.units - 1);
    this.names = Math.ceil(textWidth(this.surface.context, last, 600)) + 8;
    this.axis = new EpochAxis(this.epochs.list, this.names, width - RIGHT, this.header.end);
  }

  top(row) {
    return PAD + row * this.pitch - this.plot.scrollTop;
  }

  /** The row at a height, or null. */
  rowAt(y) {
    if (!this.axis || y < 0 || y >= this.visible) return null;
    const row = Math.floor((y + this.plot.scrollTop - PAD) / this.pitch);
    return row >= 0 && row < this.rows ? row : null;
  }

  paintRows(palette) {
    const pixels = this.surface.pixels();
    const { ratio } = pixels;
    const [left, right] = [this.axis.left, this.axis.reach].map((x) => Math.round(x * ratio));
    const places = this.axis.columns(Math.max(1, right - left));
    const colors = [...palette.status, palette.background].map(pixel);
    const end = Math.round(this.visible * ratio);
    for (let row = 0; row < this.rows; row++) {
      const [upper, lower] = span(this.top(row), this.pitch - this.gap, ratio);
      if (lower <= 0 || upper >= end) continue;
      paintRow(pixels, this.statusesOf(row), places, colors, left, Math.max(0, upper), Math.min(end, lower));
    }
  }

  statusesOf(row) {
    const epochs = this.epochs.list.length;
    return this.status.subarray(row * epochs, (row + 1) * epochs);
  }

  /** The rows as they are painted, and on them numbers, axis, cursor and ring. */
  paintOver() {
    if (!this.axis) return;
    const { surface, stage, axis } = this;
    const { context } = surface;
    const { palette } = stage;
    surface.put();
    this.drawNumbers(context, palette);
    drawEpochAxis(context, axis, this.visible + 2, palette);
    drawEpochCursor(context, axis, this.epochs.epoch, 0, this.visible + 3, palette);
    context.save();
    context.beginPath();
    context.rect(0, 0, surface.width, this.visible);
    context.clip();
    const hovered = this.hovered !== null && this.hovered < this.rows;
    if (hovered) this.outline(context, this.hovered, palette);
    const row = this.chosenRow();
    if (row !== null) {
      ring(context, axis.left, this.top(row), axis.reach - axis.left, this.pitch - this.gap, palette);
    }
    context.restore();
    this.refreshWords(palette);
  }

  outline(context, row, palette) {
    context.lineWidth = 1;
    context.strokeStyle = palette.ink;
    const width = this.axis.reach - this.axis.left;
    context.strokeRect(this.axis.left - 0.5, this.top(row) - 0.5, width + 1, this.pitch - this.gap + 1);
  }

  drawNumbers(context, palette) {
    const step = [1, 2, 5, 10, 20, 50, 100, 200].find((size) => size * this.pitch >= LINE) ?? 500;
    const own = this.chosenRow();
    const middle = (row) => this.top(row) + (this.pitch - this.gap) / 2;
    const write = (row, color, weight) => {
      const y = middle(row);
      if (y < 5 || y > this.visible - 5) return;
      label(context, String(this.header.first + row), this.names - 8, y, color, "right", weight);
    };
    for (let row = 0; row < this.rows; row++) {
      const clear = own === null || Math.abs(middle(row) - middle(own)) >= LINE;
      if ((this.header.first + row) % step === 0 && clear) write(row, palette.muted, 400);
    }
    if (own !== null) write(own, palette.ink, 600);
  }

  /** The row of the chosen unit, or null where it is not among those that were sent. */
  chosenRow() {
    if (this.chosen.value === null) return null;
    const row = this.chosen.value - this.header.first;
    return row >= 0 && row < this.rows ? row : null;
  }

  refreshWords(palette) {
    const { header, epochs } = this;
    const place = epochs.index;
    const last = header.first + this.rows - 1;
    const part =
      this.rows < header.units
        ? ` · units ${count(header.first)} to ${count(last)} of ${count(header.units)}`
        : "";
    this.stage.setTitle(header.title, `${header.split} · epoch ${epochs.epoch}${part}`);
    const counts = Array.from(this.counts.subarray(3 * place, 3 * place + 3));
    this.legend.refresh(counts, header.hasConstant ? this.constants[place] : null, palette);
  }

  listen() {
    const { plot, stage } = this;
    new EpochHand(plot, this.epochs, {
      axisAt: (x) => (this.axis?.contains(x) ? this.axis : null),
      onHover: (event, place, y) => this.tell(event, this.rowAt(y), place),
      onLeave: () => stage.tip.hide(),
    }).withKeys();
    plot.addEventListener("pointermove", (event) => this.pointed(event));
    plot.addEventListener("pointerleave", () => this.hover(null));
    plot.addEventListener("pointerdown", (event) => (this.pressedAt = event.clientX));
    plot.addEventListener("click", (event) => this.clicked(event));
    plot.addEventListener("keydown", (event) => this.typed(event));
    plot.addEventListener("scroll", () => {
      stage.tip.hide();
      if (!this.axis) return;
      this.paintRows(stage.palette);
      this.paintOver();
    });
    stage.onClose(() => clearTimeout(this.timer));
  }

  pointed(event) {
    const [x, y] = positionIn(this.plot, event);
    const row = this.rowAt(y);
    this.hover(row);
    if (row === null) return;
    this.plot.style.cursor = "pointer";
    if (!this.axis.contains(x)) this.tell(event, row, this.epochs.index);
  }

  hover(row) {
    if (row === this.hovered) return;
    this.hovered = row;
    this.paintOver();
  }

  /** A click turns to the unit, and, where it is on an epoch, to that; what was drawn along moved the epoch alone. */
  clicked(event) {
    const row = this.rowAt(positionIn(this.plot, event)[1]);
    if (row === null || Math.abs(event.clientX - this.pressedAt) > 3) return;
    this.choose(this.header.first + row);
    this.stage.send("unit", this.chosen.value);
  }

  typed(event) {
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const from = this.chosen.value ?? this.header.first;
    this.choose(Math.min(this.header.units - 1, Math.max(0, from + step)));
    const row = this.chosenRow();
    if (row !== null) this.spoken.textContent = this.words(row, this.epochs.index).join(", ");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stage.send("unit", this.chosen.value), REST);
  }

  choose(unit) {
    this.chosen.set(unit);
    if (this.axis) this.reveal();
    this.paintOver();
  }

  /** Scrolls as little as shows the chosen row. */
  reveal() {
    const row = this.chosenRow();
    if (row === null) return;
    const upper = row * this.pitch;
    const least = upper + this.pitch + 2 * PAD - this.visible;
    this.plot.scrollTop = Math.min(upper, Math.max(least, this.plot.scrollTop));
  }

  words(row, place) {
    const statuses = this.statusesOf(row);
    const code = statuses[place] & 3;
    let since = place;
    while (since > 0 && (statuses[since - 1] & 3) === code) since--;
    const when = since === 0 ? "since the start" : `since epoch ${this.epochs.list[since]}`;
    const name = `${this.header.layer} · ${this.header.first + row} at epoch ${this.epochs.list[place]}`;
    const status = `${STATUS_WORDS[code]} on ${this.header.split} ${when}`;
    return statuses[place] > 3 ? [name, status, "constant: the same for every sample"] : [name, status];
  }

  tell(event, row, place) {
    if (row === null) {
      this.stage.tip.hide();
      return;
    }
    const [name, status, ...more] = this.words(row, place);
    const color = this.stage.palette.status[this.statusesOf(row)[place] & 3];
    this.stage.tip.show(event, name, [{ color, text: status }, ...more]);
  }
}

/** One unit over the epochs; hatched where it is constant, in strokes that run on over the rows. */
function paintRow({ words, width, ratio }, statuses, places, colors, left, upper, lower) {
  const period = Math.round(4 * ratio);
  const stroke = Math.max(1, Math.round(1.25 * ratio));
  for (let y = upper; y < lower; y++) {
    for (let column = 0; column < places.length; column++) {
      const code = statuses[places[column]];
      const hatched = code > 3 && (column + y) % period < stroke;
      words[y * width + left + column] = colors[hatched ? 3 : code & 3];
    }
  }
}

export default function (component) {
  return mount(component, LayerBand);
}
