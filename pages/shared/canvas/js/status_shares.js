import { count, percent } from "./dom.js";
import { drawEpochAxis, drawEpochCursor } from "./epoch_axis.js";
import { EpochPicture } from "./epoch_picture.js";
import { STATUS_WORDS } from "./palette.js";
import { mount } from "./stage.js";
import { label, line } from "./surface.js";
import { Turnover } from "./turnover.js";

const LEFT = 48;
const RIGHT = 10;
const TOP = 6;
const BOTTOM = 20;
const STRIP = 44;
const ABOVE_STRIP = 10;

/** Share of dead, linear and nonlinear units over the epochs; below it how many died and revived at each. */
class Shares extends EpochPicture {
  update({ header, arrays }) {
    super.update({ header, arrays });
    this.counts = arrays.counts;
    this.changes = arrays.changes;
    this.plot.setAttribute("aria-label", `${header.title} over the epochs, on ${header.split}`);
  }

  paint(palette) {
    const context = this.begin(LEFT, RIGHT);
    const strip = this.changes ? STRIP + ABOVE_STRIP : 0;
    const bottom = this.height - BOTTOM - strip;
    const y = (share) => bottom - share * (bottom - TOP);
    this.drawAreas(context, y, palette);
    for (const share of [0, 0.5, 1]) {
      label(context, `${100 * share} %`, LEFT - 6, y(share), palette.muted, "right");
      if (share === 0.5) line(context, LEFT - 3, y(share), LEFT, y(share), palette.line);
    }
    this.turnover = this.changes && new Turnover(this.axis, this.changes, bottom + ABOVE_STRIP, STRIP);
    this.turnover?.draw(context, palette);
    drawEpochAxis(context, this.axis, this.height - BOTTOM, palette);
    this.paintCursor();
  }

  /** From the top: all in the colour of nonlinear, on it dead and linear, on it dead. */
  drawAreas(context, y, palette) {
    const { axis } = this;
    context.fillStyle = palette.status[2];
    context.fillRect(axis.left, y(1), axis.reach - axis.left, y(0) - y(1));
    for (const code of [1, 0]) {
      context.fillStyle = palette.status[code];
      context.beginPath();
      context.moveTo(axis.left, y(0));
      context.lineTo(axis.left, y(this.shareUpTo(code, 0)));
      this.epochs.list.forEach((epoch, place) =>
        context.lineTo(axis.x(epoch), y(this.shareUpTo(code, place))),
      );
      context.lineTo(axis.reach, y(0));
      context.fill();
    }
  }

  paintCursor() {
    if (!this.axis) return;
    const { palette } = this.stage;
    const context = this.overlay.begin(this.width, this.height);
    drawEpochCursor(context, this.axis, this.epochs.epoch, TOP - 3, this.height - BOTTOM + 2, palette);
    const words = [this.header.split, `epoch ${this.epochs.epoch}`, ...this.changeWords(this.epochs.index)];
    this.stage.setTitle(this.header.title, words.join(" · "));
  }

  axisAt(x, y) {
    if (!this.axis?.contains(x) || y > this.height - BOTTOM + 6) return null;
    return this.turnover?.contains(y) ? this.turnover : this.axis;
  }

  /** `3 died, 1 revived` since the recorded epoch before. */
  changeWords(place) {
    if (!this.turnover) return [];
    const [died, revived] = this.turnover.at(place).map(count);
    return [`${died} died, ${revived} revived`];
  }

  countsAt(place) {
    return this.counts.subarray(3 * place, 3 * place + 3);
  }

  shareUpTo(code, place) {
    const counts = this.countsAt(place);
    const total = counts[0] + counts[1] + counts[2];
    return (code === 0 ? counts[0] : counts[0] + counts[1]) / total;
  }

  tell(event, place) {
    const counts = this.countsAt(place);
    const total = counts[0] + counts[1] + counts[2];
    const lines = [2, 1, 0].map((code) => ({
      color: this.stage.palette.status[code],
      text: `${STATUS_WORDS[code]} ${count(counts[code])} (${percent(counts[code], total)})`,
    }));
    const before = place > 0 ? ` since epoch ${this.epochs.list[place - 1]}` : "";
    const changes = this.changeWords(place).map((words) => words + before);
    this.stage.tip.show(event, `epoch ${this.epochs.list[place]}, ${this.header.split}`, [
      ...lines,
      ...changes,
    ]);
  }
}

export default function (component) {
  return mount(component, Shares);
}
