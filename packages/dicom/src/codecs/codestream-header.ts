/** What the SIZ segment at the start of a JPEG 2000 codestream says, ISO/IEC 15444-1 A.5.1. */
export interface CodestreamHeader {
  columns: number;
  rows: number;
  components: number;
  /** Bits of a sample of the first component, and whether it has a sign. */
  precision: number;
  isSigned: boolean;
  /** Position in the stream of the byte that says both, Ssiz. */
  precisionAt: number;
  /** True where ISO/IEC 15444-15 (high throughput) is needed to decode it, by bit 14 of Rsiz. */
  isHighThroughput: boolean;
}

const sizBytes = 45;
/** A tile's index has 16 bits, ISO/IEC 15444-1 A.4.2. */
const mostTiles = 65_535;

/**
 * Reads it; the image is the reference grid less its offset. PS3.5 A.4.4 wants a bare codestream; some writers wrap it in a JP2
 * file all the same.
 *
 * @returns undefined where no codestream begins, and where its grid, tiles or subsampling are none that a grey image can have:
 *   decoders hang and swell over those
 */
export function readCodestreamHeader(stream: Uint8Array): CodestreamHeader | undefined {
  // Markers SOC and SIZ.
  const start = Buffer.from(stream.buffer, stream.byteOffset, Math.min(stream.length, 4096)).indexOf("ff4fff51", "hex");
  if (start === -1 || stream.length < start + sizBytes) return undefined;
  const view = new DataView(stream.buffer, stream.byteOffset + start, sizBytes);
  const uint32 = (position: number) => view.getUint32(position);
  const axis = (at: number) => readAxis(uint32(at), uint32(at + 8), uint32(at + 16), uint32(at + 24));
  const across = axis(8);
  const down = axis(12);
  const isSubsampled = view.getUint8(43) !== 1 || view.getUint8(44) !== 1;
  if (across === undefined || down === undefined || isSubsampled || across.tiles * down.tiles > mostTiles)
    return undefined;
  return {
    columns: across.pixels,
    rows: down.pixels,
    components: view.getUint16(40),
    precision: (view.getUint8(42) & 0x7f) + 1,
    isSigned: view.getUint8(42) >= 0x80,
    precisionAt: start + 42,
    isHighThroughput: (view.getUint16(6) & 0x4000) !== 0,
  };
}

/** Size of the grid, offset of the image, size and offset of the tiles along one axis, ISO/IEC 15444-1 B.2 and B.3. */
function readAxis(
  grid: number,
  offset: number,
  tile: number,
  tileOffset: number,
): { pixels: number; tiles: number } | undefined {
  if (offset >= grid || tile === 0 || tileOffset > offset || tileOffset + tile <= offset) return undefined;
  return { pixels: grid - offset, tiles: Math.ceil((grid - tileOffset) / tile) };
}
