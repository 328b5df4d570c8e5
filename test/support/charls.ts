import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** What is used here of the package's WebAssembly build of CharLS, which carries no types. */
interface CharLs {
  JpegLSEncoder: new () => {
    getDecodedBuffer(frame: Frame): Uint8Array;
    setNearLossless(near: number): void;
    encode(): void;
    getEncodedBuffer(): Uint8Array;
    delete(): void;
  };
  JpegLSDecoder: new () => {
    getEncodedBuffer(sizeBytes: number): Uint8Array;
    decode(): void;
    getDecodedBuffer(): Uint8Array;
    delete(): void;
  };
}

interface Frame {
  width: number;
  height: number;
  bitsPerSample: number;
  componentCount: 1;
}

/** CharLS, the reference implementation of JPEG-LS. */
export async function loadCharLs() {
  const require = createRequire(import.meta.url);
  const wasmBinary = readFileSync(require.resolve("@cornerstonejs/codec-charls/wasm"));
  const create = require("@cornerstonejs/codec-charls/wasmjs") as (options: object) => Promise<CharLs>;
  const { JpegLSEncoder, JpegLSDecoder } = await create({ wasmBinary, print: () => {}, printErr: () => {} });
  return {
    encode(bytes: Uint8Array, frame: Frame, near: number): Uint8Array {
      const encoder = new JpegLSEncoder();
      encoder.getDecodedBuffer(frame).set(bytes);
      encoder.setNearLossless(near);
      encoder.encode();
      const stream = encoder.getEncodedBuffer().slice();
      encoder.delete();
      return stream;
    },
    decode(stream: Uint8Array): Uint8Array<ArrayBuffer> {
      const decoder = new JpegLSDecoder();
      decoder.getEncodedBuffer(stream.length).set(stream);
      decoder.decode();
      const bytes = Uint8Array.from(decoder.getDecodedBuffer());
      decoder.delete();
      return bytes;
    },
  };
}
