import { desk } from "./desk.js";
import { count, element } from "./dom.js";
import { Mailbox } from "./mailbox.js";
import { Rest } from "./rest.js";
import { mount } from "./stage.js";

const ARROW =
  "M12.5 8c-2.65 0-5.05.99-6.9 2.6L2 7v9h9l-3.62-3.62c1.39-1.16 3.16-1.88 5.12-1.88 3.54 0 6.55 2.31 7.6 5.5l2.37-.78C21.08 " +
  "11.03 17.15 8 12.5 8z";
const ASK_AGAIN = 150;
const [BACK, FORTH] = [-1, 1];

/**
 * Undo and redo, by button and by key, each press a step. And it keeps the page up with the hand: it asks again where an
 * exact answer is still being made, and tells when the hand rests.
 */
class Steps {
  constructor(stage) {
    this.stage = stage;
    this.mailbox = new Mailbox(stage);
    this.rest = new Rest(stage, () => this.tell("rest"));
    const row = stage.body.appendChild(element("div", "steps"));
    this.undo = row.appendChild(arrow("Undo", () => this.move(BACK)));
    this.redo = row.appendChild(arrow("Redo", () => this.move(FORTH)));
    const listen = (event) => this.typed(event);
    document.addEventListener("keydown", listen);
    stage.onClose(() => {
      document.removeEventListener("keydown", listen);
      clearTimeout(this.timer);
    });
  }

  update({ header }) {
    this.header = header;
    this.mailbox.hear();
    this.answered = desk().answered;
    clearTimeout(this.timer);
    this.rest.stop();
    if (header.isAwaited) this.timer = setTimeout(() => this.tell("look"), ASK_AGAIN);
    else if (header.isBehind) this.rest.begin();
  }

  paint() {
    const { back, forth } = this.left();
    refresh(this.undo, "Undo", back, "Ctrl+Z");
    refresh(this.redo, "Redo", forth, "Ctrl+Shift+Z");
  }

  /** How many steps there are each way, with what the person did since the server said it. */
  left() {
    const moved = this.mailbox.pending("step").reduce((sum, steps) => sum + steps, 0);
    return { back: this.header.back + moved, forth: this.header.forth - moved };
  }

  move(way) {
    const { back, forth } = this.left();
    // What waits to be answered may become a step, and so may what another figure knows to be answered and this one does
    // not yet: so that is asked for too, and does nothing where it did not.
    const waiting = desk().letters.length - this.mailbox.letters.length;
    const untold = desk().answered - this.answered;
    if ((way === BACK ? back + waiting + untold : forth) <= 0) return;
    this.mailbox.post("step", way, { adds: true });
    this.paint();
  }

  typed(event) {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key) || isWriting(event)) return;
    event.preventDefault();
    this.move(key === "y" || event.shiftKey ? FORTH : BACK);
  }

  /** Tells the server when nothing else waits for an answer; a later payload asks anew. */
  tell(name) {
    if (desk().letters.length) this.timer = setTimeout(() => this.tell(name), ASK_AGAIN);
    else this.mailbox.post(name, 1);
  }
}

function arrow(name, act) {
  const button = element("button");
  button.type = "button";
  button.setAttribute("aria-label", name);
  button.addEventListener("click", act);
  const picture = button.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  picture.setAttribute("viewBox", "0 0 24 24");
  picture.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path")).setAttribute("d", ARROW);
  return button;
}

function refresh(button, name, steps, keys) {
  button.disabled = steps <= 0;
  const told = steps > 0 ? `${name}: ${count(steps)} ${steps === 1 ? "step" : "steps"}` : `Nothing to ${name.toLowerCase()}`;
  button.title = `${told} (${keys})`;
}

/** Whether the keys go into a field of text, which has an undo of its own. */
function isWriting(event) {
  const [node] = event.composedPath();
  if (node.isContentEditable || node.tagName === "TEXTAREA") return true;
  return node.tagName === "INPUT" && !["range", "checkbox", "radio", "button"].includes(node.type);
}

export default function (component) {
  return mount(component, Steps);
}
