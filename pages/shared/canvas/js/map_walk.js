/** The unit that a key leads to from the chosen one (null: none is chosen); null for other keys. */
export function unitBeside(key, chosen, record, perLine) {
  if (chosen === null) return key.startsWith("Arrow") ? 0 : null;
  const { layer, unit } = record.locate(chosen);
  const within = (number) => record.starts[layer] + Math.min(record.sizes[layer] - 1, Math.max(0, number));
  const inLayer = (other) => {
    const target = Math.min(record.sizes.length - 1, Math.max(0, other));
    return record.starts[target] + Math.min(record.sizes[target] - 1, unit);
  };
  const down = unit + perLine < record.sizes[layer];
  switch (key) {
    case "ArrowLeft":
      return within(unit - 1);
    case "ArrowRight":
      return within(unit + 1);
    case "ArrowUp":
      return unit >= perLine ? within(unit - perLine) : inLayer(layer - 1);
    case "ArrowDown":
      return down ? within(unit + perLine) : inLayer(layer + 1);
    case "Home":
      return within(0);
    case "End":
      return within(record.sizes[layer] - 1);
    case "PageUp":
      return inLayer(layer - 10);
    case "PageDown":
      return inLayer(layer + 10);
    default:
      return null;
  }
}
