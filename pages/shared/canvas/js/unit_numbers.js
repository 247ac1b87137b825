/** The units of a network, numbered one layer after the other. */
export class UnitNumbers {
  constructor(sizes) {
    this.sizes = Array.from(sizes);
    this.starts = [];
    this.units = 0;
    for (const size of this.sizes) {
      this.starts.push(this.units);
      this.units += size;
    }
  }

  /** Layer and number within it of the unit with this number in the network. */
  locate(unit) {
    let layer = this.starts.length - 1;
    while (layer > 0 && this.starts[layer] > unit) layer--;
    return { layer, unit: unit - this.starts[layer] };
  }
}
