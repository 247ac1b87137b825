const LOWEST_ROW = 15;
const HIGHEST_ROW = 30;
const BETWEEN_GROUPS = 9;
const FOLD = 26;

/** Where the rows of strips stand: sections under each other, a folded one behind a line that opens it. */
export class StripRows {
  /** `sections` of the header; `room` is the height that they should fill as far as rows may be tall. */
  constructor(sections, room, open) {
    const closed = sections.filter(({ folded }) => !folded);
    const rows = closed.reduce((sum, { count }) => sum + count, 0);
    const gaps = BETWEEN_GROUPS * Math.max(0, closed.length - 1) + (closed.length < sections.length ? FOLD : 0);
    const pitch = Math.floor((room - gaps) / Math.max(1, rows));
    this.pitch = Math.min(HIGHEST_ROW, Math.max(LOWEST_ROW, pitch));
    this.fold = null;
    this.place(sections, open);
  }

  place(sections, open) {
    this.tops = [];
    this.brackets = [];
    let [y, first] = [0, 0];
    sections.forEach((section, number) => {
      if (section.folded) {
        this.fold = { top: y, height: FOLD, section, first };
        y += FOLD;
      } else if (number) {
        y += BETWEEN_GROUPS;
      }
      const shown = !section.folded || open;
      if (shown && !section.folded && section.words)
        this.brackets.push({ top: y, bottom: y + section.count * this.pitch - 1, section, first });
      for (let row = first; row < first + section.count; row++) {
        this.tops.push(shown ? y : NaN);
        if (shown) y += this.pitch;
      }
      first += section.count;
    });
    this.height = y;
  }

  /** Height of a row's strip, without the hairline below it. */
  get thick() {
    return this.pitch - 1;
  }

  /** The row at a height; null between them. */
  at(y) {
    const row = this.tops.findIndex((top) => y >= top && y < top + this.pitch);
    return row < 0 ? null : row;
  }

  /** The bracket at a height; null where there is none. */
  bracketAt(y) {
    return this.brackets.find(({ top, bottom }) => y >= top && y <= bottom) ?? null;
  }

  /** The row so many shown rows on from another one. */
  stepped(row, step) {
    const shown = this.tops.flatMap((top, place) => (Number.isNaN(top) ? [] : [place]));
    const from = shown.indexOf(row);
    return shown[Math.min(shown.length - 1, Math.max(0, (from < 0 ? -Math.sign(step) : from) + step))] ?? null;
  }
}
