// Decompression of base64 data. The numbers and the player itself are compressed; they are decompressed synchronously,
// without the stream classes that older browsers lack.

function bytesOf(base64) {
  const letters = atob(base64);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

// Bits of a byte array, least significant first.
function bitReader(bytes, at) {
  let held = 0;
  let kept = 0;
  return {
    bits(n) {
      while (held < n) {
        kept |= bytes[at++] << held;
        held += 8;
      }
      const value = kept & ((1 << n) - 1);
      kept >>>= n;
      held -= n;
      return value;
    },
    // Read a symbol of a canonical Huffman code, bit by bit.
    symbol(code) {
      let word = 0;
      let first = 0;
      let index = 0;
      for (let length = 1; length < 16; length++) {
        if (!held) {
          kept = bytes[at++];
          held = 8;
        }
        word |= kept & 1;
        kept >>>= 1;
        held--;
        const count = code.count[length];
        if (word - count < first) return code.symbols[index + word - first];
        index += count;
        first = (first + count) << 1;
        word <<= 1;
      }
      throw new Error("the data of this page are damaged");
    },
    // Skip to the next whole byte and return its position.
    align() {
      at -= held >> 3;
      held = kept = 0;
      return at;
    },
    jump(to) {
      at = to;
    },
  };
}

function huffman(lengths) {
  const count = new Uint16Array(16);
  for (const length of lengths) count[length]++;
  count[0] = 0;
  const next = new Uint16Array(17);
  for (let i = 1; i < 16; i++) next[i + 1] = next[i] + count[i];
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length) symbols[next[length]++] = symbol;
  });
  return { count, symbols };
}

// Base values and extra bits of lengths and distances: RFC 1951, section 3.2.5.
function codeBases(first, groups, size, last) {
  const extra = Array.from({ length: groups }, (_, i) => Math.max(0, Math.floor(i / size) - 1));
  const base = [first];
  for (let i = 1; i < groups; i++) base.push(base[i - 1] + (1 << extra[i - 1]));
  if (last) {
    base.push(last);
    extra.push(0);
  }
  return { base, extra };
}
const LENGTHS = codeBases(3, 28, 4, 258);
const DISTANCES = codeBases(1, 30, 2, 0);
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function fixedCodes() {
  const lengths = Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8));
  return [huffman(lengths), huffman(new Array(30).fill(5))];
}

function dynamicCodes(reader) {
  const literals = reader.bits(5) + 257;
  const distances = reader.bits(5) + 1;
  const codes = reader.bits(4) + 4;
  const short = new Array(19).fill(0);
  for (let i = 0; i < codes; i++) short[CODE_ORDER[i]] = reader.bits(3);
  const code = huffman(short);
  const lengths = [];
  while (lengths.length < literals + distances) {
    const symbol = reader.symbol(code);
    if (symbol < 16) lengths.push(symbol);
    else {
      const repeated = symbol === 16 ? lengths[lengths.length - 1] : 0;
      const times = symbol === 16 ? 3 + reader.bits(2) : symbol === 17 ? 3 + reader.bits(3) : 11 + reader.bits(7);
      for (let i = 0; i < times; i++) lengths.push(repeated);
    }
  }
  return [huffman(lengths.slice(0, literals)), huffman(lengths.slice(literals))];
}

// Decompress a zlib stream.
function inflate(bytes) {
  const reader = bitReader(bytes, 2);
  let out = new Uint8Array(bytes.length * 6 + 1024);
  let size = 0;
  const room = (more) => {
    if (size + more <= out.length) return;
    const larger = new Uint8Array(2 * out.length + more);
    larger.set(out);
    out = larger;
  };
  for (let last = 0; !last; ) {
    last = reader.bits(1);
    const kind = reader.bits(2);
    if (kind === 0) {
      const at = reader.align();
      const length = bytes[at] | (bytes[at + 1] << 8);
      room(length);
      out.set(bytes.subarray(at + 4, at + 4 + length), size);
      size += length;
      reader.jump(at + 4 + length);
      continue;
    }
    const [literal, distance] = kind === 1 ? fixedCodes() : dynamicCodes(reader);
    for (;;) {
      const symbol = reader.symbol(literal);
      if (symbol === 256) break;
      room(258);
      if (symbol < 256) {
        out[size++] = symbol;
        continue;
      }
      const length = LENGTHS.base[symbol - 257] + reader.bits(LENGTHS.extra[symbol - 257]);
      const far = reader.symbol(distance);
      const from = size - DISTANCES.base[far] - reader.bits(DISTANCES.extra[far]);
      for (let i = 0; i < length; i++) out[size++] = out[from + i];
    }
  }
  return out.slice(0, size);
}
