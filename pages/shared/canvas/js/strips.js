import { ClassPicker } from "./class_picker.js";
import { element, percent } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { KeyedPicture } from "./keyed_picture.js";
import { Mailbox } from "./mailbox.js";
import { STATUS_WORDS } from "./palette.js";
import { innerSize, mount } from "./stage.js";
import { StripPainter } from "./strip_painter.js";
import { cutInWords, samplesInWords } from "./strip_words.js";
import { StripRows } from "./strips_rows.js";
import { fitted, label, ring, shortened, textWidth } from "./surface.js";

const EDGE = 4;
const STATUS = 8;
const NAME_MOST = 104;
const BRACKET = 112;
const NARROW = 480;
const NARROW_BRACKET = 14;

/** A row a unit: the samples in its order, coloured by class, with its cut; groups of units are bracketed. */
class Strips extends KeyedPicture {
  constructor(stage) {
    super(stage);
    this.plot.classList.add("scroller");
    this.picker = new ClassPicker(() => this.paintRows());
    this.axis = element("div", "strip-axis");
    this.low = element("span", "", "lowest pre-activation");
    this.high = element("span", "", "highest");
    this.whole = element("span");
    this.axis.append(this.low, this.whole, this.high);
    this.caption = element("p", "quiet strip-caption");
    this.plot.before(this.picker.node, this.axis);
    this.plot.after(this.caption);
    this.spacer = this.plot.appendChild(element("div"));
    this.folder = this.plot.appendChild(element("button", "fold"));
    this.folder.type = "button";
    this.mailbox = new Mailbox(stage);
    this.listen();
  }

  update({ header, arrays }) {
    const sameLayer = header.layer === this.header?.layer;
    const moved = !sameLayer || header.chosen !== this.header.chosen;
    this.header = header;
    this.units = arrays.units;
    this.status = arrays.status;
    this.painter = new StripPainter(arrays, header);
    this.mailbox.hear();
    if (!sameLayer) this.open = this.wasClosed = false;
    const hidden = !this.open && !this.wasClosed && this.isFolded(this.rowOf(this.chosen));
    this.open ||= hidden;
    this.fresh = moved || hidden;
    this.stage.setTitle(header.title, header.qualifier);
    this.caption.textContent = header.caption;
    this.caption.title = header.caption;
    const keys = "Up and down choose a unit.";
    this.plot.setAttribute("aria-label", `${header.title}, ${header.qualifier}. ${keys}`);
  }

  /** The unit that is ringed: what the person chose last, else what the server says. */
  get chosen() {
    return this.mailbox.pending("unit").at(-1) ?? this.header.chosen;
  }

  rowOf(unit) {
    return unit === null ? -1 : this.units.indexOf(unit);
  }

  isFolded(row) {
    let first = 0;
    return this.header.sections.some(({ count: size, folded }) => {
      first += size;
      return folded && row >= first - size && row < first;
    });
  }

  paint(palette) {
    this.picker.refresh(this.header.classes, palette);
    this.place();
    if (this.fresh) this.reveal();
    this.fresh = false;
    this.paintRows();
  }

  place() {
    const below = this.caption.offsetHeight + 8;
    const room = this.header.height - this.plot.offsetTop - below;
    const most = new StripRows(this.header.sections, room - 2 * EDGE, true).height + 2 * EDGE;
    this.rows = new StripRows(this.header.sections, room - 2 * EDGE, this.open);
    this.visible = Math.min(room, most);
    this.plot.style.flex = `0 0 ${this.visible}px`;
    this.stage.root.style.height = `${this.plot.offsetTop + this.visible + below}px`;
    this.spacer.style.height = `${Math.max(0, this.rows.height + 2 * EDGE - this.visible)}px`;
    const width = Math.min(innerSize(this.plot)[0], this.plot.clientWidth);
    const context = this.surface.begin(width, this.visible);
    this.placeColumns(context, width);
    this.placeFold();
  }

  placeColumns(context, width) {
    const longest = this.units.reduce((most, unit) => Math.max(most, unit), 0);
    this.narrow = width < NARROW;
    const name = this.narrow ? String(longest) : this.nameOf(longest);
    this.names = Math.min(NAME_MOST, Math.ceil(textWidth(context, name, 600)));
    const brackets = this.rows.brackets.length ? (this.narrow ? NARROW_BRACKET : BRACKET) : 6;
    this.left = STATUS + 8 + this.names + 8;
    this.right = Math.max(this.left + 40, width - brackets);
    this.axis.style.paddingLeft = `${this.left}px`;
    this.axis.style.width = `${this.right}px`;
  }

  placeFold() {
    const { fold } = this.rows;
    this.folder.hidden = !fold;
    if (!fold) return;
    this.folder.textContent = `${fold.section.words} ${this.open ? "▾" : "▸"}`;
    this.folder.setAttribute("aria-expanded", this.open);
    this.folder.style.top = `${EDGE + fold.top}px`;
    this.folder.style.left = `${this.left}px`;
  }

  nameOf(unit) {
    return `${this.header.layer} · ${unit}`;
  }

  /** Only what is scrolled into sight. */
  paintRows() {
    const { palette } = this.stage;
    const { surface, rows } = this;
    const context = surface.begin(surface.width, surface.height);
    this.painter.begin(palette, this.picker.chosen);
    this.whole.textContent = this.wholeWords();
    this.eachVisible((row, y) => this.drawRow(context, row, y, palette));
    for (const bracket of rows.brackets) this.drawBracket(context, bracket, palette);
    this.eachVisible((row, y) => this.drawRing(context, row, y, palette));
  }

