import { Epochs } from "./epochs.js";
import { positionIn } from "./epoch_hand.js";
import { MovingMap } from "./moving_map.js";
import { SampleChoice } from "./sample_choice.js";
import { Scrubber } from "./scrubber.js";
import { innerSize, mount } from "./stage.js";
import { clearLabel, disc } from "./surface.js";

const CROWD = 600;

/** The samples as a layer sees them: near ones are told alike. They move with the epoch. */
class SampleMap extends SampleChoice {
  constructor(stage) {
    super(stage);
    this.epochs = new Epochs(stage, () => stage.requestPaint());
    this.scrubber = new Scrubber(this.epochs);
    this.picker.node.before(this.scrubber.node);
  }

  update(payload) {
    const { header, arrays } = payload;
    const sameLayer = header.title === this.header?.title && header.link === this.header.link;
    super.update(payload);
    this.epochs.update(header.link, arrays.epochs, header.epoch, header.end);
    this.map = new MovingMap(arrays.places, () => this.stage.requestPaint(), sameLayer ? this.map : null);
    const keys = "Arrow keys choose a sample, Enter follows it.";
    this.plot.setAttribute("aria-label", `${header.title}, ${this.samples.length} samples. ${keys}`);
  }

  draw(palette) {
    const { map } = this;
    this.scrubber.refresh();
    this.stage.setTitle(this.header.title, `${this.header.qualifier} · epoch ${this.epochs.epoch}`);
    const [width, height] = innerSize(this.plot);
    const context = this.surface.begin(width, height);
    map.place(width, height);
    map.step(this.epochs.index);
    const radius = map.size > CROWD ? 2.2 : 3.2;
    for (const picked of [false, true])
      for (let sample = 0; sample < map.size; sample++)
        if (this.isPicked(sample) === picked)
          disc(context, map.x(sample), map.y(sample), radius, this.colorOf(sample, palette));
    for (let sample = 0; sample < map.size; sample++)
      if (this.isFollowed(sample) || sample === this.pointed) this.drawForemost(context, sample, palette);
  }

  drawForemost(context, sample, palette) {
    const [x, y] = [this.map.x(sample), this.map.y(sample)];
    disc(context, x, y, 8, palette.background);
    disc(context, x, y, 6.5, palette.ink);
    disc(context, x, y, 4.5, this.colorOf(sample, palette));
    if (this.isFollowed(sample)) clearLabel(context, String(this.samples[sample]), x + 10, y - 8, palette);
  }

  under(event) {
    return this.map.itemAt(...positionIn(this.plot, event), (sample) => this.isPicked(sample));
  }

  typed(event) {
    if (event.key === "Enter" && this.pointed !== null) this.follow(this.pointed);
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    this.speak(this.pointed === null ? 0 : this.map.neighbour(this.pointed, event.key));
  }

  words(sample) {
    return [this.nameOf(sample)];
  }
}

export default function (component) {
  return mount(component, SampleMap);
}
