import { changeLabels } from "./change_labels.js";
import { short } from "./dom.js";
import { EpochAxis, drawEpochAxis, drawEpochCursor } from "./epoch_axis.js";
import { EpochPicture } from "./epoch_picture.js";
import { innerSize, mount } from "./stage.js";
import { clearLabel, label, line, textWidth } from "./surface.js";
import { accuracyAxis, drawValueAxis, lossAxis, plainAxis } from "./value_axis.js";

const LEFT = 40;
const BESIDE_ENDS = 12;
const TOP = 22;
const BOTTOM = 20;
const BETWEEN = 14;
const SIDE_BY_SIDE = 600;
const LINE_HEIGHT = 13;
const LONGEST_SERIES = "jumpstart";

/**
 * Loss (logarithmic) and accuracy over the epochs, with what was turned while the network trained. What was not
 * recorded has no panel; something else, `extra`, may stand in the place of the accuracy.
 */
class Curves extends EpochPicture {
  constructor(stage) {
    super(stage);
    this.panels = [];
  }

  update({ header, arrays }) {
    super.update({ header, arrays });
    this.arrays = arrays;
    this.plot.setAttribute("aria-label", `${header.title}: loss and ${header.extra ?? "accuracy"} over the epochs`);
  }

  paint(palette) {
    const [width, height] = innerSize(this.plot);
    this.panels = this.placePanels(width, height);
    const context = this.surface.begin(width, height);
    for (const panel of this.panels) this.drawPanel(context, panel, palette);
    this.paintCursor();
  }

  /** Two panels, beside each other where there is room, else one above the other. */
  placePanels(width, height) {
    const all = this.recorded();
    const room = Math.max(...all.map(({ series }) => this.roomForEnds(series)));
    const beside = width >= SIDE_BY_SIDE;
    const each = beside ? (width - BETWEEN * (all.length - 1)) / all.length : width;
    const high = beside ? height : (height - BETWEEN * (all.length - 1)) / all.length;
    return all.map(({ series, panel }, number) => {
      const left = beside ? number * (each + BETWEEN) : 0;
      const top = beside ? 0 : number * (high + BETWEEN);
      const frame = {
        left: left + LEFT,
        right: left + each - room,
        top: top + TOP,
        bottom: top + high - BOTTOM,
        room,
      };
      return panel.call(this, frame, series);
    });
  }

  /** What has a panel: of linked runs always both, so that they stay alike; and of those that tell nothing. */
  recorded() {
    const all = [
      { series: this.lossSeries(), panel: this.lossPanel },
      this.header.extra === null
        ? { series: this.accuracySeries(), panel: this.accuracyPanel }
        : { series: this.extraSeries(), panel: this.extraPanel },
    ];
    const told = all.filter(({ series }) => series.some(({ values }) => values.some(Number.isFinite)));
    return told.length && this.header.end === null ? told : all;
  }

  extraSeries() {
    return [{ name: "", values: this.arrays.extra, dash: [] }];
  }

  lossSeries() {
    const { loss, task_loss, jumpstart_loss } = this.arrays;
    if (!jumpstart_loss.some((value) => value > 0)) return [{ name: "loss", values: loss, dash: [] }];
    return [
      { name: "whole", values: loss, dash: [] },
      { name: "task", values: task_loss, dash: [5, 3] },
      { name: "jumpstart", values: jumpstart_loss, dash: [1.5, 2.5] },
    ];
  }

  accuracySeries() {
    const { train_accuracy, test_accuracy } = this.arrays;
    const train = { name: "train", values: train_accuracy, dash: [] };
    return test_accuracy.some(Number.isFinite)
      ? [train, { name: "test", values: test_accuracy, dash: [5, 3] }]
      : [train];
  }

  /** The room beside the axes for names and values of the lines, the same whatever the values, and in linked runs. */
  roomForEnds(series) {
    const names = this.header.end === null ? series.map(({ name }) => name) : [LONGEST_SERIES];
    const widths = names.map((name) => textWidth(this.surface.context, `${name} 0.00000`));
    return Math.ceil(Math.max(...widths)) + BESIDE_ENDS;
  }

