import { element } from "./dom.js";
import { FONT } from "./tokens.js";
import { paletteAt } from "./palette.js";
import { readPayload } from "./payload.js";
import { Tip } from "./tip.js";

/**
 * What every figure stands on: title, body, tip, size, theme and the way to the server. A view is a class with
 * `update(payload)`, which takes data, and `paint(palette)`, which draws it; streamlit calls us again for every
 * update, for new data as for another theme.
 */
export class Stage {
  constructor(root, View) {
    this.root = root;
    this.closers = [];
    this.turn = 0;
    this.titleNode = element("b");
    this.qualifierNode = element("span");
    this.head = element("div", "title");
    this.help = helpButton(this);
    this.head.append(this.titleNode, this.qualifierNode);
    this.body = element("div", "body");
    root.replaceChildren(this.head, this.body);
    this.tip = new Tip(root);
    this.view = new View(this);
    this.watchSize();
    document.fonts.load(`11px ${FONT}`).then(() => this.requestPaint());
  }

  accept({ data, setTriggerValue }) {
    this.setTriggerValue = setTriggerValue;
    const payload = readPayload(data);
    this.root.style.height = `${payload.header.height}px`;
    this.sends = payload.header.sends;
    this.heard = payload.header.heard;
    this.turn = Math.max(this.turn, this.heard);
    this.explained = payload.header.help ?? [];
    if (this.explained.length) this.head.append(this.help);
    else this.help.remove();
    this.view.update(payload);
    this.paint();
  }

  /** Title and, beside it in a quieter colour, on what data and when. */
  setTitle(title, qualifier = "") {
    this.titleNode.textContent = title;
    this.qualifierNode.textContent = qualifier;
    this.head.title = qualifier ? `${title} · ${qualifier}` : title;
  }

  /**
   * Tells the server, if the page listens, under a number of its own, which is returned. With every payload the server
   * says the last number that it `heard`, so that an answer given before that is known to be late. `more` goes along.
   */
  send(name, value, more = {}) {
    if (!this.sends.includes(name)) return null;
    this.turn += 1;
    this.setTriggerValue(name, { value, turn: this.turn, ...more });
    return this.turn;
  }

  /** Paints once before the next frame, however often it is asked. */
  requestPaint() {
    this.frame ??= requestAnimationFrame(() => this.paint());
  }

  paint() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    if (this.root.clientWidth < 20) return;
    this.palette = paletteAt(this.root);
    this.view.paint(this.palette);
  }

  onClose(closer) {
    this.closers.push(closer);
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.closers.forEach((closer) => closer());
  }

  watchSize() {
    const observer = new ResizeObserver(() => this.requestPaint());
    observer.observe(this.root);
    this.onClose(() => observer.disconnect());
  }
}

/** The `?` beside a title: hovering, focusing or pressing it says what the figure's words mean. */
function helpButton(stage) {
  const button = element("button", "help");
  button.type = "button";
  button.setAttribute("aria-label", "what this means");
  const show = () => {
    const box = button.getBoundingClientRect();
    stage.tip.explain({ clientX: box.left, clientY: box.bottom }, stage.explained);
  };
  button.addEventListener("pointerenter", show);
  button.addEventListener("focus", show);
  button.addEventListener("click", show);
  for (const event of ["pointerleave", "blur"]) button.addEventListener(event, () => stage.tip.hide());
  return button;
}

/** Width and height of a node in whole pixels that lie inside it. */
export function innerSize(node) {
  const box = node.getBoundingClientRect();
  return [Math.floor(box.width), Math.floor(box.height)];
}

/**
 * Called by streamlit through each figure's default export. What it returns is called when the figure leaves the page,
 * but also when one update overtakes another: then the figure stays.
 */
export function mount(component, View) {
  const root = component.parentElement.querySelector(".effdash");
  root.stage ??= new Stage(root, View);
  root.stage.accept(component);
  return () => {
    if (!root.isConnected) root.stage.close();
  };
}
