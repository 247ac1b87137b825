import { ClassLegend } from "./class_legend.js";
import { element, short } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { classColor, rgb } from "./palette.js";
import { Plane, flipped } from "./plane.js";
import { Raster, traceZero } from "./raster.js";
import { innerSize, mount } from "./stage.js";
import { Surface } from "./surface.js";

/** Where on the plane a unit's pre-activation is 0; shaded: where it passes. */
class Fold {
  constructor(stage) {
    this.stage = stage;
    this.legend = new ClassLegend();
    this.plot = element("div", "plot");
    this.plot.setAttribute("role", "img");
    stage.body.append(this.legend.node, this.plot);
    this.surface = new Surface(this.plot);
    this.raster = new Raster();
    this.plot.addEventListener("pointermove", (event) => this.tell(event));
    this.plot.addEventListener("pointerleave", () => stage.tip.hide());
  }

  update({ header, arrays }) {
    this.header = header;
    this.grid = arrays.preactivation;
    this.plane = new Plane(header.extent, arrays);
    this.heldOut = arrays.heldOut.some((held) => held);
    this.stage.setTitle(header.title, header.qualifier);
    this.plot.setAttribute("aria-label", `${header.title}: ${header.qualifier}`);
  }

  paint(palette) {
    const { plane } = this;
    const [rows, columns] = this.grid.shape;
    this.legend.refresh(this.header.classes, palette, { heldOut: this.heldOut });
    plane.fit(...innerSize(this.plot));
    const context = this.surface.begin(...innerSize(this.plot));
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
    if (sample !== null) {
      const color = classColor(this.stage.palette, this.plane.labels[sample]);
      lines.push({ color, shape: "dot", text: this.plane.words(sample, this.header.classes) });
    }
    this.stage.tip.show(event, "", lines);
  }
}

export default function (component) {
  return mount(component, Fold);
}
