import type { Codec } from "./codec.ts";
import { codestreamDecoder } from "./codestream-decoder.ts";

/** JPEG 2000 (lossless only, and with loss), PS3.5 A.4.4, by OpenJPEG. */
export const jpeg2000: Codec = {
  name: "JPEG 2000",
  transferSyntaxes: ["1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"],
  decode: codestreamDecoder({
    factory: () => import("@cornerstonejs/codec-openjpeg/decodewasmjs"),
    wasm: "@cornerstonejs/codec-openjpeg/decodewasm",
    className: "J2KDecoder",
  }),
};
