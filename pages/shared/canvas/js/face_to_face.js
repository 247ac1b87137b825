import { count, element } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { RankPlane } from "./rank_plane.js";
import { SampleChoice } from "./sample_choice.js";
import { SlopeLines } from "./slope_lines.js";
import { innerSize, mount } from "./stage.js";

/** Two units and the same samples in the order of either; a click follows a sample. */
class FaceToFace extends SampleChoice {
  constructor(stage) {
    super(stage);
    this.numbers = element("div", "legend pair-numbers");
    this.picker.node.before(this.numbers);
  }

  update(payload) {
    super.update(payload);
    const { header, arrays } = payload;
    this.places = arrays.places;
    this.picture = new (header.slopes ? SlopeLines : RankPlane)(header, arrays.places);
    this.order = null;
    this.numbers.replaceChildren(...header.numbers.map(([word, figure]) => number(word, figure)));
    this.stage.setTitle(header.title, header.qualifier);
    const said = header.numbers.map((pair) => pair.join(" ")).join(", ");
    const keys = "Up and down choose a sample, Enter follows it.";
    this.plot.setAttribute("aria-label", `${header.title}, ${header.names.join(" and ")}. ${said}. ${keys}`);
  }

  draw(palette) {
    const [width, height] = innerSize(this.plot);
    this.picture.place(width, height);
    const context = this.surface.begin(width, height);
    const followed = this.following.numbers.map((wanted) => this.samples.indexOf(wanted)).filter((at) => at >= 0);
    const pointed = this.pointed === null ? [] : [this.pointed];
    this.picture.draw(context, palette, {
      color: (sample) => this.colorOf(sample, palette),
      picked: (sample) => this.isPicked(sample),
      foremost: [...followed.filter((sample) => sample !== this.pointed), ...pointed],
      named: (sample) => this.isFollowed(sample),
      name: (sample) => String(this.samples[sample]),
    });
  }

  under(event) {
    return this.picture.sampleAt(...positionIn(this.plot, event), (sample) => this.isPicked(sample));
  }

  /** Up and down go through the order of the first unit. */
  typed(event) {
    if (event.key === "Enter" && this.pointed !== null) this.follow(this.pointed);
    const step = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const size = this.samples.length;
    this.order ??= Array.from({ length: size }, (_, sample) => sample).sort((a, b) => this.places[a] - this.places[b]);
    const from = this.pointed === null ? (step > 0 ? -1 : size) : this.order.indexOf(this.pointed);
    this.speak(this.order[Math.min(size - 1, Math.max(0, from + step))]);
  }

  words(sample) {
    return [this.nameOf(sample), ...this.header.names.map((name, side) => `${name}: ${this.placeWords(side, sample)}`)];
  }

  /** Such as `place 12 of 85`; of equal values the middle of their places. */
  placeWords(side, sample) {
    const place = this.places[side * this.samples.length + sample] + 1;
    const tied = Number.isInteger(place) ? "" : ", tied";
    const erased = this.picture.erases(side, sample) ? ", erased" : "";
    return `place ${count(place)} of ${count(this.samples.length)}${tied}${erased}`;
  }
}

function number(word, figure) {
  const node = element("span", "", `${word} `);
  node.append(element("b", "", figure));
  return node;
}

export default function (component) {
  return mount(component, FaceToFace);
}
