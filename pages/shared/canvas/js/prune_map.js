import { Amounts } from "./amounts.js";
import { count, element } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { KeyedPicture } from "./keyed_picture.js";
import { Mailbox } from "./mailbox.js";
import { paintCells } from "./map_cells.js";
import { blockHeight, cellOf, labelStep, unitAt } from "./map_layout.js";
import { unitBeside } from "./map_walk.js";
import { layoutPruneMap } from "./prune_layout.js";
import { LOCK_ROOM, drawLock, drawPin } from "./prune_marks.js";
import { PruneState } from "./prune_state.js";
import { layerWords, pinWords, unitWords } from "./prune_words.js";
import { innerSize, mount } from "./stage.js";
import { StatusLegend } from "./status_legend.js";
import { fitted, label, ring, textWidth } from "./surface.js";

const PAD = 4;
const CAPTION = 42;
const LONGEST_NAME = 92;
const BESIDE = 10;
const NARROWEST = 60;

/** One cell a unit, struck out where it is removed. A click pins, a click on a layer's name locks. */
class PruneMap extends KeyedPicture {
  constructor(stage) {
    super(stage);
    this.legend = new StatusLegend({ removed: true });
    this.caption = element("div", "caption");
    this.plot.before(this.legend.node);
    this.plot.after(this.caption);
    this.spacer = this.plot.appendChild(element("div"));
    this.amounts = new Amounts(stage, () => this.changed());
    this.mailbox = new Mailbox(stage);
    this.pointed = { unit: null, layer: null };
    this.listen();
  }

  update({ header, arrays }) {
    const isSame = header.link === this.header?.link;
    this.header = header;
    this.arrays = arrays;
    this.state = new PruneState(header, arrays);
    this.amounts.update(header);
    this.mailbox.hear();
    if (!isSame) this.pointed = { unit: null, layer: null };
    const units = `${count(this.state.units)} units in ${this.state.sizes.length} layers`;
    const keys = "Arrow keys choose a unit, Enter pins it, O opens it, L locks its layer.";
    this.plot.setAttribute("aria-label", `${header.title}: ${units}. ${keys}`);
  }

  /** The unit that is ringed: what the person looked at last, else what the server says. */
  get selected() {
    return this.mailbox.pending("look").at(-1) ?? this.header.selected;
  }

  /** The amount or a pin changed under the hand. */
  changed() {
    if (this.map) this.paint(this.stage.palette);
  }

  paint(palette) {
    const { amounts, state, mailbox } = this;
    state.follow(amounts.isAhead ? amounts.value : null, mailbox.pending("pin"));
    this.place();
    this.paintCells(palette);
    this.paintOver(palette);
    this.refreshWords(palette);
  }

  /** As high as it may be where the map needs that, scrolled where it needs more; the network alone decides. */
  place() {
    const most = this.header.height - this.plot.offsetTop - CAPTION;
    const key = [innerSize(this.plot)[0], most, ...this.state.sizes].join();
    if (key !== this.placed) {
      this.plot.classList.remove("scroller");
      this.fit(most);
      if (this.map.height + 2 * PAD > most) {
        this.plot.classList.add("scroller");
        this.fit(most);
      }
      this.placed = key;
    }
    const whole = Math.ceil(this.map.height + 2 * PAD);
    this.height = Math.min(most, whole);
    this.plot.style.flex = `0 0 ${this.height}px`;
    this.stage.root.style.height = `${this.plot.offsetTop + this.height + CAPTION}px`;
    this.spacer.style.height = `${whole - this.height}px`;
    this.surface.begin(this.plot.clientWidth, this.height);
  }

