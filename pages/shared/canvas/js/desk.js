/**
 * What a person does on several figures reaches the server in the order in which it was done, one thing at a time.
 * All figures of the page share one desk, though each is a module of its own.
 */
class Desk {
  constructor() {
    this.letters = [];
    this.answered = 0;
  }

  add(letter) {
    this.letters.push(letter);
    this.sendNext();
  }

  /** Forgets letters; the next one goes out. */
  drop(isDone) {
    const waiting = this.letters.filter((letter) => !isDone(letter));
    this.answered += this.letters.length - waiting.length;
    this.letters = waiting;
    this.sendNext();
  }

  sendNext() {
    const [first] = this.letters;
    if (first && first.turn === null) first.box.dispatch(first);
  }
}

/** The desk of the page. */
export function desk() {
  window.effdashDesk ??= new Desk();
  return window.effdashDesk;
}
