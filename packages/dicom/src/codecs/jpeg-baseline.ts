import type { Codec } from "./codec.ts";
import { readFrameHeader } from "./jpeg/frame-header.ts";
import { wasmDecoder } from "./wasm-decoder.ts";

/** JPEG Baseline, 8 bit, PS3.5 A.4.1, by libjpeg-turbo. */
export const jpegBaseline: Codec = {
  name: "JPEG Baseline",
  transferSyntaxes: ["1.2.840.10008.1.2.4.50"],
  decode: wasmDecoder({
    factory: () => import("@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs"),
    wasm: "@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm",
    className: "JPEGDecoder",
    readSize: readFrameHeader,
  }),
};
