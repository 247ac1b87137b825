/** A method's name, and whether the survivors take over. */
export function nameOf({ name, compensated }) {
  return compensated ? name : `${name}, without take-over`;
}

/** How far a curve gets before it is below a value. */
export function reachOf({ amounts, values }, lowest) {
  let last = values.length - 1;
  while (last > 0 && values[last] < lowest) last--;
  return amounts[last] ?? 0;
}

/** A curve's value at an amount, along the straight line between what is known; null outside of that. */
export function valueAt({ amounts, values }, amount) {
  const after = amounts.findIndex((each) => each >= amount);
  if (after < 0 || (after === 0 && amounts[0] > amount)) return null;
  if (after === 0) return values[0];
  const share = (amount - amounts[after - 1]) / (amounts[after] - amounts[after - 1]);
  return values[after - 1] + share * (values[after] - values[after - 1]);
}
