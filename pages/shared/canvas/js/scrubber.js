import { element } from "./dom.js";

const PACE = 50;
const QUIET_PACE = 500;
const PLAY = "M3 1.5v11l9-5.5z";
const PAUSE = "M3 1.5h3v11H3zM8 1.5h3v11H8z";

/** Play button, slider and the number of the epoch. */
export class Scrubber {
  constructor(epochs) {
    this.epochs = epochs;
    this.node = element("div", "scrubber");
    this.button = playButton();
    this.slider = element("input");
    this.slider.type = "range";
    this.slider.min = "0";
    this.slider.setAttribute("aria-label", "epoch");
    this.output = element("output");
    this.node.append(this.button, this.slider, this.output);
    this.button.addEventListener("click", () => this.toggle());
    this.slider.addEventListener("input", () => this.slide());
    this.slider.addEventListener("change", () => this.epochs.release());
    epochs.stage.onClose(() => this.stop());
  }

  /** Shows where the epochs stand. */
  refresh() {
    const { epochs, slider } = this;
    slider.max = String(Math.max(1, epochs.last));
    slider.disabled = this.button.disabled = epochs.last === 0;
    slider.value = String(epochs.last === 0 ? 1 : epochs.index);
    slider.style.setProperty("--filled", `${epochs.last ? (100 * epochs.index) / epochs.last : 100}%`);
    slider.setAttribute("aria-valuetext", `epoch ${epochs.epoch} of ${epochs.list[epochs.last]}`);
    this.output.textContent = String(epochs.epoch);
  }

  slide() {
    this.stop();
    this.epochs.moveTo(Number(this.slider.value));
  }

  toggle() {
    if (this.timer) {
      this.stop();
      this.epochs.release();
    } else {
      this.play();
    }
  }

  play() {
    if (this.epochs.index === this.epochs.last) this.epochs.moveTo(0);
    const quiet = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.timer = setInterval(() => this.step(), quiet ? QUIET_PACE : PACE);
    setIcon(this.button, PAUSE, "pause");
  }

  step() {
    this.epochs.moveTo(this.epochs.index + 1);
    if (this.epochs.index < this.epochs.last) return;
    this.stop();
    this.epochs.release();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    setIcon(this.button, PLAY, "play the epochs");
  }
}

function playButton() {
  const button = element("button");
  button.type = "button";
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("viewBox", "0 0 14 14");
  icon.append(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  button.append(icon);
  setIcon(button, PLAY, "play the epochs");
  return button;
}

function setIcon(button, path, words) {
  button.querySelector("path").setAttribute("d", path);
  button.setAttribute("aria-label", words);
  button.title = words;
}
