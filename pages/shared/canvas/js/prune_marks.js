import { disc, line } from "./surface.js";

const PIN = 3;
const LOCK = { width: 8, height: 6, bow: 2.6 };
export const LOCK_ROOM = 14;

/** The mark of a pinned unit, at its middle: filled where it is to stay, hollow and crossed where it is to go. */
export function drawPin(context, x, y, kind, cell, palette) {
  const radius = Math.min(PIN + 0.5, Math.max(2, cell / 4));
  disc(context, x, y, radius + 1.5, palette.background);
  if (kind === "kept") {
    disc(context, x, y, radius, palette.ink);
    return;
  }
  const reach = radius * 0.8;
  line(context, x - reach, y - reach, x + reach, y + reach, palette.ink, 1.5);
  line(context, x - reach, y + reach, x + reach, y - reach, palette.ink, 1.5);
}

/** A padlock whose body stands in the middle of a line of text; open where `closed` is not so. */
export function drawLock(context, x, y, closed, color) {
  const { width, height, bow } = LOCK;
  const top = y - height / 2 + 1.5;
  context.fillStyle = color;
  context.fillRect(x - width / 2, top, width, height);
  context.lineWidth = 1.5;
  context.strokeStyle = color;
  context.beginPath();
  context.arc(x, top - 1, bow, Math.PI, closed ? 2 * Math.PI : 1.6 * Math.PI);
  context.moveTo(x - bow, top - 1);
  context.lineTo(x - bow, top);
  if (closed) {
    context.moveTo(x + bow, top - 1);
    context.lineTo(x + bow, top);
  }
  context.stroke();
}
