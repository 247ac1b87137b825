import { element } from "./dom.js";

const PACE = 50;
const QUIET_PACE = 500;
const REST = 2500;
const PLAY = "M3 1.5v11l9-5.5z";
const PAUSE = "M3 1.5h3v11H3zM8 1.5h3v11H8z";

/** Play button, slider and the number of the epoch. */
export class Scrubber {
  constructor(epochs) {
    this.epochs = epochs;
    this.node = element("div", "scrubber");
    this.button = playButton();
    this.looping = false;
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
    this.looping = false;
    this.stop();
    this.epochs.moveTo(Number(this.slider.value));
  }

  /** Plays over and over until the person takes a hand; not for those who want no motion. */
  loop() {
    if (wantsNoMotion()) return;
    this.looping = true;
    this.play();
  }

  toggle() {
    this.looping = false;
    if (this.timer) {
      this.stop();
      this.epochs.release();
    } else {
      this.play();
    }
  }

  play() {
    if (this.epochs.index === this.epochs.last) this.epochs.moveTo(0);
    this.timer = setInterval(() => this.step(), wantsNoMotion() ? QUIET_PACE : PACE);
    setIcon(this.button, PAUSE, "pause");
  }

  step() {
    this.epochs.moveTo(this.epochs.index + 1);
    if (this.epochs.index < this.epochs.last) return;
    this.stop();
    if (this.looping) this.timer = setTimeout(() => this.play(), REST);
    else this.epochs.release();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    setIcon(this.button, PLAY, "play the epochs");
  }
}

function wantsNoMotion() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
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
