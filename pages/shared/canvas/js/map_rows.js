import { percent } from "./dom.js";
import { logAxis, scientific } from "./log_axis.js";
import { span } from "./map_cells.js";
import { blockHeight } from "./map_layout.js";
import { sampleShares } from "./sample_shares.js";
import { label, line } from "./surface.js";

const ROOM = 620;
const NARROWEST_CELL = 11;
const FULL = { between: 16, samples: 48, range: 58, gradient: 58, titleSize: 11, size: 11 };
const COMPACT = { between: 8, samples: 42, range: 40, gradient: 46, titleSize: 10, size: 9 };
const BAR_HEIGHT = 8;
const DOT = 2.5;
export const HEADER = 16;

/** Beside the history, on the rows of the layers: their samples, the range of their units, and their gradient. */
export class MapRows {
  update({ deadSamples, linearSamples, medianRange, meanGradient }) {
    this.given = deadSamples !== undefined;
    if (!this.given) return;
    Object.assign(this, { deadSamples, linearSamples, medianRange, meanGradient });
    this.layers = deadSamples.shape[1];
    this.columns = [
      { title: "samples" },
      { title: "range", values: medianRange, axis: logAxis(medianRange) },
      { title: "gradient", values: meanGradient, axis: logAxis(meanGradient) },
    ].filter(({ values, axis }) => !values || axis);
  }

  /**
   * How much they take of a figure so wide: less where it is narrow, and nothing where the cells of its `widest`
   * layer would become too small beside all else, which takes `others`.
   */
  widthIn(figure, others, widest) {
    this.shown = false;
    if (!this.given) return 0;
    this.form = figure >= ROOM ? FULL : COMPACT;
    const width = this.columns.reduce((sum, { title }) => sum + this.form[title] + this.form.between, 0);
    const cells = figure - others - width;
    this.shown = this.form === FULL || cells >= NARROWEST_CELL * widest;
    return this.shown ? width : 0;
  }

  get isCompact() {
    return this.form === COMPACT;
  }

  place(right) {
    if (!this.shown) return;
    let x = right;
    for (const column of [...this.columns].reverse()) {
      column.right = x;
      column.left = x -= this.form[column.title];
      x -= this.form.between;
    }
  }

  contains(x) {
    return this.shown && x > this.columns[0].left - this.form.between / 2;
  }

  /** `frame` is that of the epoch; the rows stand where `map` has them, its first at `top`. */
  paint(context, map, frame, top, ratio, palette) {
    if (!this.shown) return;
    const bottom = top + map.height + 2;
    for (const column of this.columns) {
      label(context, column.title, column.left, top - 10, palette.muted, "left", 400, this.form.titleSize);
      line(context, column.left, bottom + 0.5, column.right, bottom + 0.5, palette.line);
      this.labelEnds(context, column, bottom + 11, palette);
    }
    for (let layer = 0; layer < this.layers; layer++) {
      const [upper, height] = [top + map.tops[layer], blockHeight(map, layer)];
      const at = frame * this.layers + layer;
      for (const column of this.columns) {
        if (column.values)
          drawDot(context, column, column.values[at], upper + height / 2, Math.min(DOT, height / 2), palette);
        else this.drawBar(context, column, at, upper, height, ratio, palette);
      }
    }
  }

  labelEnds(context, { left, right, axis }, y, palette) {
    const [low, high] = axis ? axis.ends() : ["0", "1"];
    label(context, low, left, y, palette.muted, "left", 400, this.form.size);
    label(context, high, right, y, palette.muted, "right", 400, this.form.size);
  }

  drawBar(context, { left, right }, at, upper, height, ratio, palette) {
    const width = right - left;
    const thin = Math.min(height, BAR_HEIGHT);
    const [first, end] = span(upper + (height - thin) / 2, thin, ratio);
    let x = left;
    sampleShares(this.deadSamples[at], this.linearSamples[at]).forEach((share, code) => {
      const wide = share > 0 ? Math.max(1, share * width) : 0;
      context.fillStyle = palette.status[code];
      context.fillRect(x, first / ratio, Math.min(wide, right - x), (end - first) / ratio);
      x += wide;
    });
  }

  /** What the row of a layer says, in words. */
  words(frame, layer) {
    const at = frame * this.layers + layer;
    const [dead, linear] = [this.deadSamples[at], this.linearSamples[at]];
    return [
      { code: 0, text: `dead samples ${percent(dead, 1)}` },
      { code: 1, text: `linear samples ${percent(linear, 1)}` },
      { text: `median range of its pre-activations ${known(this.medianRange[at])}` },
      { text: `mean gradient ${known(this.meanGradient[at])}` },
    ];
  }
}

/** A value of 0 stands hollow at the lower end; one that was not recorded is not drawn. */
function drawDot(context, { left, right, axis }, value, y, radius, palette) {
  if (Number.isNaN(value)) return;
  const share = value > 0 ? axis.share(value) : 0;
  context.beginPath();
  context.arc(left + share * (right - left), y, radius, 0, 2 * Math.PI);
  context.fillStyle = value > 0 ? palette.ink : palette.background;
  context.fill();
  if (value > 0) return;
  context.lineWidth = 1;
  context.strokeStyle = palette.muted;
  context.stroke();
}

function known(value) {
  return Number.isNaN(value) ? "not recorded" : scientific(value);
}
