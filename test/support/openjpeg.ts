import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** What is used here of the package's WebAssembly build of OpenJPEG, which carries no types. */
interface OpenJpeg {
  J2KEncoder: new () => {
    getDecodedBuffer(frame: object): Uint8Array;
    setQuality(isLossless: boolean, irrelevant: number): void;
    setCompressionRatio(layer: number, ratio: number): void;
    setDecompositions(levels: number): void;
    setProgressionOrder(order: number): void;
    setImageOffset(offset: { x: number; y: number }): void;
    encode(): void;
    getEncodedBuffer(): Uint8Array;
    delete(): void;
  };
  J2KDecoder: new () => {
    getEncodedBuffer(sizeBytes: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): Uint8Array;
    delete(): void;
  };
}

/** How to encode a grey picture; the package's encoder makes tiles, precincts and code-blocks as large as they can be. */
interface Options {
  rows: number;
  columns: number;
  bits: number;
  isSigned: boolean;
  isLossless: boolean;
  levels: number;
  progression: number;
  /** Of the picture on the reference grid. */
  offset: { x: number; y: number };
}

/** OpenJPEG, the reference implementation of JPEG 2000. */
export async function loadOpenJpeg() {
  const require = createRequire(import.meta.url);
  const wasmBinary = readFileSync(require.resolve("@cornerstonejs/codec-openjpeg/wasm"));
  const create = require("@cornerstonejs/codec-openjpeg/wasmjs") as (options: object) => Promise<OpenJpeg>;
  const { J2KEncoder, J2KDecoder } = await create({ wasmBinary, print: () => {}, printErr: () => {} });
  return {
    encode(bytes: Uint8Array, options: Options): Uint8Array {
      const { bits: bitsPerSample, isSigned, offset } = options;
      const width = options.columns + offset.x;
      const height = options.rows + offset.y;
      const encoder = new J2KEncoder();
      // It takes the far edges of the picture for its sides.
      encoder.getDecodedBuffer({ width, height, bitsPerSample, isSigned, componentCount: 1 }).set(bytes);
      encoder.setQuality(options.isLossless, 0);
      if (!options.isLossless) encoder.setCompressionRatio(0, 8);
      encoder.setDecompositions(options.levels);
      encoder.setProgressionOrder(options.progression);
      encoder.setImageOffset(options.offset);
      encoder.encode();
      const stream = encoder.getEncodedBuffer().slice();
      encoder.delete();
      return stream;
    },
    decode(stream: Uint8Array): Uint8Array<ArrayBuffer> {
      const decoder = new J2KDecoder();
      decoder.getEncodedBuffer(stream.length).set(stream);
      decoder.decode();
      const bytes = Uint8Array.from(decoder.getDecodedBuffer());
      decoder.delete();
      return bytes;
    },
  };
}
