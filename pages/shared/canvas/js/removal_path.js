import { Amounts } from "./amounts.js";
import { count, element, percent } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { nameOf, reachOf, valueAt } from "./removal_curve.js";
import { innerSize, mount } from "./stage.js";
import { Surface, clearLabel, cursorLine, disc, label, line, shortened, textWidth } from "./surface.js";
import { ValueAxis, drawValueAxis } from "./value_axis.js";

const LOWEST = 0.5;
const LEFT = 36;
const TOP = 18;
const AXIS = 20;
const RIGHT = 8;
const NEAR = 7;
const LINE = 12;
const NAMED_FROM = 320;
const BIG_STEP = 10;
const LONGEST_NAME = 110;
const DASH = [4, 3];
const DASH_WIDTH = 14;
const DASHED = "no take-over";

/** Same answers against the share removed, a line a method; a click or a drag sets the amount. */
class RemovalPath {
  constructor(stage) {
    this.stage = stage;
    this.plot = element("div", "plot");
    this.plot.tabIndex = 0;
    this.plot.setAttribute("role", "slider");
    this.plot.setAttribute("aria-valuemin", "0");
    stage.body.append(this.plot);
    this.surface = new Surface(this.plot);
    this.overlay = new Surface(this.plot);
    this.amounts = new Amounts(stage, () => this.moved(), this.plot);
    this.pointed = null;
    this.listen();
  }

  update({ header, arrays }) {
    this.header = header;
    this.amounts.update(header);
    let start = 0;
    this.curves = header.curves.map((curve) => {
      const end = start + curve.points;
      const known = { ...curve, amounts: arrays.amounts.subarray(start, end), values: arrays.agreements.subarray(start, end) };
      start = end;
      return known;
    });
    this.chosen = this.curves.find((curve) => curve.chosen && curve.points) ?? null;
    this.pointed = null;
    this.stage.setTitle(header.title, header.qualifier);
    this.plot.setAttribute("aria-label", `${header.title}, ${header.qualifier}; arrow keys change how many go`);
    this.plot.setAttribute("aria-valuemax", String(header.most));
  }

  paint(palette) {
    const [width, height] = innerSize(this.plot);
    const context = this.surface.begin(width, height);
    this.isNamed = width >= NAMED_FROM;
    this.left = LEFT;
    this.bottom = height - AXIS;
    this.axis = new ValueAxis(LOWEST, 1, TOP, this.bottom, false);
    this.right = width - RIGHT - (this.isNamed ? this.nameRoom(context) : 0);
    this.drawAxes(context, palette);
    if (!this.chosen) {
      label(context, this.whyEmpty(), (this.left + this.right) / 2, (TOP + this.bottom) / 2, palette.muted, "center");
    }
    this.curves.forEach((curve) => {
      if (curve !== this.chosen) this.drawCurve(context, curve, palette.muted, 1);
    });
    if (this.chosen) this.drawCurve(context, this.chosen, palette.ink, 2.5);
    if (this.isNamed) this.drawNames(context, palette);
    this.paintOver(palette);
  }

  whyEmpty() {
    if (!this.header.most) return "No unit can go.";
    return this.curves.length ? "" : "The paths are not computed yet.";
  }

  nameRoom(context) {
    const widths = this.named().map(({ name }) => textWidth(context, name));
    if (this.hasDashed) widths.push(DASH_WIDTH + textWidth(context, DASHED));
    return widths.length ? Math.min(LONGEST_NAME, Math.ceil(Math.max(...widths))) + 12 : 0;
  }

  get hasDashed() {
    return this.curves.some((curve) => curve.points && !curve.compensated);
  }

  /** The curves whose names stand at the end, the first to leave the picture last: each method once. */
  named() {
    const known = this.curves.filter((curve) => curve.points);
    const main = (name) => known.find((curve) => curve.name === name && curve.compensated);
    return known
      .filter((curve) => curve === this.chosen || curve === (main(curve.name) ?? curve))
      .sort((one, other) => this.endOf(one) - this.endOf(other) || reachOf(other, LOWEST) - reachOf(one, LOWEST));
  }

