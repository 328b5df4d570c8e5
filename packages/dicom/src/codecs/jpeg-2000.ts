import type { Codec } from "./codec.ts";
import { wasmDecoder } from "./wasm-decoder.ts";

/** JPEG 2000 (lossless only, and with loss), PS3.5 A.4.4, by OpenJPEG. */
export const jpeg2000: Codec = {
  name: "JPEG 2000",
  transferSyntaxes: ["1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"],
  decode: wasmDecoder({
    factory: () => import("@cornerstonejs/codec-openjpeg/decodewasmjs"),
    wasm: "@cornerstonejs/codec-openjpeg/decodewasm",
    className: "J2KDecoder",
    readSize: readCodestreamSize,
  }),
};

/** The SIZ segment at the start of a codestream, ISO/IEC 15444-1 A.5.1: the image is the grid less its offset. */
function readCodestreamSize(stream: Uint8Array): { columns: number; rows: number } | undefined {
  const start = findCodestream(stream);
  if (start === undefined || stream.length < start + 24) return undefined;
  const view = new DataView(stream.buffer, stream.byteOffset + start, 24);
  return {
    columns: view.getUint32(8) - view.getUint32(16),
    rows: view.getUint32(12) - view.getUint32(20),
  };
}

/** Markers SOC and SIZ. PS3.5 wants a bare codestream; some writers wrap it in a JP2 file all the same. */
function findCodestream(stream: Uint8Array): number | undefined {
  const start = Buffer.from(stream.buffer, stream.byteOffset, Math.min(stream.length, 4096)).indexOf("ff4fff51", "hex");
  return start === -1 ? undefined : start;
}
