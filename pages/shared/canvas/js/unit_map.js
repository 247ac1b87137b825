import { count, element } from "./dom.js";
import { EpochAxis, drawEpochAxis, drawEpochCursor } from "./epoch_axis.js";
import { EpochHand, positionIn } from "./epoch_hand.js";
import { Epochs } from "./epochs.js";
import { paintCells } from "./map_cells.js";
import { drawCircles, highlightMode, paintHighlight } from "./map_highlight.js";
import { historyMode, paintHistory } from "./map_history.js";
import { blockHeight, cellOf, labelStep, layoutMap, unitAt } from "./map_layout.js";
import { HEADER, MapRows } from "./map_rows.js";
import { unitBeside } from "./map_walk.js";
import { drawWalls, wallsAt } from "./map_walls.js";
import { STATUS_WORDS } from "./palette.js";
import { Scrubber } from "./scrubber.js";
import { Shared } from "./shared.js";
import { innerSize, mount } from "./stage.js";
import { StatusLegend } from "./status_legend.js";
import { StatusRecord } from "./status_record.js";
import { Surface, fitted, label, ring, textWidth } from "./surface.js";

const TOP = 4;
const AXIS = 20;
const CAPTION = 42;
const BESIDE = 16;
const LONGEST_NAME = 92;
const MAP_SHARE = 0.62;
const SHORTEST_HISTORY = 80;
const RIGHT = 6;
const DENSE = 6000;
const KEY_DELAY = 120;

const HISTORY_WORDS = {
  stacked: "its share of dead, linear and nonlinear units",
  lines: "one line a unit",
  commonest: "its commonest status, hatched below 60 %",
};

const HIGHLIGHT_WORDS = { outlines: "Outlined", circles: "Circled", dots: "Dotted" };

/** One cell a unit; beside it, on the same rows, each layer over the epochs. */
class UnitMap {
  constructor(stage) {
    this.stage = stage;
    this.epochs = new Epochs(stage, () => this.moved());
    this.scrubber = new Scrubber(this.epochs);
    this.legend = new StatusLegend();
    this.plot = element("div", "plot");
    this.plot.tabIndex = 0;
    this.plot.setAttribute("role", "application");
    this.caption = element("div", "caption");
    this.spoken = element("div", "spoken");
    this.spoken.setAttribute("aria-live", "polite");
    stage.body.append(this.scrubber.node, this.legend.node, this.plot, this.caption, this.spoken);
    this.mapSurface = new Surface(this.plot);
    this.historySurface = new Surface(this.plot);
    this.rowSurface = new Surface(this.plot);
    this.overlay = new Surface(this.plot);
    this.selected = new Shared(stage, null);
    this.hovered = null;
    this.rows = new MapRows();
    this.listen();
  }

  update({ header, arrays }) {
    const sameNetwork = header.link === this.header?.link && arrays.sizes.length === this.record.sizes.length;
    this.header = header;
    this.record = new StatusRecord(arrays);
    this.rows.update(arrays);
    this.highlight = arrays.highlight ?? [];
    this.epochs.update(header.link, arrays.epochs, header.epoch, header.end);
    if (sameNetwork) this.selected.offer(header.selected);
    else this.selected = new Shared(this.stage, header.selected);
    this.scrubber.node.hidden = !header.controls;
    if (header.autoplay && !sameNetwork) requestAnimationFrame(() => this.scrubber.loop());
    const units = `${count(this.record.units)} units in ${this.record.sizes.length} layers`;
    this.plot.setAttribute("aria-label", `${header.title}: ${units}. Arrow keys choose a unit.`);
  }

  paint(palette) {
    this.place();
    this.paintMap(palette);
    this.paintHistory(palette);
    this.paintRows(palette);
    this.paintOverlay(palette);
    this.refreshWords(palette);
  }

  /** Only the epoch moved: the history stays as it is. */
  moved() {
    if (!this.map) return;
    this.paintMap(this.stage.palette);
    this.paintRows(this.stage.palette);
    this.paintOverlay(this.stage.palette);
    this.refreshWords(this.stage.palette);
  }

