import { element, swatch } from "./dom.js";

/** What lies under the pointer, in words: a bold first line, then lines with a swatch where they have a colour. */
export class Tip {
  constructor(root) {
    this.root = root;
    this.node = element("div", "tip");
    root.append(this.node);
  }

  /** `lines`: texts, or `{color, text, shape}`. The place is that of a pointer event. */
  show(event, title, lines) {
    this.place(event, "tip", [element("b", "", title), ...lines.map(tipLine)]);
  }

  /** What words mean: `[word, text]` each, in running text. */
  explain(event, entries) {
    const paragraphs = entries.map(([word, text]) => {
      const node = element("p");
      node.append(element("b", "", word), element("br"), text);
      return node;
    });
    this.place(event, "tip wide", paragraphs);
  }

  place(event, className, content) {
    this.node.className = className;
    this.node.replaceChildren(...content);
    this.node.style.display = "block";
    const box = this.root.getBoundingClientRect();
    const left = Math.min(event.clientX - box.left + 14, box.width - this.node.offsetWidth - 4);
    const below = event.clientY - box.top + 16;
    const fits = event.clientY + 16 + this.node.offsetHeight < window.innerHeight;
    this.node.style.left = `${Math.max(0, left)}px`;
    this.node.style.top = `${fits ? below : below - this.node.offsetHeight - 26}px`;
  }

  hide() {
    this.node.style.display = "none";
  }
}

function tipLine(entry) {
  const node = element("div");
  if (typeof entry === "string") {
    node.textContent = entry;
  } else {
    node.append(swatch(entry.color, entry.shape), entry.text);
  }
  return node;
}
