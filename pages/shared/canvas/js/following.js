import { Shared } from "./shared.js";

const MOST_FOLLOWED = 8;

/** The numbers of the samples that are followed. The person's choice counts at once; the server is told of it. */
export class Following {
  constructor(stage) {
    this.text = new Shared(stage, "");
  }

  offer(numbers) {
    this.text.offer(numbers.join(","));
  }

  get numbers() {
    return this.text.value ? this.text.value.split(",").map(Number) : [];
  }

  has(number) {
    return this.numbers.includes(number);
  }

  /** Followed, or no longer; of too many the one followed longest is let go. */
  toggle(number) {
    const { numbers } = this;
    const next = this.has(number) ? numbers.filter((other) => other !== number) : [...numbers, number];
    this.text.set(next.slice(-MOST_FOLLOWED).join(","));
  }
}
