import { ClassLegend } from "./class_legend.js";
import { count, element } from "./dom.js";
import { positionIn } from "./epoch_hand.js";
import { classColor } from "./palette.js";
import { Plane } from "./plane.js";
import { PlaneImages } from "./plane_change.js";
import { innerSize, mount } from "./stage.js";
import { Surface, clearLabel, disc, label, line, shortened, textWidth } from "./surface.js";

const TITLES = ["Before", "After", "Difference"];
const BEFORE = 0;
const DIFFERENCE = 2;
const RING = 6;
const ANCHOR = 8.5;
const LEAST_ROOM = 9;
const LONGEST_NAME = 84;
const NARROW = 560;
const TALLER = 1.5;

/** The decision function before and after, and where they differ, side by side on the same plane. */
class DecisionChange {
  constructor(stage) {
    this.stage = stage;
    this.legend = new ClassLegend();
    this.planes = new PlaneImages();
    this.grid = element("div", "triptych");
    this.panels = TITLES.map((title, place) => this.panel(title, place));
    this.caption = element("div", "caption tall");
    stage.body.append(this.legend.node, this.grid, this.caption);
  }

  panel(title, place) {
    const node = this.grid.appendChild(element("div"));
    const head = node.appendChild(element("div", "title"));
    head.append(element("b", "", title));
    const qualifier = head.appendChild(element("span"));
    const plot = node.appendChild(element("div", "plot"));
    plot.setAttribute("role", "img");
    plot.addEventListener("pointermove", (event) => this.tell(event, place));
    plot.addEventListener("pointerleave", () => this.leave());
    return { head, qualifier, plot, surface: new Surface(plot), overlay: new Surface(plot) };
  }

  update({ header, arrays }) {
    Object.assign(this, { header, arrays, plane: new Plane(header.extent, arrays), images: null });
    const [before, after] = header.units.map((units) => `${count(units)} ${units === 1 ? "unit" : "units"}`);
    this.stage.setTitle(header.title, `difference: ${header.difference}`);
    [before, after, header.differs].forEach((words, place) => {
      const { head, qualifier, plot } = this.panels[place];
      qualifier.textContent = words;
      head.title = place === DIFFERENCE ? header.difference : words;
      plot.setAttribute("aria-label", `${header.title}, ${TITLES[place].toLowerCase()}: ${head.title}`);
    });
    this.caption.textContent = this.caption.title = header.caption;
  }

  paint(palette) {
    const isNarrow = this.stage.root.clientWidth <= NARROW;
    this.stage.root.style.height = `${this.header.height * (isNarrow ? TALLER : 1)}px`;
    this.legend.refresh(this.header.classes, palette, { heldOut: this.plane.heldOut.some(Boolean) });
    // All three are as large as the smallest of them, so that they can be compared.
    const sizes = this.panels.map(({ plot }) => innerSize(plot));
    this.plane.fit(Math.min(...sizes.map(([width]) => width)), Math.min(...sizes.map(([, height]) => height)));
    this.panels.forEach(({ surface, overlay }, place) => {
      surface.begin(...sizes[place]);
      overlay.begin(...sizes[place]);
    });
    const images = this.imagesFor(palette);
    this.panels.forEach(({ surface: { context } }, place) => {
      context.putImageData(images[place], 0, 0);
      if (place === DIFFERENCE) this.drawChanged(context, palette);
      else this.drawAnswers(context, place === BEFORE ? this.arrays.beforeRegions : this.arrays.afterRegions, palette);
      this.drawAnchors(context, palette);
      this.plane.drawFrame(context, palette);
    });
  }

  /** Made again only where the answers, the size or the theme are others. */
  imagesFor(palette) {
    const { ratio } = this.panels[0].surface;
    const [width, height] = [this.plane.width, this.plane.height].map((size) => Math.max(1, Math.round(size * ratio)));
    const key = [width, height, palette.scheme].join();
    if (!this.images || this.images.key !== key)
      this.images = { key, list: this.planes.images(this.arrays, this.header.classes, width, height, ratio, palette) };
    return this.images.list;
  }

  drawAnswers(context, regions, palette) {
    const { plane } = this;
    for (let start = 0; start < regions.length; start += 4) this.drawRegion(context, regions.subarray(start), palette);
    plane.drawSamples(context, palette);
    this.eachChanged((x, y) => drawRing(context, x, y, palette));
  }

