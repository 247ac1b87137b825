import { ClassPicker } from "./class_picker.js";
import { element } from "./dom.js";
import { Following } from "./following.js";
import { KeyedPicture } from "./keyed_picture.js";
import { classColor, mix } from "./palette.js";

const QUIET = 0.22;

/**
 * A figure of samples that a click or Enter follows: classes to pick from, the picture and its caption. A class that
 * extends it has `draw(palette)`, `under(event)`, `typed(event)` and `words(sample)`, the first of which is the title of
 * the tip; samples go by their place in the payload.
 */
export class SampleChoice extends KeyedPicture {
  constructor(stage) {
    super(stage);
    this.picker = new ClassPicker(() => stage.requestPaint());
    this.caption = element("p", "caption");
    this.plot.before(this.picker.node);
    this.plot.after(this.caption);
    this.following = new Following(stage);
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

  tell(event) {
    this.tellSample(event, this.under(event));
  }

  clicked(event) {
    const sample = this.under(event);
    if (sample !== null) this.follow(sample);
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
