import { desk } from "./desk.js";

const LONGEST_WAIT = 10_000;

/** What the person did on a figure, on its way to the server: one thing at a time, in turn with other figures. */
export class Mailbox {
  /** `onSettled()` is called when the server has answered to everything. */
  constructor(stage, onSettled = () => {}) {
    Object.assign(this, { stage, onSettled });
    stage.onClose(() => this.drop(() => true));
  }

  /**
   * Sends a value when its turn comes, if the page listens. `latest`: values of the same name that still wait are not
   * sent at all; `adds`: where one was to go next, they go as their sum; `more` travels with the value.
   */
  post(name, value, { latest = false, adds = false, more = {} } = {}) {
    if (!this.stage.sends.includes(name)) return;
    if (latest) desk().drop((letter) => letter.box === this && letter.name === name && letter.turn === null);
    const last = desk().letters.at(-1);
    if (adds && last?.turn === null && last.box === this && last.name === name) last.value += value;
    else desk().add({ box: this, name, value, more, turn: null });
  }

  /** The values of this name to which the server has not answered yet, the oldest first. */
  pending(name) {
    return this.letters.filter((letter) => letter.name === name).map(({ value }) => value);
  }

  get letters() {
    return desk().letters.filter((letter) => letter.box === this);
  }

  /** The server answered, whatever it heard. */
  hear() {
    this.drop((letter) => letter.turn !== null && letter.turn <= this.stage.heard);
  }

  /** Called by the desk, when its turn has come. */
  dispatch(letter) {
    letter.turn = this.stage.send(letter.name, letter.value, letter.more) ?? 0;
    this.timer = setTimeout(() => this.drop((each) => each === letter), LONGEST_WAIT);
  }

  drop(isDone) {
    if (!this.letters.some(isDone)) return;
    clearTimeout(this.timer);
    desk().drop((letter) => letter.box === this && isDone(letter));
    if (!this.letters.length) this.onSettled();
  }
}