  /** Names, cells and widths from left to right. */
  fit(height) {
    const { context } = this.surface;
    const { sizes } = this.state;
    this.names = Math.min(LONGEST_NAME, Math.ceil(widest(context, this.header.layers))) + BESIDE + LOCK_ROOM;
    const widths = Math.ceil(widest(context, sizes.map((size) => `${count(size)} of ${count(size)}`))) + BESIDE;
    const room = Math.max(NARROWEST, this.plot.clientWidth - this.names - widths - PAD);
    this.map = layoutPruneMap(sizes, room, height - 2 * PAD);
  }

  scrolled() {
    this.paintCells(this.stage.palette);
    this.paintOver(this.stage.palette);
  }

  /** The height of the map's beginning, in the box. */
  get top() {
    return PAD - this.plot.scrollTop;
  }

  paintCells(palette) {
    const pixels = this.surface.pixels();
    paintCells(pixels, this.map, this.state.sizes, this.state.codes, this.names, this.top, palette);
  }

  /** The cells as they are painted, and on them pins, rings, names and widths. */
  paintOver(palette) {
    const { surface, map, state } = this;
    const { context } = surface;
    surface.put();
    for (const [unit, kind] of state.pins) {
      const { x, y } = this.cornerOf(unit);
      const cell = Math.min(map.cellWidth, map.cellHeight);
      if (this.isSeen(y)) drawPin(context, x + map.cellWidth / 2, y + map.cellHeight / 2, kind, cell, palette);
    }
    const { selected } = this;
    if (selected !== null) {
      const { x, y } = this.cornerOf(selected);
      ring(context, x, y, map.cellWidth, map.cellHeight, palette);
    }
    const { unit } = this.pointed;
    if (unit !== null && unit !== selected) {
      const { x, y } = this.cornerOf(unit);
      context.lineWidth = 1.5;
      context.strokeStyle = palette.ink;
      context.strokeRect(x - 1, y - 1, map.cellWidth + 2, map.cellHeight + 2);
    }
    this.drawRows(context, palette);
  }

  drawRows(context, palette) {
    const { map, state, header } = this;
    const step = labelStep(map);
    const right = this.names + map.width + BESIDE;
    header.layers.forEach((name, layer) => {
      const y = this.middleOf(layer);
      const isNamed = (layer === 0 && step < 100) || (layer + 1) % step === 0;
      const isPointed = layer === this.pointed.layer;
      const isLocked = this.isLocked(layer);
      if (!this.isSeen(y) || !(isNamed || isPointed || isLocked)) return;
      const text = fitted(context, name, LONGEST_NAME);
      const color = isPointed ? palette.ink : palette.muted;
      if (isNamed) label(context, text, this.names - BESIDE + 2, y, color, "right");
      if (isNamed) label(context, state.widthWords(layer), right, y, palette.muted);
      if (isLocked || isPointed) {
        const left = this.names - BESIDE + 2 - (isNamed ? textWidth(context, text) : 0);
        drawLock(context, left - LOCK_ROOM / 2, y, isLocked, isLocked ? palette.ink : palette.muted);
      }
    });
  }

  /** Where a layer's name stands: at its first line, never above the map. */
  middleOf(layer) {
    const half = Math.min(Math.max(this.map.cellHeight / 2, 6), blockHeight(this.map, layer) / 2);
    return this.top + Math.max(2, this.map.tops[layer] + half);
  }

  isSeen(y) {
    return y > -this.map.cellHeight - PAD && y < this.height + PAD;
  }

  isLocked(layer) {
    const clicks = this.mailbox.pending("lock").filter((each) => each === layer).length;
    return this.header.locked.includes(layer) !== (clicks % 2 === 1);
  }

  refreshWords(palette) {
    const { state, header } = this;
    this.stage.setTitle(header.title, header.split);
    this.legend.refresh(state.totals, null, palette);
    this.caption.textContent = pinWords(state);
  }

  listen() {
    const { plot } = this;
    plot.addEventListener("scroll", () => this.scrolled());
    plot.addEventListener("pointerleave", () => this.point(null, null));
    plot.addEventListener("contextmenu", (event) => this.rightClicked(event));
  }

