import fc from "fast-check";

/** What a one-component JPEG stream is put together from. */
export interface JpegParts {
  /** The frame header's marker, its low byte. */
  kind: number;
  precision: number;
  rows: number;
  columns: number;
  /** Class and destination << 4 | ..., counts, symbols: the parameters of DHT. */
  huffman: Uint8Array[];
  /** 64 steps. */
  quantization?: Uint8Array;
  /** In units; of those the picture has `units`. */
  restartInterval: number;
  units: number;
  /** Ss, Se, Ah << 4 | Al. */
  scan: [number, number, number];
  /** Entropy-coded segments, stuffed, used in turns as often as there are restarts. */
  segments: Uint8Array[];
}

/** T.81 B.2: the segments in the usual order. */
export function jpegStream(parts: JpegParts): Uint8Array {
  const { kind, precision, rows, columns } = parts;
  const restarts = parts.restartInterval ? Math.ceil(parts.units / parts.restartInterval) - 1 : 0;
  const u16 = (number: number): number[] => [number >> 8, number & 255];
  const segment = (marker: number, parameters: Iterable<number>): Buffer => {
    const bytes = [...parameters];
    return Buffer.from([0xff, marker, ...u16(bytes.length + 2), ...bytes]);
  };
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...(parts.quantization ? [segment(0xdb, [0, ...parts.quantization])] : []),
    segment(kind, [precision, ...u16(rows), ...u16(columns), 1, 1, 0x11, 0]),
    ...parts.huffman.map((table) => segment(0xc4, table)),
    ...(parts.restartInterval ? [segment(0xdd, u16(parts.restartInterval))] : []),
    segment(0xda, [1, 1, 0, ...parts.scan]),
    ...Array.from({ length: restarts + 1 }, (_, index) => [
      ...(index > 0 ? [Buffer.from([0xff, 0xd0 + ((index - 1) % 8)])] : []),
      parts.segments[index % parts.segments.length]!,
    ]).flat(),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** The parameters of DHT for a random prefix code of symbols out of those given; as a rule every bit pattern has a code. */
export function huffmanTables(head: number, symbols: number[], most: number): fc.Arbitrary<Uint8Array> {
  const lengths = fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: most });
  const stream = fc.infiniteStream(fc.constantFrom(...symbols));
  return fc.tuple(lengths, stream, fc.nat(5)).map(([wished, stream, chance]) => {
    const counts = new Uint8Array(16);
    const completing = Array.from({ length: chance > 0 ? 16 : 0 }, (_, index) => index + 1);
    let free = 2 ** 16;
    for (const length of [...wished.toSorted((a, b) => a - b), ...completing]) {
      if (free < 2 ** (16 - length)) continue;
      free -= 2 ** (16 - length);
      counts[length - 1]!++;
    }
    const number = counts.reduce((sum, count) => sum + count, 0);
    return Uint8Array.from([head, ...counts, ...stream.take(number)]);
  });
}

/** Random bytes, as a rule stuffed after FF (T.81 B.1.1.5). */
export const entropyBytes: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 600, size: "max" }), fc.nat(19))
  .map(([bytes, chance]) =>
    chance === 0 ? bytes : Uint8Array.from([...bytes].flatMap((byte) => (byte === 0xff ? [0xff, 0] : [byte]))),
  );
