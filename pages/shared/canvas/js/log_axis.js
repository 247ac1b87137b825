const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** Whole powers of ten along x that hold every positive value of a list; null where there is none. */
export function logAxis(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!(value > 0 && value < Infinity)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return null;
  const first = Math.floor(Math.log10(low));
  return new LogAxis(first, Math.max(first + 1, Math.ceil(Math.log10(high))));
}

class LogAxis {
  constructor(first, last) {
    Object.assign(this, { first, last });
  }

  /** How far along a value stands, in [0, 1]. */
  share(value) {
    return (Math.log10(value) - this.first) / (this.last - this.first);
  }

  ends() {
    return [powerOfTen(this.first), powerOfTen(this.last)];
  }
}

/** A number as people write it: `0.012`, `8.8 × 10⁻⁶`. */
export function scientific(value) {
  if (value === 0 || (value >= 1e-3 && value < 1e4)) return String(Number(value.toPrecision(2)));
  const [digits, exponent] = value.toExponential(1).split("e");
  return `${digits} × ${powerOfTen(Number(exponent))}`;
}

function powerOfTen(exponent) {
  return exponent === 0 ? "1" : `10${[...String(exponent)].map((sign) => RAISED[sign]).join("")}`;
}
