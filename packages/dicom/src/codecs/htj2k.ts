import { checkTileParts } from "./check-tile-parts.ts";
import type { Codec } from "./codec.ts";
import { codestreamDecoder } from "./codestream-decoder.ts";

const openJph = codestreamDecoder({
  factory: () => import("@cornerstonejs/codec-openjph/wasmjs"),
  wasm: "@cornerstonejs/codec-openjph/wasm",
  className: "HTJ2KDecoder",
  ownBytes: (streamBytes) => streamBytes,
});

/** High-Throughput JPEG 2000 (lossless only, lossless RPCL, and with loss), PS3.5 section 10.18 and F.4, by OpenJPH. */
export const htj2k: Codec = {
  name: "HTJ2K",
  transferSyntaxes: ["1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203"],
  async decode(image) {
    checkTileParts(image);
    return openJph(image);
  },
};
