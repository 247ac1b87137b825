import { ClassPicker } from "./class_picker.js";
import { element } from "./dom.js";
import { Following } from "./following.js";
import { classColor, mix } from "./palette.js";
import { Surface } from "./surface.js";

const QUIET = 0.22;

/**
 * A figure of samples that a click or Enter follows: classes to pick from, the picture, its caption, and what a reader
 * of the screen is told. A class that extends it has `draw(palette)`, `sampleAt(x, y)` and `words(sample)`, the first
 * of which is the title of the tip; samples go by their place in the payload.
 */
export class SampleChoice {
  constructor(stage) {
    this.stage = stage;
    this.picker = new ClassPicker(() => stage.requestPaint());
    this.plot = element("div", "plot");
    this.plot.tabIndex = 0;
    this.plot.setAttribute("role", "application");
    this.caption = element("p", "caption");
    this.spoken = element("div", "spoken");
    this.spoken.setAttribute("aria-live", "polite");
    stage.body.append(this.picker.node, this.plot, this.caption, this.spoken);
    this.surface = new Surface(this.plot);
    this.following = new Following();
    this.pointed = null;
    this.plot.addEventListener("pointerleave", () => this.pointAt(null));
    this.plot.addEventListener("blur", () => this.pointAt(null));
  }

  update({ header, arrays }) {
    this.header = header;
    this.samples = arrays.samples;
    this.labels = arrays.labels;
    this.pointed = null;
    this.following.offer(header.followed);
    this.caption.textContent = header.caption;
    this.caption.title = header.caption;
    this.caption.hidden = !header.caption;
  }

  paint(palette) {
    this.picker.node.hidden = !this.header.classes.length;
    this.picker.refresh(this.header.classes, palette);
    this.quiet = mix(palette.background, palette.muted, QUIET);
    this.draw(palette);
  }

  /** Its class's colour; quiet, where another class is picked. */
  colorOf(sample, palette) {
    if (!this.labels) return palette.muted;
    return this.isPicked(sample) ? classColor(palette, this.labels[sample]) : this.quiet;
  }

  isPicked(sample) {
    return this.picker.chosen === null || !this.labels || this.labels[sample] === this.picker.chosen;
  }

  isFollowed(sample) {
    return this.following.has(this.samples[sample]);
  }

  /** Such as `Sample 12`. */
  nameOf(sample) {
    return `Sample ${this.samples[sample]}`;
  }

  /** Its class, as a line of the tip. */
  classLines(sample) {
    if (!this.labels) return [];
    const number = this.labels[sample];
    const color = classColor(this.stage.palette, number);
    return [{ color, shape: "dot", text: this.header.classes[number] }];
  }

  pointAt(sample) {
    if (sample === null) this.stage.tip.hide();
    if (sample === this.pointed) return;
    this.pointed = sample;
    this.stage.requestPaint();
  }

  /** Shows in the tip what is under the pointer. */
  tellSample(event, sample) {
    this.plot.style.cursor = sample === null || !this.stage.sends.includes("sample") ? "" : "pointer";
    this.pointAt(sample);
    if (sample === null) return;
    const [title, ...lines] = this.words(sample);
    const hint = this.stage.sends.includes("sample") ? [this.isFollowed(sample) ? "followed" : "click to follow"] : [];
    this.stage.tip.show(event, title, [...this.classLines(sample), ...lines, ...hint]);
  }

  follow(sample) {
    if (!this.stage.sends.includes("sample")) return;
    this.following.toggle(this.samples[sample]);
    this.stage.requestPaint();
    this.stage.send("sample", this.samples[sample]);
  }

  /** Points at a sample by key, and says it. */
  speak(sample) {
    this.pointAt(sample);
    const [title, ...lines] = this.words(sample);
    const texts = this.classLines(sample).map(({ text }) => text);
    const followed = this.isFollowed(sample) ? ["followed"] : [];
    this.spoken.textContent = [title, ...texts, ...lines, ...followed].join(", ");
  }
}