  lossPanel(frame, series) {
    const values = lossAxis(
      [...series.map((each) => each.values), this.header.loss],
      frame.top,
      frame.bottom,
    );
    return this.panel("loss, logarithmic", frame, series, values);
  }

  accuracyPanel(frame, series) {
    const values = accuracyAxis(
      [...series.map((each) => each.values), this.header.accuracy],
      this.header.chance,
      frame.top,
      frame.bottom,
    );
    return { ...this.panel("accuracy", frame, series, values), chance: this.header.chance };
  }

  extraPanel(frame, series) {
    const values = plainAxis(series[0].values, frame.top, frame.bottom);
    return { ...this.panel(this.header.extra, frame, series, values), plain: true };
  }

  panel(title, frame, series, values) {
    const right = Math.max(frame.left + 30, frame.right);
    const axis = new EpochAxis(this.epochs.list, frame.left, right, this.header.end);
    const places = this.header.changes.map(({ epoch, text }) => ({ x: Math.round(axis.x(epoch)) + 0.5, text }));
    const wide = (text) => textWidth(this.surface.context, text);
    const labels = changeLabels(places, frame.left, axis.right + frame.room, wide);
    return { title, frame, series, values, axis, labels };
  }

  drawPanel(context, panel, palette) {
    const { frame, axis, values } = panel;
    drawValueAxis(context, values, axis.left, axis.right, palette);
    drawEpochAxis(context, axis, frame.bottom, palette);
    label(context, panel.title, frame.left, frame.top - 14, palette.muted);
    this.drawChanges(context, panel, palette);
    const chance = panel.chance ?? null;
    if (chance !== null) this.drawChance(context, panel, palette);
    for (const series of panel.series) this.drawSeries(context, panel, series, palette);
    if (chance !== null) this.nameChance(context, panel, palette);
    this.nameSeries(context, panel, palette);
  }

  drawSeries(context, { axis, values }, series, palette) {
    context.strokeStyle = palette.ink;
    context.lineWidth = series.dash.length ? 1.25 : 1.5;
    context.setLineDash(series.dash);
    context.lineJoin = "round";
    context.lineCap = series.dash.length ? "butt" : "round";
    context.beginPath();
    let pen = false;
    series.values.forEach((value, place) => {
      const shown = values.shows(value);
      const [x, y] = [axis.x(this.epochs.list[place]), shown ? values.y(value) : 0];
      if (shown && !pen) context.moveTo(x - 0.01, y); // a single epoch is a dot
      if (shown) context.lineTo(x, y);
      pen = shown;
    });
    context.stroke();
    context.setLineDash([]);
  }

  /** The name and last value of each line, beside its end, apart from each other. */
  nameSeries(context, panel, palette) {
    const { axis, values, frame } = panel;
    const ends = panel.series
      .map((series) => ({ name: series.name, value: lastShown(series.values, values) }))
      .filter((end) => end.value !== null)
      .map((end) => ({ ...end, y: values.y(end.value) }));
    for (const end of apart(ends, frame.top, frame.bottom)) {
      label(context, end.name, axis.reach + 8, end.y, palette.ink);
      const x = axis.reach + 12 + textWidth(context, end.name);
      label(context, panelValue(panel, end.value), x, end.y, palette.ink, "left", 600);
    }
  }

  drawChance(context, { axis, values, chance }, palette) {
    const y = Math.round(values.y(chance)) + 0.5;
    line(context, axis.left, y, axis.right, y, palette.muted, 1, [2, 3]);
  }

  /** Above or below its line, where fewer of the curves run, to the left of the hand at the newest epoch. */
  nameChance(context, panel, palette) {
    const { axis, frame, values, chance } = panel;
    const y = Math.round(values.y(chance)) + 0.5;
    const words = `commonest class ${chance.toFixed(2)}`;
    const width = textWidth(context, words);
    const right = Math.max(axis.reach - 6, axis.left + width);
    const below = y + 9;
    const above = y - 8;
    const crossed = (middle) => this.countIn(panel, right - width, right, middle);
    const fits = below + LINE_HEIGHT / 2 < frame.bottom;
    clearLabel(context, words, right, fits && crossed(below) <= crossed(above) ? below : above, palette, "right");
  }

