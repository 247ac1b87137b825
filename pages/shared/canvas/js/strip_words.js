import { count, percent } from "./dom.js";
import { atLeast } from "./strip_painter.js";

const MOST_TOLD = 4;
const ANY = 1 / 255;

/** How many samples of a row are at or below 0. */
export function cutInWords({ cut, samples }, row) {
  return `${count(cut[row])} of ${count(samples)} samples at or below 0`;
}

/** What stands at a place of a row: one sample, or the classes in its bin; as lines of the tip. */
export function samplesInWords(painter, names, row, place) {
  const told = painter.single ? oneInWords(painter, names, row, place) : binInWords(painter, names, row, place);
  const tail = place < painter.erased[row] ? ["erased: its order is not told on"] : [];
  return [...told, cutInWords(painter, row), ...tail];
}

function oneInWords(painter, names, row, place) {
  const number = painter.classOf(row, place);
  const sample = painter.numbers[painter.places[row * painter.samples + place]];
  return [
    dot(painter, number, `sample ${sample}: ${names[number]}`),
    `place ${place + 1} of ${painter.samples} from the lowest`,
  ];
}

function binInWords(painter, names, row, place) {
  const bin = painter.binAt(place);
  const [from, to] = [painter.edges[bin] + 1, painter.edges[bin + 1]];
  const shares = painter.sharesOf(row, bin);
  const most = atLeast(shares, ANY)
    .sort((one, two) => two[1] - one[1])
    .slice(0, MOST_TOLD);
  const { chosen } = painter;
  if (chosen !== null && !most.some(([number]) => number === chosen)) most.push([chosen, shares[chosen] / 255]);
  return [
    `places ${count(from)} to ${count(to)} of ${count(painter.samples)} from the lowest`,
    ...most.map(([number, share]) => dot(painter, number, `${names[number]} ${percent(share, 1)}`)),
  ];
}

function dot(painter, number, text) {
  return { color: painter.colors[number], shape: "dot", text };
}
