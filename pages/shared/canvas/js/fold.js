import { short } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { rgb } from "./palette.js";
import { flipped } from "./plane.js";
import { PlanePicture } from "./plane_picture.js";
import { Raster, traceZero } from "./raster.js";
import { mount } from "./stage.js";

/** Where on the plane a unit's pre-activation is 0; shaded: where it passes. */
class Fold extends PlanePicture {
  constructor(stage) {
    super(stage);
    this.raster = new Raster();
  }

  update({ header, arrays }) {
    super.update({ header, arrays });
    this.grid = arrays.preactivation;
    this.plot.setAttribute("aria-label", `${header.title}: ${header.qualifier}`);
  }

  paint(palette) {
    const { plane } = this;
    const context = this.begin(palette);
    const [rows, columns] = this.grid.shape;
    const [passes, erased] = [rgb(palette.fold_pass), rgb(palette.background)];
    this.raster
      .paint(columns, rows, (index) => (this.grid[flipped(index, columns, rows)] > 0 ? passes : erased))
      .draw(context, 0, 0, plane.width, plane.height, true);
    this.drawLine(context, columns, rows, palette);
    plane.drawSamples(context, palette);
    plane.drawFrame(context, palette);
  }

  drawLine(context, columns, rows, palette) {
    const { plane } = this;
    context.strokeStyle = palette.ink;
    context.lineWidth = 2;
    context.lineCap = "round";
    const x = (column) => ((column + 0.5) / columns) * plane.width;
    const y = (row) => plane.height - ((row + 0.5) / rows) * plane.height;
    traceZero(context, this.grid, columns, rows, x, y);
  }

  tell(event) {
    const [x, y] = positionIn(this.plot, event);
    if (!this.plane.contains(x, y)) {
      this.stage.tip.hide();
      return;
    }
    const [rows, columns] = this.grid.shape;
    const value = this.grid[this.plane.cellAt(x, y, columns, rows)];
    const lines = [`pre-activation ${short(value)} here: ${value > 0 ? "passes" : "erased"}`];
    const sample = this.plane.sampleAt(x, y);
    if (sample !== null) lines.push(this.lineOf(sample));
    this.stage.tip.show(event, "", lines);
  }
}

export default function (component) {
  return mount(component, Fold);
}
