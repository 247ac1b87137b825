import { Epochs } from "./epochs.js";
import { Scrubber } from "./scrubber.js";
import { mount } from "./stage.js";

/** Play button and slider alone; the linked figures follow. */
class EpochSlider {
  constructor(stage) {
    this.stage = stage;
    this.epochs = new Epochs(stage, () => this.scrubber.refresh());
    this.scrubber = new Scrubber(this.epochs);
    stage.body.append(this.scrubber.node);
  }

  update({ header, arrays }) {
    this.stage.setTitle(header.title);
    this.epochs.update(header.link, arrays.epochs, header.epoch);
  }

  paint() {
    this.scrubber.refresh();
  }
}

export default function (component) {
  return mount(component, EpochSlider);
}
