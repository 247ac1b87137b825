import { element } from "./dom.js";
import { Picture } from "./picture.js";

/**
 * A picture in which the pointer and the keys choose; what the keys choose is said. A class that extends it has, beside
 * `tell(event)`, `clicked(event)` and `typed(event)`; what stands below the picture is put after `plot`.
 */
export class KeyedPicture extends Picture {
  constructor(stage) {
    super(stage);
    this.plot.tabIndex = 0;
    this.plot.setAttribute("role", "application");
    this.spoken = element("div", "spoken");
    this.spoken.setAttribute("aria-live", "polite");
    stage.body.append(this.spoken);
    this.plot.addEventListener("click", (event) => this.clicked(event));
    this.plot.addEventListener("keydown", (event) => this.typed(event));
  }
}
