import { drawEpochAxis, drawEpochCursor } from "./epoch_axis.js";
import { EpochPicture } from "./epoch_picture.js";
import { span } from "./map_cells.js";
import { STATUS_WORDS, pixel } from "./palette.js";
import { mount } from "./stage.js";
import { label } from "./surface.js";

const LEFT = 36;
const RIGHT = 10;
const TOP = 3;
const BOTTOM = 20;
const GAP = 3;

/** The status of one unit over the epochs, a row for each split. */
class Band extends EpochPicture {
  update({ header, arrays }) {
    super.update({ header, arrays });
    this.status = arrays.status;
    this.plot.setAttribute("aria-label", `${header.title}, on ${header.rows.join(" and ")}`);
  }

  paint(palette) {
    const context = this.begin(LEFT, RIGHT);
    this.bottom = this.height - BOTTOM;
    const count = this.header.rows.length;
    const row = (this.bottom - TOP - GAP * (count - 1)) / count;
    const pixels = this.surface.pixels();
    const top = (number) => TOP + number * (row + GAP);
    this.header.rows.forEach((_, number) => this.paintRow(pixels, number, top(number), row, palette));
    this.surface.put();
    this.header.rows.forEach((name, number) =>
      label(context, name, LEFT - 6, top(number) + row / 2, palette.muted, "right"),
    );
    drawEpochAxis(context, this.axis, this.bottom + 2, palette);
    this.paintCursor();
  }

  paintRow(pixels, number, top, height, palette) {
    const colors = palette.status.map(pixel);
    const [left, right] = [this.axis.left, this.axis.reach].map((x) => Math.round(x * pixels.ratio));
    const [upper, lower] = span(top, height, pixels.ratio);
    this.axis.columns(right - left).forEach((place, column) => {
      const color = colors[this.statusAt(number, place)];
      for (let y = upper; y < lower; y++) pixels.words[y * pixels.width + left + column] = color;
    });
  }

  paintCursor() {
    if (!this.axis) return;
    const context = this.overlay.begin(this.width, this.height);
    drawEpochCursor(context, this.axis, this.epochs.epoch, 0, this.bottom + 3, this.stage.palette);
    this.stage.setTitle(this.header.title, this.words(this.epochs.index).join(" · "));
  }

  statusAt(row, place) {
    return this.status[row * this.epochs.list.length + place];
  }

  words(place) {
    return this.header.rows.map((name, row) => `${STATUS_WORDS[this.statusAt(row, place)]} on ${name}`);
  }

  tell(event, place) {
    const lines = this.words(place).map((text, row) => ({
      color: this.stage.palette.status[this.statusAt(row, place)],
      text,
    }));
    this.stage.tip.show(event, `epoch ${this.epochs.list[place]}`, lines);
  }
}

export default function (component) {
  return mount(component, Band);
}