  x(amount) {
    return this.left + (amount / this.header.units) * (this.right - this.left);
  }

  amountAt(x) {
    return ((x - this.left) / (this.right - this.left)) * this.header.units;
  }

  drawAxes(context, palette) {
    const { exact, most, auto } = this.header;
    if (exact > 0) {
      context.fillStyle = palette.wash;
      context.fillRect(this.left, TOP, this.x(exact) - this.left, this.bottom - TOP);
      const isWide = this.x(exact) - this.left > textWidth(context, "exact") + 8;
      if (isWide) label(context, "exact", this.left + 4, this.bottom - 8, palette.muted);
    }
    drawValueAxis(context, this.axis, this.left, this.right, palette);
    line(context, this.left, this.bottom + 0.5, this.right, this.bottom + 0.5, palette.line);
    const ticks = this.right - this.left > 230 ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.5, 1];
    for (const share of ticks) {
      const x = this.left + share * (this.right - this.left);
      line(context, x, this.bottom, x, this.bottom + 4, palette.line);
      label(context, `${100 * share} %`, x, this.bottom + 12, palette.muted, share === 1 ? "right" : "center");
    }
    if (most < this.header.units) {
      const x = this.x(most);
      line(context, x, TOP, x, this.bottom, palette.line, 1, [2, 3]);
    }
    if (auto !== null) {
      const x = this.x(auto);
      line(context, x, TOP - 4, x, this.bottom, palette.ink, 1, [1, 3]);
      label(context, "Auto", x, TOP - 11, palette.ink, x > this.right - 20 ? "right" : "center", 600);
    }
  }

  drawCurve(context, { amounts, values, compensated }, color, width) {
    context.save();
    context.beginPath();
    context.rect(this.left, TOP - 4, this.right - this.left + 2, this.bottom - TOP + 4);
    context.clip();
    context.beginPath();
    amounts.forEach((amount, i) => context.lineTo(this.x(amount), this.axis.y(values[i])));
    context.lineWidth = width;
    context.strokeStyle = color;
    context.lineJoin = "round";
    context.setLineDash(compensated ? [] : DASH);
    context.stroke();
    context.setLineDash([]);
    context.restore();
  }

  /** The names at the right, a line each, in the order in which the curves end; what has no room is hovered. */
  drawNames(context, palette) {
    const left = this.right + 10;
    const all = this.named();
    const lines = Math.floor((this.bottom - TOP) / LINE) + 1 - (this.hasDashed ? 1 : 0);
    const shown = all.filter((curve, place) => curve === this.chosen || place < lines - 1).slice(0, lines);
    shown.forEach((curve, place) => {
      const isChosen = curve === this.chosen;
      const color = isChosen || curve === this.pointed ? palette.ink : palette.muted;
      const name = shortened(context, curve.name, LONGEST_NAME);
      label(context, name, left, TOP + place * LINE, color, "left", isChosen ? 600 : 400);
    });
    if (!this.hasDashed) return;
    const y = TOP + shown.length * LINE;
    line(context, left, y, left + DASH_WIDTH - 4, y, palette.muted, 1, DASH);
    label(context, DASHED, left + DASH_WIDTH, y, palette.muted);
  }

  /** The height at which a curve leaves the picture. */
  endOf({ values }) {
    return Math.min(this.bottom, this.axis.y(values.at(-1)));
  }

  paintOver(palette) {
    const context = this.overlay.begin(...innerSize(this.plot));
    const { value } = this.amounts;
    const x = this.x(value);
    if (this.pointed) {
      this.drawCurve(context, this.pointed, palette.ink, 2);
      if (!this.isNamed) this.namePointed(context, palette);
    }
    cursorLine(context, x, TOP - 4, this.bottom + 3, palette);
    const agreement = this.agreementAt(value);
    if (agreement !== null) {
      const y = Math.min(this.bottom, this.axis.y(agreement));
      disc(context, x, y, 5.5, palette.background);
      disc(context, x, y, 4, palette.ink);
      if (agreement < LOWEST) disc(context, x, y, 2, palette.background);
    }
    const { units } = this.header;
    const kept = `${count(units - value)} of ${count(units)} kept`;
    this.plot.setAttribute("aria-valuenow", String(value));
    this.plot.setAttribute("aria-valuetext", [kept, ...this.sameAnswers(agreement)].join(", "));
  }

  namePointed(context, palette) {
    const { pointed } = this;
    const middle = pointed.points >> 1;
    const [x, y] = [this.x(pointed.amounts[middle]), this.axis.y(Math.max(LOWEST, pointed.values[middle]))];
    clearLabel(context, nameOf(pointed), x, Math.min(this.bottom - 8, y + 12), palette, "center");
  }

  /** Of the network shown, where it is known; else as the chosen curve has it. */
  agreementAt(amount) {
    if (!this.amounts.isAhead && this.header.agreement !== null) return this.header.agreement;
    return this.chosen && valueAt(this.chosen, amount);
  }

  sameAnswers(agreement) {
    if (agreement === null) return [];
    const { samples, split } = this.header;
    const same = Math.round(agreement * samples);
    return [`${count(same)} of ${count(samples)} ${split} samples answered the same`];
  }

  moved() {
    if (this.axis) this.paintOver(this.stage.palette);
  }

  listen() {
    const { plot } = this;
    plot.addEventListener("pointerdown", (event) => this.pressed(event));
    plot.addEventListener("pointermove", (event) => this.dragged(event));
    for (const name of ["pointerup", "pointercancel"]) plot.addEventListener(name, () => (this.isHeld = false));
    plot.addEventListener("pointerleave", () => this.point(null));
    plot.addEventListener("keydown", (event) => this.typed(event));
  }

  pressed(event) {
    if (event.button || !this.axis) return;
    this.isHeld = true;
    this.plot.setPointerCapture(event.pointerId);
    this.dragged(event);
  }

  dragged(event) {
    if (!this.axis) return;
    const [x, y] = positionIn(this.plot, event);
    if (this.isHeld) {
      this.stage.tip.hide();
      this.amounts.moveTo(this.amountAt(x));
      return;
    }
    const isInside = x >= this.left - 4 && x <= this.right + 4;
    this.plot.style.cursor = isInside ? "ew-resize" : "";
    this.point(this.curveAt(x, y));
    if (isInside) this.tell(event, this.amountAt(Math.min(this.right, Math.max(this.left, x))));
    else this.stage.tip.hide();
  }

  point(curve) {
    if (curve === null) this.stage.tip.hide();
    if (curve === this.pointed) return;
    this.pointed = curve;
    if (this.axis) this.paint(this.stage.palette);
  }

  curveAt(x, y) {
    const amount = this.amountAt(x);
    const away = (curve) => {
      const value = valueAt(curve, amount);
      return value === null ? Infinity : Math.abs(Math.min(this.bottom, this.axis.y(value)) - y);
    };
    const near = this.curves.filter((curve) => away(curve) <= NEAR);
    if (near.includes(this.chosen)) return this.chosen;
    return near.sort((one, other) => away(one) - away(other))[0] ?? null;
  }

  tell(event, amount) {
    const { units } = this.header;
    const whole = Math.round(amount);
    const title = `${count(units - whole)} of ${count(units)} units kept, ${percent(whole, units)} removed`;
    const told = [this.chosen, this.pointed].filter((curve, place, list) => curve && list.indexOf(curve) === place);
    const lines = told.flatMap((curve) => {
      const value = valueAt(curve, amount);
      return value === null ? [] : [`${nameOf(curve)}: ${value.toFixed(3)} answered the same`];
    });
    this.stage.tip.show(event, title, lines);
  }

  typed(event) {
    const { value, most } = this.amounts;
    const targets = {
      ArrowRight: value + 1,
      ArrowUp: value + 1,
      ArrowLeft: value - 1,
      ArrowDown: value - 1,
      PageUp: value + BIG_STEP,
      PageDown: value - BIG_STEP,
      Home: 0,
      End: most,
    };
    if (!(event.key in targets)) return;
    event.preventDefault();
    this.amounts.moveTo(targets[event.key]);
  }
}

export default function (component) {
  return mount(component, RemovalPath);
}
