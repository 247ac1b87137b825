import { element } from "./dom.js";
import { Surface } from "./surface.js";

/**
 * A view that is one picture, named as a whole by its `aria-label`. A class that extends it has `tell(event)`, which
 * shows in the tip what lies under the pointer, or hides it; what stands above the picture is put before `plot`.
 */
export class Picture {
  constructor(stage) {
    this.stage = stage;
    this.plot = element("div", "plot");
    this.plot.setAttribute("role", "img");
    stage.body.append(this.plot);
    this.surface = new Surface(this.plot);
    this.plot.addEventListener("pointermove", (event) => this.tell(event));
    this.plot.addEventListener("pointerleave", () => stage.tip.hide());
  }
}
