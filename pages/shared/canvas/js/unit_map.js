import { count, element } from "./dom.js";
import { EpochAxis, drawEpochAxis, drawEpochCursor } from "./epoch_axis.js";
import { EpochHand, positionIn } from "./epoch_hand.js";
import { Epochs } from "./epochs.js";
import { paintCells } from "./map_cells.js";
import { historyMode, paintHistory } from "./map_history.js";
import { blockHeight, cellOf, labelStep, layoutMap, unitAt } from "./map_layout.js";
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
const DENSE = 6000;
const KEY_DELAY = 120;

const HISTORY_WORDS = {
  stacked: "its share of dead, linear and nonlinear units",
  lines: "one line a unit",
  commonest: "its commonest status, hatched where that is below 60 %",
};

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
    this.overlay = new Surface(this.plot);
    this.selected = new Shared(null);
    this.hovered = null;
    this.listen();
  }

  update({ header, arrays }) {
    const sameNetwork = header.link === this.header?.link && arrays.sizes.length === this.record.sizes.length;
    this.header = header;
    this.record = new StatusRecord(arrays);
    this.epochs.update(header.link, arrays.epochs, header.epoch);
    if (sameNetwork) this.selected.offer(header.selected);
    else this.selected = new Shared(header.selected);
    this.scrubber.node.hidden = !header.controls;
    const units = `${count(this.record.units)} units in ${this.record.sizes.length} layers`;
    this.plot.setAttribute("aria-label", `${header.title}: ${units}. Arrow keys choose a unit.`);
  }

  paint(palette) {
    this.place();
    this.paintMap(palette);
    this.paintHistory(palette);
    this.paintOverlay(palette);
    this.refreshWords(palette);
  }

  /** Only the epoch moved: the history stays as it is. */
  moved() {
    if (!this.map) return;
    this.paintMap(this.stage.palette);
    this.paintOverlay(this.stage.palette);
    this.refreshWords(this.stage.palette);
  }

  /** Names, map and history from left to right. */
  place() {
    const [width] = innerSize(this.plot);
    const height = this.header.height - this.plot.offsetTop - CAPTION;
    const context = this.mapSurface.context;
    const widths = this.header.layers.map((name) => textWidth(context, name));
    this.names = Math.min(LONGEST_NAME, Math.ceil(Math.max(...widths))) + 10;
    const free = width - this.names;
    const share = this.record.units > DENSE ? 0.75 : MAP_SHARE;
    const mapWidth = Math.max(40, Math.min(free - BESIDE - 80, Math.floor(free * share)));
    this.map = layoutMap(this.record.sizes, mapWidth, height - TOP - AXIS - 2);
    const left = this.names + this.map.width + BESIDE;
    this.axis = new EpochAxis(this.epochs.list, left, Math.max(left + 20, width - 6));
    this.bottom = TOP + this.map.height;
    this.plot.style.flex = `0 0 ${this.bottom + AXIS}px`; // so that the caption stands right below
    // A network that needs less room than there is leaves it to what follows; that depends on the network alone.
    this.stage.root.style.height = `${this.plot.offsetTop + this.bottom + AXIS + CAPTION}px`;
  }

  paintMap(palette) {
    const { mapSurface, map, record } = this;
    const context = mapSurface.begin(...innerSize(this.plot));
    const pixels = mapSurface.pixels();
    paintCells(pixels, map, record.sizes, record.statusAt(this.epochs.index), this.names, TOP, palette);
    mapSurface.put();
    this.drawNames(context, palette);
  }

  drawNames(context, palette) {
    const step = labelStep(this.map);
    this.header.layers.forEach((name, layer) => {
      const first = layer === 0 && step < 100;
      if (!first && (layer + 1) % step !== 0) return;
      const middle = Math.min(Math.max(this.map.cellHeight / 2, 6), blockHeight(this.map, layer) / 2);
      const y = TOP + this.map.tops[layer] + middle;
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
    paintHistory(surface.pixels(), this.map, this.record, this.axis, TOP, palette);
    surface.put();
    drawEpochAxis(context, this.axis, this.bottom + 2, palette, { ticks: false });
  }

  paintOverlay(palette) {
    const context = this.overlay.begin(...innerSize(this.plot));
    drawEpochCursor(context, this.axis, this.epochs.epoch, 0, this.bottom + 4, palette);
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
    return { x: x + this.names, y: y + TOP };
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
    this.caption.textContent = `One cell a unit, input at the top. Beside it, each layer over the epochs: ${kinds}.`;
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
    const unit = this.unitUnder(...positionIn(this.plot, event));
    this.hover(unit);
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
    const next = this.unitBeside(event.key);
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

  /** The unit that an arrow key leads to; null for other keys. */
  unitBeside(key) {
    const { record, map } = this;
    if (this.selected.value === null) return key.startsWith("Arrow") ? 0 : null;
    const { layer, unit } = record.locate(this.selected.value);
    const within = (number) => record.starts[layer] + Math.min(record.sizes[layer] - 1, Math.max(0, number));
    const inLayer = (other) => {
      const target = Math.min(record.sizes.length - 1, Math.max(0, other));
      return record.starts[target] + Math.min(record.sizes[target] - 1, unit);
    };
    const down = unit + map.perLine < record.sizes[layer];
    switch (key) {
      case "ArrowLeft":
        return within(unit - 1);
      case "ArrowRight":
        return within(unit + 1);
      case "ArrowUp":
        return unit >= map.perLine ? within(unit - map.perLine) : inLayer(layer - 1);
      case "ArrowDown":
        return down ? within(unit + map.perLine) : inLayer(layer + 1);
      case "Home":
        return within(0);
      case "End":
        return within(record.sizes[layer] - 1);
      case "PageUp":
        return inLayer(layer - 10);
      case "PageDown":
        return inLayer(layer + 10);
      default:
        return null;
    }
  }

  unitUnder(x, y) {
    if (!this.map) return null;
    const hit = unitAt(this.map, this.record.sizes, x - this.names, y - TOP);
    return hit && this.record.starts[hit.layer] + hit.unit;
  }

  /** The layer whose history lies under the pointer. */
  layerUnder(x, y) {
    if (!this.map || !this.axis.contains(x) || y > this.bottom + AXIS) return null;
    let layer = this.map.tops.length - 1;
    while (layer > 0 && this.map.tops[layer] > y - TOP) layer--;
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
