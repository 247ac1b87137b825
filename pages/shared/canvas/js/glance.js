import { count, element } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { GlancePictures } from "./glance_pictures.js";
import { GlanceGrid } from "./glance_grid.js";
import { KeyedPicture } from "./keyed_picture.js";
import { STATUS_WORDS } from "./palette.js";
import { Shared } from "./shared.js";
import { innerSize, mount } from "./stage.js";
import { label, ring } from "./surface.js";

const SQUARE = 8;
const REST = 120;

/** Every unit of a layer as a small picture, its status and number below; a click or an arrow key chooses. */
class Glance extends KeyedPicture {
  constructor(stage) {
    super(stage);
    this.plot.classList.add("scroller");
    this.spacer = this.plot.appendChild(element("div"));
    this.chosen = new Shared(stage, null);
    this.listen();
  }

  update({ header, arrays }) {
    const sameLayer = header.layer === this.header?.layer && header.units === this.header.units;
    this.header = header;
    this.status = arrays.status;
    this.pictures = new GlancePictures(header, arrays);
    if (sameLayer) this.chosen.offer(header.chosen);
    else this.chosen = new Shared(this.stage, header.chosen);
    this.fresh = !sameLayer;
    const last = header.first + this.status.length;
    const part =
      this.status.length < header.units
        ? ` · units ${count(header.first)} to ${count(last - 1)} of ${count(header.units)}`
        : "";
    this.stage.setTitle(header.title, header.qualifier + part);
    this.plot.setAttribute("aria-label", `${header.title}, ${header.units} units. Arrow keys choose a unit.`);
  }

  paint(palette) {
    const [width, height] = [this.plot.clientWidth, innerSize(this.plot)[1]];
    this.grid = new GlanceGrid(this.status.length, width, height, this.pictures.shape);
    this.spacer.style.height = `${Math.max(0, this.grid.height - height)}px`;
    this.surface.begin(width, height);
    if (this.fresh) this.reveal();
    this.fresh = false;
    this.paintVisible(palette);
  }

  /** Only what is scrolled into sight. */
  paintVisible(palette) {
    const { surface, grid, plot } = this;
    const context = surface.begin(surface.width, surface.height);
    const [first, end] = grid.between(plot.scrollTop, plot.scrollTop + surface.height);
    for (let place = first; place < end; place++) this.drawUnit(context, place, palette);
    const ringed = this.chosen.value === null ? -1 : this.chosen.value - this.header.first;
    if (ringed >= first && ringed < end) this.ringUnit(context, ringed, palette);
  }

  corner(place) {
    const { x, y } = this.grid.corner(place);
    return { x, y: y - this.plot.scrollTop };
  }

  drawUnit(context, place, palette) {
    const { x, y } = this.corner(place);
    const { wide, high } = this.grid;
    this.pictures.draw(context, place, x, y, wide, high, palette);
    context.strokeStyle = palette.line;
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, wide - 1, high - 1);
    context.fillStyle = palette.status[this.status[place]];
    context.fillRect(x, y + high + 5, SQUARE, SQUARE);
    const own = this.header.first + place === this.chosen.value;
    const color = own ? palette.ink : palette.muted;
    label(
      context,
      String(this.header.first + place),
      x + SQUARE + 4,
      y + high + 9.5,
      color,
      "left",
      own ? 600 : 400,
    );
  }

  ringUnit(context, place, palette) {
    const { x, y } = this.corner(place);
    ring(context, x + 2, y + 2, this.grid.wide - 4, this.grid.high - 4, palette);
  }

  listen() {
    const { plot, stage } = this;
    plot.addEventListener("scroll", () => {
      stage.tip.hide();
      if (this.grid) this.paintVisible(stage.palette);
    });
    stage.onClose(() => clearTimeout(this.timer));
  }

  placeUnder(event) {
    const [x, y] = positionIn(this.plot, event);
    return this.grid?.placeAt(x, y + this.plot.scrollTop) ?? null;
  }

  clicked(event) {
    const place = this.placeUnder(event);
    if (place === null) return;
    this.choose(this.header.first + place);
    this.stage.send("unit", this.chosen.value);
  }

  typed(event) {
    const step = this.step(event.key);
    if (step === null) return;
    event.preventDefault();
    const from = this.chosen.value ?? this.header.first;
    this.choose(Math.min(this.header.units - 1, Math.max(0, from + step)));
    this.spoken.textContent = this.words(this.chosen.value).join(", ");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stage.send("unit", this.chosen.value), REST);
  }

  step(key) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    const lines = { ArrowUp: -this.grid.perLine, ArrowDown: this.grid.perLine };
    return { ...steps, ...lines }[key] ?? null;
  }

  choose(unit) {
    this.chosen.set(unit);
    this.reveal();
    this.paintVisible(this.stage.palette);
  }

  /** Scrolls as little as shows the chosen picture whole. */
  reveal() {
    const place = (this.chosen.value ?? this.header.first) - this.header.first;
    if (place < 0 || place >= this.status.length) return;
    const { y } = this.grid.corner(place);
    const least = y + this.grid.pitch - this.surface.height;
    this.plot.scrollTop = Math.min(y, Math.max(least, this.plot.scrollTop));
  }

  words(unit) {
    const code = this.status[unit - this.header.first];
    const name = `${this.header.layer} · ${unit}`;
    return code === undefined ? [name] : [name, `${STATUS_WORDS[code]} on ${this.header.split}`];
  }

  tell(event) {
    const place = this.placeUnder(event);
    this.plot.style.cursor = place === null ? "" : "pointer";
    if (place === null) {
      this.stage.tip.hide();
      return;
    }
    const [name, status] = this.words(this.header.first + place);
    const [x, y] = positionIn(this.plot, event);
    const corner = this.corner(place);
    const [across, down] = [(x - corner.x) / this.grid.wide, (y - corner.y) / this.grid.high];
    const { palette } = this.stage;
    const lines = [{ color: palette.status[this.status[place]], text: status }];
    this.stage.tip.show(event, name, [...lines, ...this.pictures.words(place, across, down, palette)]);
  }
}

export default function (component) {
  return mount(component, Glance);
}