  tell(event) {
    const { unit, layer } = this.under(event);
    this.point(unit, layer);
    this.plot.style.cursor = unit !== null || layer !== null ? "pointer" : "";
    if (unit !== null) this.tellUnit(event, unit);
    else if (layer !== null) this.tellLayer(event, layer);
  }

  point(unit, layer) {
    if (unit === null && layer === null) this.stage.tip.hide();
    if (!this.map || (unit === this.pointed.unit && layer === this.pointed.layer)) return;
    this.pointed = { unit, layer };
    this.paintOver(this.stage.palette);
  }

  clicked(event) {
    const { unit, layer } = this.under(event);
    if (layer !== null) this.lock(layer);
    else if (unit !== null && event.shiftKey) this.look(unit);
    else if (unit !== null) this.pin(unit);
    else return;
    if (unit !== null) this.tellUnit(event, unit);
    else this.tellLayer(event, layer);
  }

  rightClicked(event) {
    const { unit } = this.under(event);
    if (unit === null) return;
    event.preventDefault();
    this.look(unit);
  }

  typed(event) {
    const { unit } = this.pointed;
    const next = unitBeside(event.key, unit ?? this.selected, this.state, this.map.perLine);
    const actions = {
      Enter: () => this.pin(unit),
      " ": () => this.pin(unit),
      o: () => this.look(unit),
      l: () => this.lock(this.state.locate(unit).layer),
    };
    const act = unit === null ? null : actions[event.key];
    if (event.ctrlKey || event.metaKey || (next === null && !act)) return;
    event.preventDefault();
    if (next === null) act();
    else this.walkTo(next);
    this.spoken.textContent = unitWords(this.state, this.pointed.unit).join(", ");
  }

  walkTo(unit) {
    this.pointed = { unit, layer: null };
    const { y } = this.cornerOf(unit);
    const beyond = y + this.map.cellHeight + PAD - this.height;
    if (y < PAD) this.plot.scrollTop += y - PAD;
    else if (beyond > 0) this.plot.scrollTop += beyond;
    this.scrolled();
  }

  pin(unit) {
    if (this.state.whyStuck(unit)) return;
    this.mailbox.post("pin", unit);
    this.changed();
  }

  look(unit) {
    this.mailbox.post("look", unit, { latest: true });
    this.paintOver(this.stage.palette);
  }

  lock(layer) {
    this.mailbox.post("lock", layer);
    this.changed();
  }

  /** The unit under the pointer, or else the layer whose name is. */
  under(event) {
    if (!this.map) return { unit: null, layer: null };
    const [x, y] = positionIn(this.plot, event);
    const hit = unitAt(this.map, this.state.sizes, x - this.names, y - this.top);
    if (hit) return { unit: this.state.starts[hit.layer] + hit.unit, layer: null };
    return { unit: null, layer: x < this.names - 4 && x >= 0 ? this.layerAt(y - this.top) : null };
  }

  layerAt(y) {
    if (y < -PAD || y > this.map.height + PAD) return null;
    let layer = this.map.tops.length - 1;
    while (layer > 0 && this.map.tops[layer] > y) layer--;
    return layer;
  }

  cornerOf(unit) {
    const place = this.state.locate(unit);
    const { x, y } = cellOf(this.map, place.layer, place.unit);
    return { x: x + this.names, y: y + this.top };
  }

  tellUnit(event, unit) {
    const [name, status, ...more] = unitWords(this.state, unit);
    const color = this.stage.palette.status[this.state.statusOf(unit)];
    this.stage.tip.show(event, name, [{ color, text: status }, ...more]);
  }

  tellLayer(event, layer) {
    const lines = layerWords(this.state, layer, this.isLocked(layer));
    this.stage.tip.show(event, this.header.layers[layer], lines);
  }
}

function widest(context, texts) {
  return Math.max(...texts.map((text) => textWidth(context, text)));
}

export default function (component) {
  return mount(component, PruneMap);
}
