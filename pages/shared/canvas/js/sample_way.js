import { count, element } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { STATUS_WORDS } from "./palette.js";
import { Picture } from "./picture.js";
import { Raster, ramp } from "./raster.js";
import { innerSize, mount } from "./stage.js";
import { Surface, fitted, label, line, textWidth } from "./surface.js";

const PICTURE = 56;
const HEADER = 18;
const LONGEST_NAME = 92;
const LOWEST = 2;
const HIGHEST = 22;
const WORDS_FROM = 11;
const STATUS_WIDTH = 34;
const BETWEEN = 10;
const NAME_LINE = 12;
const SHADES = 256;

/** A row a layer, input at the top: what the layer does with one sample, and how many of its units fire for it. */
class SampleWay extends Picture {
  constructor(stage) {
    super(stage);
    this.picture = element("div", "picture");
    this.sentence = element("p");
    this.told = element("div", "told");
    this.told.append(this.picture, this.sentence);
    this.plot.before(this.told);
    this.pictureSurface = new Surface(this.picture);
    this.raster = new Raster();
    this.plot.addEventListener("scroll", () => this.scrolled());
    this.spacer = this.plot.appendChild(element("div"));
  }

  update({ header, arrays }) {
    this.header = header;
    Object.assign(this, { sizes: arrays.sizes, status: arrays.status, firing: arrays.firing });
    this.image = arrays.image;
    this.picture.hidden = !this.image;
    this.sentence.textContent = header.sentence;
    this.stage.setTitle(header.title, header.qualifier);
    this.plot.setAttribute("aria-label", `Sample ${header.sample}, ${header.title}. ${header.sentence}`);
  }

  paint(palette) {
    if (this.image) this.drawPicture(palette);
    const most = this.header.height - this.plot.offsetTop;
    const layers = this.status.length;
    this.pitch = Math.min(HIGHEST, Math.max(LOWEST, (most - HEADER) / layers));
    this.gap = this.pitch >= 6 ? 2 : 0;
    const whole = HEADER + layers * this.pitch;
    const height = Math.min(most, Math.ceil(whole));
    this.stage.root.style.height = `${this.plot.offsetTop + height}px`; // few layers leave room to what follows
    this.plot.classList.toggle("scroller", whole > height + 1);
    this.spacer.style.height = `${Math.max(0, Math.floor(whole - height))}px`;
    this.place(height);
    this.draw(palette);
  }

  scrolled() {
    this.stage.tip.hide();
    if (this.right) this.draw(this.stage.palette);
  }

  /** Names, statuses, bars and numbers from left to right. */
  place(height) {
    const width = Math.min(innerSize(this.plot)[0], this.plot.clientWidth);
    const context = this.surface.begin(width, height);
    const widest = Math.max(...this.header.layers.map((name) => textWidth(context, name)));
    this.names = Math.min(LONGEST_NAME, Math.ceil(widest)) + 10;
    this.bars = this.names + STATUS_WIDTH + BETWEEN;
    const numbers = Array.from(this.sizes, (_, layer) => this.numberAt(layer));
    const room = this.header.hasFiring ? Math.max(...numbers.map((text) => textWidth(context, text))) : 0;
    this.right = Math.max(this.bars + 20, Math.floor(width - room - BETWEEN));
  }

  draw(palette) {
    const { surface } = this;
    const context = surface.begin(surface.width, surface.height);
    const titles = [["status", this.names]];
    if (this.header.hasFiring) titles.push([this.header.fires ? "units that fire" : "units above 0", this.bars]);
    for (const [title, x] of titles) label(context, title, x, HEADER / 2 - 1, palette.muted);
    context.save();
    context.beginPath();
    context.rect(0, HEADER, surface.width, surface.height - HEADER);
    context.clip();
    for (let layer = 0; layer < this.status.length; layer++) this.drawLayer(context, layer, palette);
    if (this.header.silent !== null) this.drawSilence(context, palette);
    context.restore();
  }

  top(layer) {
    return HEADER + layer * this.pitch - this.plot.scrollTop;
  }

