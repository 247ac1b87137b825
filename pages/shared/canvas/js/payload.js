/** What Python packed: a header of words and single numbers, and arrays (see effdash/figures/payload.py). */

const TYPES = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
};

/** Reads `{header, arrays}` from raw bytes; each array is a typed array that also knows its `shape`. */
export function readPayload(bytes) {
  const buffer = bytes.slice().buffer; // a copy of its own begins at an aligned address
  const end = 4 + new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, end - 4)));
  const arrays = {};
  for (const [name, place] of Object.entries(header.arrays)) {
    const length = place.shape.reduce((product, size) => product * size, 1);
    arrays[name] = new TYPES[place.dtype](buffer, end + place.offset, length);
    arrays[name].shape = place.shape;
  }
  return { header, arrays };
}