  /** Names, map, history and row figures from left to right. */
  place() {
    const [width] = innerSize(this.plot);
    const height = this.header.height - this.plot.offsetTop - CAPTION;
    const context = this.mapSurface.context;
    const widths = this.header.layers.map((name) => textWidth(context, name));
    this.names = Math.min(LONGEST_NAME, Math.ceil(Math.max(...widths))) + 10;
    const others = this.names + BESIDE + SHORTEST_HISTORY + RIGHT;
    const rowsWidth = this.rows.widthIn(width, others, Math.max(...this.record.sizes));
    this.top = TOP + (rowsWidth ? HEADER : 0);
    const free = width - this.names - rowsWidth;
    const share = this.record.units > DENSE ? 0.75 : MAP_SHARE;
    const mapWidth = Math.max(40, Math.min(free - BESIDE - SHORTEST_HISTORY, Math.floor(free * share)));
    this.map = layoutMap(this.record.sizes, mapWidth, height - this.top - AXIS - 2);
    const left = this.names + this.map.width + BESIDE;
    const right = Math.max(left + 20, width - RIGHT - rowsWidth);
    this.axis = new EpochAxis(this.epochs.list, left, right, this.header.end);
    this.rows.place(width - RIGHT);
    this.bottom = this.top + this.map.height;
    this.plot.style.flex = `0 0 ${this.bottom + AXIS}px`; // so that the caption stands right below
    // A network that needs less room than there is leaves it to what follows; that depends on the network alone.
    this.stage.root.style.height = `${this.plot.offsetTop + this.bottom + AXIS + CAPTION}px`;
  }

  paintMap(palette) {
    const { mapSurface, map, record } = this;
    const context = mapSurface.begin(...innerSize(this.plot));
    const pixels = mapSurface.pixels();
    const status = record.statusAt(this.epochs.index);
    const corner = (unit) => this.cornerOf(unit);
    paintCells(pixels, map, record.sizes, status, this.names, this.top, palette);
    paintHighlight(pixels, map, this.highlight, status, corner, palette);
    mapSurface.put();
    drawCircles(context, map, this.highlight, corner, palette);
    this.drawNames(context, palette);
  }

  drawNames(context, palette) {
    const step = labelStep(this.map);
    this.header.layers.forEach((name, layer) => {
      const first = layer === 0 && step < 100;
      if (!first && (layer + 1) % step !== 0) return;
      const middle = Math.min(Math.max(this.map.cellHeight / 2, 6), blockHeight(this.map, layer) / 2);
      const y = this.top + this.map.tops[layer] + middle;
      label(
        context,
        fitted(context, name, LONGEST_NAME),
        this.names - 8,
        Math.max(6, y),
        palette.muted,
        "right",
      );
    });
  }

  paintHistory(palette) {
    const surface = this.historySurface;
    const context = surface.begin(...innerSize(this.plot));
    paintHistory(surface.pixels(), this.map, this.record, this.axis, this.top, palette);
    surface.put();
    drawEpochAxis(context, this.axis, this.bottom + 2, palette, { ticks: false });
  }

  paintRows(palette) {
    const context = this.rowSurface.begin(...innerSize(this.plot));
    this.rows.paint(context, this.map, this.record.frameAt(this.epochs.index), this.top, this.rowSurface.ratio, palette);
  }

  paintOverlay(palette) {
    const context = this.overlay.begin(...innerSize(this.plot));
    drawEpochCursor(context, this.axis, this.epochs.epoch, this.top - TOP, this.bottom + 4, palette);
    const walls = this.header.walls ? wallsAt(this.record, this.epochs.index) : [];
    drawWalls(context, this.map, walls, this.header.layers, this.names, this.top, palette);
    if (this.selected.value !== null) {
      const { x, y } = this.cornerOf(this.selected.value);
      ring(context, x, y, this.map.cellWidth, this.map.cellHeight, palette);
    }
    if (this.hovered !== null && this.hovered !== this.selected.value) {
      const { x, y } = this.cornerOf(this.hovered);
      context.lineWidth = 1.5;
      context.strokeStyle = palette.ink;
      context.strokeRect(x - 1, y - 1, this.map.cellWidth + 2, this.map.cellHeight + 2);
    }
  }

  cornerOf(unit) {
    const place = this.record.locate(unit);
    const { x, y } = cellOf(this.map, place.layer, place.unit);
    return { x: x + this.names, y: y + this.top };
  }

  /** Title, counts, slider and caption. */
  refreshWords(palette) {
    const place = this.epochs.index;
    const own = this.record.isExact(place) ? "" : " (cells of a nearby epoch)";
    this.stage.setTitle(this.header.title, `${this.header.split} · epoch ${this.epochs.epoch}${own}`);
    this.legend.refresh(this.record.totalsAt(place), this.constants(place), palette);
    this.scrubber.refresh();
    const modes = this.record.sizes.map((size, layer) =>
      historyMode(blockHeight(this.map, layer), size, this.overlay.ratio),
    );
    const kinds = [...new Set(modes)].map((mode) => HISTORY_WORDS[mode]).join("; ");
    const words = this.highlight.length ? [this.outlineWords()] : [];
    const all = [...words, "One cell a unit, input at the top.", this.rowWords(kinds)];
    this.caption.textContent = words.length ? words[0] : all.join(" ");
    this.caption.title = all.join(" ");
  }

  outlineWords() {
    const { highlightWords, highlightEpoch } = this.header;
    const those = `${count(this.highlight.length)} ${this.highlight.length === 1 ? "unit" : "units"}`;
    const how = HIGHLIGHT_WORDS[highlightMode(this.map, this.highlight.length)];
    return `${how}: ${those}${highlightWords && `, ${highlightWords}`} (epoch ${highlightEpoch}).`;
  }