  /** The name of a class where it has most room, unless anchor or legend tell it. */
  drawRegion(context, [number, column, row, radius], palette) {
    if (this.header.anchors && this.arrays.anchorLabels.includes(number)) return;
    if (this.plane.labels.length && this.header.classes.length <= palette.classes.length) return;
    const [rows, columns] = this.arrays.near.shape;
    const [wide, high] = [this.plane.width / columns, this.plane.height / rows];
    const room = radius * Math.min(wide, high);
    if (room < LEAST_ROOM) return;
    const name = shortened(context, this.header.classes[number], 2 * room - 4);
    label(context, name, (column + 0.5) * wide, this.plane.height - (row + 0.5) * high, palette.ink, "center", 600);
  }

  /** Only the samples whose decision changed, ringed. */
  drawChanged(context, palette) {
    this.eachChanged((x, y, sample) => {
      this.plane.drawSample(context, sample, 3, palette);
      drawRing(context, x, y, palette);
    });
  }

  eachChanged(draw) {
    const { plane, arrays } = this;
    arrays.changed.forEach((changed, sample) => {
      if (changed) draw(plane.x(plane.points[2 * sample]), plane.y(plane.points[2 * sample + 1]), sample);
    });
  }

  /** The samples through which the plane was laid, with the names of their classes. */
  drawAnchors(context, palette) {
    if (!this.header.anchors) return;
    const { anchorPlaces, anchorLabels } = this.arrays;
    anchorLabels.forEach((number, anchor) => {
      const [x, y] = [this.plane.x(anchorPlaces[2 * anchor]), this.plane.y(anchorPlaces[2 * anchor + 1])];
      const name = this.header.classes[number];
      const isShort = textWidth(context, name, 600) <= 2 * ANCHOR - 5;
      disc(context, x, y, isShort ? ANCHOR : 5, palette.ink);
      disc(context, x, y, isShort ? ANCHOR - 1.5 : 3.5, palette.background);
      if (isShort) {
        label(context, name, x, y + 0.5, palette.ink, "center", 600);
        return;
      }
      const isLeft = x > this.plane.width / 2;
      const words = shortened(context, name, LONGEST_NAME);
      clearLabel(context, words, x + (isLeft ? -9 : 9), y, palette, isLeft ? "right" : "left");
    });
  }

  tell(event, place) {
    const [x, y] = positionIn(this.panels[place].plot, event);
    if (!this.plane.width || !this.plane.contains(x, y)) {
      this.leave();
      return;
    }
    this.pointAt(x, y);
    const { before, after, beforeSure, afterSure, near } = this.arrays;
    const [rows, columns] = near.shape;
    const cell = this.plane.cellAt(x, y, columns, rows);
    const lines = [
      this.answerLine("before", before[cell], beforeSure[cell]),
      this.answerLine("after", after[cell], afterSure[cell]),
    ];
    const sample = this.plane.sampleAt(x, y);
    if (sample !== null) lines.push(this.sampleLine(sample));
    if (!near[cell]) lines.push("far from all data");
    const isSame = before[cell] === after[cell];
    this.stage.tip.show(event, isSame ? "Answered the same" : "Answered differently", lines);
  }

  answerLine(when, number, sure) {
    const text = `${when}: ${this.header.classes[number]}, ${Math.round((100 * sure) / 255)} % sure`;
    return { color: classColor(this.stage.palette, number), shape: "dot", text };
  }

  sampleLine(sample) {
    const { plane, arrays, header } = this;
    const text = `${plane.words(sample, header.classes)}${arrays.changed[sample] ? ": its decision changed" : ""}`;
    return { color: classColor(this.stage.palette, plane.labels[sample]), shape: "dot", text };
  }

  /** The place under the pointer, in all three. */
  pointAt(x, y) {
    for (const { overlay } of this.panels) {
      const context = overlay.begin(overlay.width, overlay.height);
      const { palette } = this.stage;
      for (const [stroke, color] of [
        [3, palette.background],
        [1, palette.ink],
      ]) {
        line(context, x - 9, y, x - 3, y, color, stroke);
        line(context, x + 3, y, x + 9, y, color, stroke);
        line(context, x, y - 9, x, y - 3, color, stroke);
        line(context, x, y + 3, x, y + 9, color, stroke);
      }
    }
  }

  leave() {
    this.stage.tip.hide();
    for (const { overlay } of this.panels) overlay.begin(overlay.width ?? 0, overlay.height ?? 0);
  }
}

function drawRing(context, x, y, palette) {
  context.beginPath();
  context.arc(x, y, RING, 0, 2 * Math.PI);
  for (const [stroke, color] of [
    [4, palette.background],
    [2, palette.changed],
  ]) {
    context.lineWidth = stroke;
    context.strokeStyle = color;
    context.stroke();
  }
}

export default function (component) {
  return mount(component, DecisionChange);
}
