// Numbers and shapes from the bytes written by encoding.py and shapes.py.

const ARRAYS = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f32: Float32Array, f64: Float64Array };
const MISSING = { u8: 255, u16: 65535, u32: 4294967295 };

// The data of a page, given the element that its player fills.
function pageOf(root) {
  return JSON.parse(document.getElementById(root.dataset.spread).textContent);
}

// Decompress all parts of a page: numbers become bytes, texts become what they say.
async function inflateAll(part) {
  if (part.t && typeof part.d === "string") {
    const bytes = await inflate(part.d);
    return part.t === "json" ? JSON.parse(new TextDecoder().decode(bytes)) : { ...part, d: bytes };
  }
  const packed = (value) => value && typeof value === "object" && (!Array.isArray(value) || typeof value[0] === "object");
  await Promise.all(Object.entries(part).map(async ([name, value]) => packed(value) && (part[name] = await inflateAll(value))));
  return part;
}

// Unpack numbers; the largest number of an integer type means missing.
function unpack(packed) {
  const bytes = packed.raw ? bytesOf(packed.raw) : packed.d;
  if (packed.t === "whole") return unpackWhole(bytes, packed.n);
  const raw = new ARRAYS[packed.t](bytes.buffer);
  const missing = MISSING[packed.t];
  if (missing === undefined) return raw;
  const numbers = packed.t === "u32" ? new Float64Array(raw.length) : new Float32Array(raw.length);
  for (let i = 0; i < raw.length; i++) numbers[i] = raw[i] === missing ? NaN : raw[i];
  return numbers;
}

// Unpack integers with seven bits per byte; the lowest bit is the sign.
function unpackWhole(bytes, n) {
  const numbers = new Int32Array(n);
  let at = 0;
  for (let i = 0; i < n; i++) {
    let value = 0;
    let factor = 1;
    let byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte & 128);
    numbers[i] = value % 2 ? -(value + 1) / 2 : value / 2;
  }
  return numbers;
}

// Unpack polygons as flat arrays [x, y, x, y, ...], one per ring, in grid units.
function unpackRings(packed) {
  const counts = unpack(packed.rings);
  const sizes = unpack(packed.points);
  const steps = unpack(packed.steps);
  let ring = 0;
  let at = 0;
  let x = 0;
  let y = 0;
  return Array.from(counts, (count) =>
    Array.from({ length: count }, () => {
      const points = new Int32Array(2 * sizes[ring++]);
      for (let i = 0; i < points.length; i += 2) {
        points[i] = x += steps[at++];
        points[i + 1] = y += steps[at++];
      }
      return points;
    }),
  );
}
