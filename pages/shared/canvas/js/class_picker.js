import { count, element, swatch } from "./dom.js";
import { classColor } from "./palette.js";
import { textWidth } from "./surface.js";

const DOT_ROOM = 14;
const BETWEEN_NAMES = 14;
const WIDEST = 140;
const LETTERS = 12;
const LIST_ROOM = 124;
const PICKED = "effdash class picked";

/**
 * A dot and a name for each class, each a button: pressed, the figure shows this class against the rest. Classes that
 * have no room stand in a list at the end.
 */
export class ClassPicker {
  /** `onPick()` is called when another class, or none, is chosen. */
  constructor(onPick) {
    this.onPick = onPick;
    this.chosen = null;
    this.hear = ({ detail }) => this.heard(detail);
    window.addEventListener(PICKED, this.hear);
    this.node = element("div", "legend picker");
    this.node.setAttribute("role", "group");
    this.node.setAttribute("aria-label", "one class against the rest");
    this.context = document.createElement("canvas").getContext("2d");
  }

  /** What was chosen, here or in another figure, is kept as long as the classes stay the same. */
  refresh(names, palette) {
    const key = JSON.stringify([names, palette.scheme, this.node.clientWidth]);
    if (key === this.drawn) return;
    const classes = JSON.stringify(names);
    if (classes !== this.classes) this.chosen = window[PICKED]?.classes === classes ? window[PICKED].number : null;
    this.drawn = key;
    this.classes = classes;
    this.names = names;
    const shown = this.fitting();
    this.buttons = names.slice(0, shown).map((name, number) => this.button(name, number, palette));
    this.node.replaceChildren(...this.buttons);
    this.list = shown < names.length ? this.rest(shown) : null;
    if (this.list) this.node.append(this.list);
    this.mark();
  }

  /** How many classes have room. */
  fitting() {
    const widths = this.names.map((name) => {
      const text = Math.ceil(textWidth(this.context, name, 400, LETTERS));
      return DOT_ROOM + Math.min(WIDEST, text) + BETWEEN_NAMES;
    });
    const room = this.node.clientWidth + BETWEEN_NAMES;
    const whole = widths.reduce((sum, width) => sum + width, 0);
    if (whole <= room) return widths.length;
    let [used, shown] = [LIST_ROOM, 0];
    while (used + widths[shown] <= room) used += widths[shown++];
    return shown;
  }

  button(name, number, palette) {
    const button = element("button");
    button.type = "button";
    button.title = `${name} against the rest`;
    button.append(swatch(classColor(palette, number), "dot"), name);
    button.addEventListener("click", () => this.pick(this.chosen === number ? null : number));
    return button;
  }

  rest(first) {
    const list = element("select");
    list.setAttribute("aria-label", "more classes");
    list.append(new Option(`+${count(this.names.length - first)} classes`, ""));
    this.names.slice(first).forEach((name, place) => list.append(new Option(name, String(first + place))));
    list.addEventListener("change", () => this.pick(list.value === "" ? null : Number(list.value)));
    return list;
  }

  /** Every figure with the same classes shows the same one. */
  pick(number) {
    window[PICKED] = { classes: this.classes, number };
    window.dispatchEvent(new CustomEvent(PICKED, { detail: window[PICKED] }));
  }

  heard({ classes, number }) {
    if (!this.node.isConnected) {
      window.removeEventListener(PICKED, this.hear);
    } else if (classes === this.classes && number !== this.chosen) {
      this.chosen = number;
      this.mark();
      this.onPick();
    }
  }

  mark() {
    this.buttons.forEach((button, number) => button.setAttribute("aria-pressed", number === this.chosen));
    if (this.list) this.list.value = this.chosen === null || this.buttons[this.chosen] ? "" : String(this.chosen);
    this.node.classList.toggle("picked", this.chosen !== null);
  }
}