  drawLayer(context, layer, palette) {
    const [y, high] = [this.top(layer), this.pitch - this.gap];
    const middle = y + high / 2;
    context.fillStyle = palette.status[this.status[layer]];
    context.fillRect(this.names, y, STATUS_WIDTH, high);
    if (this.hasName(layer)) {
      const name = fitted(context, this.header.layers[layer], LONGEST_NAME);
      const whole = HEADER + NAME_LINE / 2 - this.plot.scrollTop;
      label(context, name, this.names - 8, Math.max(whole, middle), palette.muted, "right");
    }
    if (!this.header.hasFiring) return;
    const width = this.right - this.bars;
    context.fillStyle = palette.wash;
    context.fillRect(this.bars, y, width, high);
    const share = this.firing[layer] / this.sizes[layer];
    context.fillStyle = palette.muted;
    if (share) context.fillRect(this.bars, y, Math.max(1, share * width), high);
    if (this.isDeaf(layer)) this.hatch(context, y, high, palette);
    if (this.pitch < WORDS_FROM) return;
    label(context, this.numberAt(layer), this.right + BETWEEN, middle, palette.muted);
  }

  /** What is the same for every sample that gets here is hatched, as constant units are. */
  hatch(context, y, high, palette) {
    context.save();
    context.beginPath();
    context.rect(this.bars, y, this.right - this.bars, high);
    context.clip();
    for (let x = this.bars - high; x < this.right; x += 5)
      line(context, x, y + high, x + high, y, palette.background, 1.5);
    context.restore();
  }

  isDeaf(layer) {
    return this.header.silent !== null && layer > this.header.silent;
  }

  drawSilence(context, palette) {
    const y = this.top(this.header.silent) + this.pitch - this.gap / 2;
    const right = this.header.hasFiring ? this.right : this.names + STATUS_WIDTH;
    line(context, this.names - 3, y, right + 3, y, palette.background, 4);
    line(context, this.names - 3, y, right + 3, y, palette.ink, 2);
  }

  hasName(layer) {
    const step = [1, 5, 10, 20, 50, 100].find((size) => size * this.pitch >= NAME_LINE) ?? 200;
    const { silent } = this.header;
    if (layer === silent) return true;
    if (silent !== null && Math.abs(layer - silent) * this.pitch < NAME_LINE) return false;
    return layer === 0 || (layer + 1) % step === 0;
  }

  numberAt(layer) {
    return this.firing ? `${count(this.firing[layer])} of ${count(this.sizes[layer])}` : "";
  }

  drawPicture(palette) {
    const [rows, columns] = this.image.shape;
    const scale = PICTURE / Math.max(rows, columns);
    const [wide, high] = [Math.round(columns * scale), Math.round(rows * scale)];
    this.picture.style.width = `${wide}px`;
    this.picture.style.height = `${high}px`;
    const context = this.pictureSurface.begin(wide, high);
    const shades = ramp(palette.wash, palette.ink, SHADES);
    const low = this.image.reduce((least, value) => Math.min(least, value), 0);
    const range = this.image.reduce((most, value) => Math.max(most, value), 0) - low || 1;
    const shade = (index) => shades[Math.round(((this.image[index] - low) / range) * (SHADES - 1))];
    this.raster.paint(columns, rows, shade).draw(context, 0, 0, wide, high, false);
  }

  tell(event) {
    const y = positionIn(this.plot, event)[1];
    const layer = Math.floor((y - HEADER + this.plot.scrollTop) / this.pitch);
    if (y < HEADER || layer < 0 || layer >= this.status.length) {
      this.stage.tip.hide();
      return;
    }
    const code = this.status[layer];
    const lines = [{ color: this.stage.palette.status[code], text: `${STATUS_WORDS[code]} here` }];
    if (this.firing) lines.push(`${this.numberAt(layer)} units ${this.header.fires ? "fire" : "are above 0"}`);
    if (layer === this.header.silent) lines.push("silent from here on");
    if (this.isDeaf(layer)) {
      const from = this.header.layers[this.header.silent];
      lines.push(`the same for every sample that is dead at ${from}`);
    }
    this.stage.tip.show(event, this.header.layers[layer], lines);
  }
}

export default function (component) {
  return mount(component, SampleWay);
}
