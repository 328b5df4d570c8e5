import { readCodestreamHeader } from "./codecs/codestream-header.ts";
import { readFrameHeader } from "./codecs/jpeg/frame-header.ts";

/** Transfer syntaxes (PS3.6 annex A) under which a stream of each kind is right; the first names it where another is declared. */
const syntaxes = {
  rle: ["1.2.840.10008.1.2.5"],
  jpegBaseline: ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"],
  jpegExtended: ["1.2.840.10008.1.2.4.51"],
  jpegLossless: ["1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"],
  jpegLs: ["1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.80"],
  jpeg2000: ["1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.90"],
  htj2k: ["1.2.840.10008.1.2.4.203", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.201"],
} as const;

/** The marker's low byte of each frame header, T.81 table B.1 and T.87 C.1.1. */
const frameKinds: Readonly<Record<number, readonly string[]>> = {
  0xc0: syntaxes.jpegBaseline,
  0xc1: syntaxes.jpegExtended,
  0xc3: syntaxes.jpegLossless,
  0xf7: syntaxes.jpegLs,
};

/**
 * The transfer syntaxes that a compressed stream can be of, told by its first markers; undefined where they tell nothing.
 *
 * @param stream one frame
 */
export function syntaxesOfStream(stream: Uint8Array): readonly string[] | undefined {
  if (stream.length < 8) return undefined;
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  if (view.getUint16(0) === 0xffd8) return frameKinds[readFrameHeader(stream)?.kind ?? -1];
  const segments = view.getUint32(0, true);
  if (segments >= 1 && segments <= 15 && view.getUint32(4, true) === 64) return syntaxes.rle; // its header, PS3.5 G.5
  const codestream = readCodestreamHeader(stream);
  return codestream && (codestream.isHighThroughput ? syntaxes.htj2k : syntaxes.jpeg2000);
}
