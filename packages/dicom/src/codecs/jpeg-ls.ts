import type { Codec } from "./codec.ts";
import { readFrameHeader } from "./jpeg/frame-header.ts";
import { wasmDecoder } from "./wasm-decoder.ts";

/** JPEG-LS (lossless and near-lossless), PS3.5 A.4.3, by CharLS. */
export const jpegLs: Codec = {
  name: "JPEG-LS",
  transferSyntaxes: ["1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"],
  decode: wasmDecoder({
    factory: () => import("@cornerstonejs/codec-charls/decodewasmjs"),
    wasm: "@cornerstonejs/codec-charls/decodewasm",
    className: "JpegLSDecoder",
    readSize: readFrameHeader,
  }),
};