  /** What a column of full height is, where one class alone is drawn. */
  wholeWords() {
    const { chosen } = this.picker;
    if (chosen === null || this.painter.single) return "";
    return `full height: ${percent(this.painter.whole, 255)} are ${this.header.classes[chosen]}`;
  }

  eachVisible(draw) {
    const { rows, surface } = this;
    rows.tops.forEach((top, row) => {
      const y = this.y(top);
      if (y + rows.pitch > 0 && y < surface.height) draw(row, y);
    });
  }

  y(top) {
    return EDGE + top - this.plot.scrollTop;
  }

  drawRow(context, row, y, palette) {
    const { thick } = this.rows;
    const middle = y + thick / 2;
    const own = this.units[row] === this.chosen;
    context.fillStyle = palette.status[this.status[row]];
    context.fillRect(EDGE - 2, middle - STATUS / 2, STATUS, STATUS);
    const name = this.narrow ? String(this.units[row]) : this.nameOf(this.units[row]);
    const weight = own ? 600 : 400;
    label(context, fitted(context, name, this.names), this.left - 8, middle, palette.ink, "right", weight);
    this.painter.paint(context, row, this.left, y, this.right - this.left, thick);
  }

  /** The unit looked at is ringed, the one that it stands face to face with is outlined. */
  drawRing(context, row, y, palette) {
    const [width, { thick }] = [this.right - this.left, this.rows];
    if (this.units[row] === this.chosen) ring(context, this.left + 1, y + 1, width - 2, thick - 2, palette);
    else if (this.units[row] === this.header.other) {
      context.lineWidth = 1;
      context.strokeStyle = palette.ink;
      context.strokeRect(this.left - 0.5, y - 0.5, width + 1, thick + 1);
    }
  }

  drawBracket(context, { top, bottom, section }, palette) {
    const [from, to] = [this.y(top) + 0.5, this.y(bottom) - 0.5];
    if (to < 0 || from > this.surface.height) return;
    const x = Math.round(this.right + 7) + 0.5;
    if (section.detail) this.strokeBracket(context, x, from, to, palette);
    if (this.narrow) return;
    const middle = (from + to) / 2;
    const room = this.surface.width - x - 8;
    const words = (text, y, color) => label(context, shortened(context, text, room), x + 7, y, color);
    const lines = section.detail && bottom - top > 24;
    words(section.words, lines ? middle - 6 : middle, section.detail ? palette.ink : palette.muted);
    if (lines) words(section.detail, middle + 7, palette.muted);
  }

  strokeBracket(context, x, from, to, palette) {
    context.strokeStyle = palette.muted;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x - 3, from);
    context.lineTo(x, from);
    context.lineTo(x, to);
    context.lineTo(x - 3, to);
    context.stroke();
  }

  listen() {
    const { plot, stage } = this;
    plot.addEventListener("scroll", () => {
      stage.tip.hide();
      if (this.rows) this.paintRows();
    });
    this.folder.addEventListener("click", (event) => {
      event.stopPropagation();
      this.wasClosed = this.open;
      this.unfold(!this.open);
    });
  }

  unfold(open) {
    this.open = open;
    this.place();
    this.paintRows();
  }

  under(event) {
    const [x, y] = positionIn(this.plot, event);
    return [x, y - EDGE + this.plot.scrollTop];
  }

  clicked(event) {
    const row = this.rows.at(this.under(event)[1]);
    if (row === null) return;
    this.choose(this.units[row]);
  }

  typed(event) {
    const step = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || event.target !== this.plot) return;
    event.preventDefault();
    const row = this.rows.stepped(this.rowOf(this.chosen), step);
    if (row === null) return;
    this.choose(this.units[row]);
    this.spoken.textContent = this.wordsOf(row).join(", ");
  }

  choose(unit) {
    this.mailbox.post("unit", unit, { latest: true });
    this.reveal();
    this.paintRows();
  }

  /** Scrolls as little as shows the chosen row. */
  reveal() {
    const top = this.rows.tops[this.rowOf(this.chosen)];
    if (top === undefined || Number.isNaN(top)) return;
    const least = top + this.rows.pitch + 2 * EDGE - this.visible;
    this.plot.scrollTop = Math.min(top, Math.max(least, this.plot.scrollTop));
  }

  wordsOf(row) {
    const unit = this.units[row];
    return [this.nameOf(unit), `${STATUS_WORDS[this.status[row]]} on ${this.header.split}`];
  }

  tell(event) {
    const [x, y] = this.under(event);
    const row = this.rows.at(y);
    this.plot.style.cursor = row === null ? "" : "pointer";
    if (x > this.right && this.tellBracket(event, y)) return;
    if (row === null) {
      this.stage.tip.hide();
      return;
    }
    const [name, status] = this.wordsOf(row);
    const color = this.stage.palette.status[this.status[row]];
    const inside = x >= this.left && x < this.right;
    const share = (x - this.left) / (this.right - this.left);
    const here = inside
      ? samplesInWords(this.painter, this.header.classes, row, Math.floor(share * this.header.samples))
      : [cutInWords(this.painter, row)];
    this.stage.tip.show(event, name, [{ color, text: status }, ...here]);
  }

  tellBracket(event, y) {
    const found = this.rows.bracketAt(y);
    if (!found?.section.hover) return false;
    const { words, detail, hover, count: size } = found.section;
    this.stage.tip.show(event, `${words}: ${size} units`, [detail, hover]);
    return true;
  }
}

export default function (component) {
  return mount(component, Strips);
}
