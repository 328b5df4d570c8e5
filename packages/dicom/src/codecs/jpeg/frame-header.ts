/** A frame header, T.81 B.2.2; JPEG-LS has the same under a marker of its own (T.87 C.2.2). */
export interface FrameHeader {
  /** The marker's low byte: C0 baseline, C1 extended, C3 lossless, F7 JPEG-LS. */
  kind: number;
  precision: number;
  rows: number;
  columns: number;
  components: number;
}

/** One marker segment: its marker's low byte and its parameters, length field excluded. */
export interface Segment {
  marker: number;
  parameters: Uint8Array;
  /** Position behind the segment. */
  end: number;
}

const startOfImage = 0xd8;
const startOfScan = 0xda;

/**
 * The marker segments from the start of a stream up to and with the next start of scan (T.81 B.1.1.4).
 *
 * Stops without complaint where the bytes stop being segments; what is missing then shows by its absence.
 */
export function* readSegments(stream: Uint8Array, from = 0): Generator<Segment> {
  let position = from;
  while (position + 4 <= stream.length) {
    if (stream[position] !== 0xff) return;
    const marker = stream[position + 1] ?? 0;
    position += 1;
    if (marker === 0xff) continue; // fill byte
    position += 1;
    if (marker === startOfImage || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) continue; // stand alone
    const length = ((stream[position] ?? 0) << 8) | (stream[position + 1] ?? 0);
    const end = position + length;
    if (length < 2 || end > stream.length) return;
    yield { marker, parameters: stream.subarray(position + 2, end), end };
    if (marker === startOfScan) return;
    position = end;
  }
}

/** The frame header of a JPEG or JPEG-LS stream, undefined where there is none before the first scan. */
export function readFrameHeader(stream: Uint8Array): FrameHeader | undefined {
  for (const { marker, parameters } of readSegments(stream)) {
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame || marker === 0xf7) return parseFrameHeader(marker, parameters);
  }
  return undefined;
}

function parseFrameHeader(kind: number, parameters: Uint8Array): FrameHeader | undefined {
  if (parameters.length < 6) return undefined;
  const view = new DataView(parameters.buffer, parameters.byteOffset, parameters.byteLength);
  return {
    kind,
    precision: view.getUint8(0),
    rows: view.getUint16(1),
    columns: view.getUint16(3),
    components: view.getUint8(5),
  };
}
