const LONGEST_WAIT = 10_000;

/** What the person did, on its way to the server: one thing at a time. */
export class Mailbox {
  /** `onSettled()` is called when the server has answered to everything. */
  constructor(stage, onSettled = () => {}) {
    Object.assign(this, { stage, onSettled, letters: [] });
    stage.onClose(() => clearTimeout(this.timer));
  }

  /** Sends a value when its turn comes, if the page listens; `latest`: values of the same name that still wait are not sent at all. */
  post(name, value, { latest = false } = {}) {
    if (!this.stage.sends.includes(name)) return;
    if (latest) this.letters = this.letters.filter((letter) => letter.turn || letter.name !== name);
    this.letters.push({ name, value, turn: null });
    this.sendNext();
  }

  /** The values of this name to which the server has not answered yet, the oldest first. */
  pending(name) {
    return this.letters.filter((letter) => letter.name === name).map(({ value }) => value);
  }

  /** The server answered, whatever it heard. */
  hear() {
    this.drop((letter) => letter.turn && letter.turn <= this.stage.heard);
  }

  sendNext() {
    const [first] = this.letters;
    if (!first || first.turn) return;
    first.turn = this.stage.send(first.name, first.value);
    this.timer = setTimeout(() => this.drop((letter) => letter === first), LONGEST_WAIT);
  }

  drop(isDone) {
    const before = this.letters.length;
    this.letters = this.letters.filter((letter) => !isDone(letter));
    if (this.letters.length === before) return;
    clearTimeout(this.timer);
    this.sendNext();
    if (!this.letters.length) this.onSettled();
  }
}
