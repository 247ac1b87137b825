import { element } from "./dom.js";
import { Epochs } from "./epochs.js";
import { positionIn } from "./epoch_hand.js";
import { KeyedPicture } from "./keyed_picture.js";
import { MovingMap } from "./moving_map.js";
import { STATUS_WORDS } from "./palette.js";
import { Scrubber } from "./scrubber.js";
import { Shared } from "./shared.js";
import { innerSize, mount } from "./stage.js";
import { StatusLegend } from "./status_legend.js";
import { clearLabel, disc } from "./surface.js";

const FEW = 80;
const AWHILE = 120;

/** The units of a layer by the orders that they tell: near ones are alike. They move with the epoch. */
class UnitPlaces extends KeyedPicture {
  constructor(stage) {
    super(stage);
    this.epochs = new Epochs(stage, () => stage.requestPaint());
    this.scrubber = new Scrubber(this.epochs);
    this.legend = new StatusLegend();
    this.caption = element("p", "caption");
    this.plot.before(this.scrubber.node, this.legend.node);
    this.plot.after(this.caption);
    this.chosen = new Shared(stage, null);
    stage.onClose(() => clearTimeout(this.timer));
  }

  update({ header, arrays }) {
    const same = header.layer === this.header?.layer && header.link === this.header.link;
    this.header = header;
    this.status = arrays.status;
    this.epochs.update(header.link, arrays.epochs, header.epoch, header.end);
    this.map = new MovingMap(arrays.places, () => this.stage.requestPaint(), same ? this.map : null);
    if (same) this.chosen.offer(header.chosen);
    else this.chosen = new Shared(this.stage, header.chosen);
    this.caption.textContent = header.caption;
    this.caption.title = header.caption;
    const keys = "Arrow keys choose a unit.";
    this.plot.setAttribute("aria-label", `${header.title}, ${this.map.size} units of ${header.layer}. ${keys}`);
  }

  statusOf(unit) {
    return this.status[this.epochs.index * this.map.size + unit];
  }

  paint(palette) {
    const { map } = this;
    this.scrubber.refresh();
    this.stage.setTitle(this.header.title, `${this.header.qualifier} · epoch ${this.epochs.epoch}`);
    const totals = [0, 0, 0];
    for (let unit = 0; unit < map.size; unit++) totals[this.statusOf(unit)]++;
    this.legend.refresh(totals, null, palette);
    const [width, height] = innerSize(this.plot);
    const context = this.surface.begin(width, height);
    map.place(width, height);
    map.step(this.epochs.index);
    const radius = map.size > FEW ? 3.5 : 5;
    for (let unit = 0; unit < map.size; unit++)
      disc(context, map.x(unit), map.y(unit), radius, palette.status[this.statusOf(unit)]);
    this.drawChosen(context, radius, palette);
  }

  drawChosen(context, radius, palette) {
    const { map } = this;
    const unit = this.chosen.value;
    if (unit === null || unit >= map.size) return;
    const [x, y] = [map.x(unit), map.y(unit)];
    disc(context, x, y, radius + 4.5, palette.background);
    disc(context, x, y, radius + 3, palette.ink);
    disc(context, x, y, radius + 1, palette.background);
    disc(context, x, y, radius, palette.status[this.statusOf(unit)]);
    clearLabel(context, String(unit), x + radius + 7, y - 7, palette);
  }

  under(event) {
    return this.map.itemAt(...positionIn(this.plot, event));
  }

  choose(unit) {
    this.chosen.set(unit);
    this.stage.requestPaint();
  }

  clicked(event) {
    const unit = this.under(event);
    if (unit === null) return;
    this.choose(unit);
    this.stage.send("unit", unit);
  }

  typed(event) {
    if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
    this.choose(this.map.neighbour(this.chosen.value ?? 0, event.key));
    this.spoken.textContent = this.words(this.chosen.value).join(", ");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stage.send("unit", this.chosen.value), AWHILE);
  }

  words(unit) {
    return [`${this.header.layer} · ${unit}`, `${STATUS_WORDS[this.statusOf(unit)]} on ${this.header.split}`];
  }

  tell(event) {
    const unit = this.under(event);
    this.plot.style.cursor = unit === null ? "" : "pointer";
    if (unit === null) {
      this.stage.tip.hide();
      return;
    }
    const [name, status] = this.words(unit);
    this.stage.tip.show(event, name, [{ color: this.stage.palette.status[this.statusOf(unit)], text: status }]);
  }
}

export default function (component) {
  return mount(component, UnitPlaces);
}
