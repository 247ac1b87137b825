import { count, element, swatch } from "./dom.js";
import { STATUS_WORDS } from "./palette.js";
import { mount } from "./stage.js";

/** Units by their status on train (rows) and test (columns); what differs is bold. */
class Confusion {
  constructor(stage) {
    this.stage = stage;
    this.table = element("table");
    this.sentence = element("p", "quiet");
    stage.body.append(this.table, this.sentence);
  }

  update({ header, arrays }) {
    this.counts = arrays.counts;
    this.stage.setTitle(header.title, header.qualifier);
    this.table.setAttribute("aria-label", `${header.title}: ${header.qualifier}`);
    this.sentence.textContent = header.sentence;
  }

  paint(palette) {
    const head = element("tr");
    head.append(
      element("th", "quiet", "train ↓  test →"),
      ...STATUS_WORDS.map((_, code) => named("col", code, palette)),
    );
    const rows = STATUS_WORDS.map((_, train) => {
      const row = element("tr");
      row.append(named("row", train, palette), ...STATUS_WORDS.map((_word, test) => this.cell(train, test)));
      return row;
    });
    this.table.replaceChildren(head, ...rows);
  }

  cell(train, test) {
    const units = this.counts[train * STATUS_WORDS.length + test];
    const cell = element("td", train === test || !units ? "quiet" : "differs", units ? count(units) : "·");
    cell.title = `${count(units)} units ${STATUS_WORDS[train]} on train and ${STATUS_WORDS[test]} on test`;
    return cell;
  }
}

function named(scope, code, palette) {
  const cell = element("th");
  cell.scope = scope;
  cell.append(swatch(palette.status[code]), STATUS_WORDS[code]);
  return cell;
}

export default function (component) {
  return mount(component, Confusion);
}