  /** How many epochs of the curves lie in a line of text. */
  countIn({ axis, series, values }, left, right, middle) {
    const inside = (value, place) => {
      const x = axis.x(this.epochs.list[place]);
      return x >= left && x <= right && values.shows(value) && Math.abs(values.y(value) - middle) < LINE_HEIGHT / 2;
    };
    return series.reduce((sum, one) => sum + one.values.filter(inside).length, 0);
  }

  drawChanges(context, { axis, frame, labels }, palette) {
    for (const { epoch } of this.header.changes) {
      const x = Math.round(axis.x(epoch)) + 0.5;
      line(context, x, frame.top - 4, x, frame.bottom, palette.muted, 1, [3, 3]);
    }
    for (const { left, text } of labels) label(context, text, left, frame.top - 1, palette.ink);
  }

  paintCursor() {
    if (!this.panels.length) return;
    const { palette } = this.stage;
    const context = this.overlay.begin(...innerSize(this.plot));
    for (const { axis, frame } of this.panels) {
      drawEpochCursor(context, axis, this.epochs.epoch, frame.top - 3, frame.bottom + 2, palette);
    }
    this.stage.setTitle(this.header.title, this.words(this.epochs.index).join(" · "));
  }

  words(place) {
    const { loss, train_accuracy, test_accuracy } = this.arrays;
    const words = [`epoch ${this.epochs.list[place]}`];
    if (loss.some(Number.isFinite)) words.push(`loss ${short(loss[place])}`);
    if (train_accuracy.some(Number.isFinite)) words.push(`train ${accuracyText(train_accuracy[place])}`);
    if (Number.isFinite(test_accuracy[place])) words.push(`test ${accuracyText(test_accuracy[place])}`);
    if (this.header.extra !== null) words.push(`${this.header.extra} ${short(this.arrays.extra[place])}`);
    return words;
  }

  tell(event, place) {
    const lines = this.panels.flatMap((panel) =>
      panel.series.map(
        (series) =>
          `${[panel.title.split(",")[0], series.name].filter(Boolean).join(", ")}: ${panelValue(panel, series.values[place])}`,
      ),
    );
    const turned = this.turnedUpTo(place);
    this.stage.tip.show(event, `epoch ${this.epochs.list[place]}`, [
      ...lines,
      ...turned.map(({ epoch, text }) => `set at epoch ${epoch}: ${text}`),
    ]);
  }

  /** What was turned since the recorded epoch before. */
  turnedUpTo(place) {
    const { list } = this.epochs;
    const before = place ? list[place - 1] : -Infinity;
    return this.header.changes.filter(({ epoch }) => epoch > before && epoch <= list[place]);
  }

  axisAt(x, y) {
    const panel = this.panels.find(
      ({ axis, frame }) => axis.contains(x) && y >= frame.top - TOP && y <= frame.bottom + BOTTOM,
    );
    return panel?.axis ?? null;
  }
}

function panelValue(panel, value) {
  return panel.values.logarithmic || panel.plain ? short(value) : accuracyText(value);
}

function accuracyText(value) {
  return Number.isFinite(value) ? value.toFixed(3) : "–";
}

function lastShown(list, values) {
  for (let place = list.length - 1; place >= 0; place--) if (values.shows(list[place])) return list[place];
  return null;
}

/** The same entries from top to bottom, at least a line's height apart and inside the panel. */
function apart(entries, top, bottom) {
  const sorted = [...entries].sort((one, other) => one.y - other.y);
  let free = top;
  for (const entry of sorted) {
    entry.y = Math.max(entry.y, free);
    free = entry.y + LINE_HEIGHT;
  }
  let limit = bottom;
  for (const entry of sorted.reverse()) {
    entry.y = Math.min(entry.y, limit);
    limit = entry.y - LINE_HEIGHT;
  }
  return sorted;
}

export default function (component) {
  return mount(component, Curves);
}
