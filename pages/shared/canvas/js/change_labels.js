const BESIDE_LINE = 4;
const BETWEEN_WORDS = 8;

/**
 * The words beside the lines of what was turned: `{left, right, text}` from left to right, none over another.
 *
 * `changes` are `{x, text}`, rising; words of neighbours that would meet become one: `λ 0.3, lr 0.01`, of more than
 * two `5 changes`. All stand between `left` and `right`; `wide(text)` measures.
 */
export function changeLabels(changes, left, right, wide) {
  const groups = changes.map((change) => [change]);
  const boxes = () => groups.map((group) => boxOf(group, left, right, wide));
  for (;;) {
    const placed = boxes();
    const meets = placed.findIndex((box, place) => place && box.left < placed[place - 1].right + BETWEEN_WORDS);
    if (meets < 0) return placed;
    groups.splice(meets - 1, 2, [...groups[meets - 1], ...groups[meets]]);
  }
}

/** To the right of the group's first line where there is room, else to the left of its last. */
function boxOf(group, left, right, wide) {
  const text = group.length > 2 ? `${group.length} changes` : group.map((change) => change.text).join(", ");
  const width = wide(text);
  const after = group[0].x + BESIDE_LINE;
  const before = group[group.length - 1].x - BESIDE_LINE - width;
  const start = after + width <= right ? after : Math.max(left, before);
  return { left: start, right: start + width, text };
}