  rowWords(history) {
    if (!this.rows.shown) return `Beside it, each layer over the epochs: ${history}.`;
    if (this.rows.isCompact) return "Beside it, each layer over the epochs, its samples, median range and mean gradient.";
    return (
      `Beside it, each layer over the epochs (${history}), its dead, linear and nonlinear samples, ` +
      "the median range of its pre-activations, and its mean gradient."
    );
  }

  constants(place) {
    if (!this.header.hasConstant) return null;
    return this.record.statusAt(place).reduce((sum, code) => sum + (code >> 2), 0);
  }

  listen() {
    const { plot } = this;
    new EpochHand(plot, this.epochs, {
      axisAt: (x, y) => (this.layerUnder(x, y) === null ? null : this.axis),
      onHover: (event, place, y) => this.tellLayer(event, this.layerUnder(this.axis.left, y), place),
      onLeave: () => this.stage.tip.hide(),
      onGrab: () => this.scrubber.stop(),
    });
    plot.addEventListener("pointermove", (event) => this.pointed(event));
    plot.addEventListener("pointerleave", () => this.hover(null));
    plot.addEventListener("click", (event) => this.clicked(event));
    plot.addEventListener("keydown", (event) => this.typed(event));
    this.stage.onClose(() => clearTimeout(this.keyTimer));
  }

  pointed(event) {
    const [x, y] = positionIn(this.plot, event);
    const unit = this.unitUnder(x, y);
    this.hover(unit);
    if (this.rows.contains(x) && this.rowUnder(y) !== null) this.tellRow(event, this.rowUnder(y));
    if (unit === null) return;
    this.plot.style.cursor = "pointer";
    this.tellUnit(event, unit);
  }

  clicked(event) {
    const unit = this.unitUnder(...positionIn(this.plot, event));
    if (unit === null) return;
    this.choose(unit);
    this.stage.send("unit", unit);
  }

  typed(event) {
    const next = unitBeside(event.key, this.selected.value, this.record, this.map.perLine);
    if (next === null) return;
    event.preventDefault();
    this.choose(next);
    this.spoken.textContent = this.words(next).join(", ");
    clearTimeout(this.keyTimer);
    this.keyTimer = setTimeout(() => this.stage.send("unit", next), KEY_DELAY);
  }

  choose(unit) {
    this.selected.set(unit);
    this.paintOverlay(this.stage.palette);
  }

  hover(unit) {
    if (unit === this.hovered || !this.map) return;
    this.hovered = unit;
    this.paintOverlay(this.stage.palette);
  }

  unitUnder(x, y) {
    if (!this.map) return null;
    const hit = unitAt(this.map, this.record.sizes, x - this.names, y - this.top);
    return hit && this.record.starts[hit.layer] + hit.unit;
  }

  /** The layer whose history lies under the pointer. */
  layerUnder(x, y) {
    return this.axis?.contains(x) ? this.rowUnder(y) : null;
  }

  /** The layer on whose row the pointer stands. */
  rowUnder(y) {
    if (!this.map || y > this.bottom + AXIS) return null;
    let layer = this.map.tops.length - 1;
    while (layer > 0 && this.map.tops[layer] > y - this.top) layer--;
    return layer;
  }

  words(unit) {
    const place = this.record.locate(unit);
    const code = this.record.statusAt(this.epochs.index)[unit];
    const name = `${this.header.layers[place.layer]} · ${place.unit}`;
    const status = `${STATUS_WORDS[code & 3]} on ${this.header.split}`;
    return code >= 4 ? [name, status, "constant: the same for every sample"] : [name, status];
  }

  tellUnit(event, unit) {
    const [name, status, ...more] = this.words(unit);
    const color = this.stage.palette.status[this.record.statusAt(this.epochs.index)[unit] & 3];
    this.stage.tip.show(event, name, [{ color, text: status }, ...more]);
  }

  tellRow(event, layer) {
    const place = this.epochs.index;
    const lines = this.rows
      .words(this.record.frameAt(place), layer)
      .map(({ code, text }) =>
        code === undefined ? text : { color: this.stage.palette.status[code], text },
      );
    this.stage.tip.show(event, `${this.header.layers[layer]} at epoch ${this.epochs.list[place]}`, lines);
  }

  tellLayer(event, layer, place) {
    const title = `${this.header.layers[layer]} at epoch ${this.epochs.list[place]}`;
    const lines = this.record.countsAt(place, layer).map((value, code) => ({
      color: this.stage.palette.status[code],
      text: `${STATUS_WORDS[code]} ${count(value)} of ${count(this.record.sizes[layer])}`,
    }));
    this.stage.tip.show(event, title, lines);
  }
}

export default function (component) {
  return mount(component, UnitMap);
}
