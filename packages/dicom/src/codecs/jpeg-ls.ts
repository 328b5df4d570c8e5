import { type Codec, valuesFrame } from "./codec.ts";
import { checkSize } from "./check-size.ts";
import { readFrameHeader } from "./jpeg/frame-header.ts";
import { readJpegLsScan } from "./jpeg/jpeg-ls-scan.ts";
import { decodeJpegLs } from "./kernels/decode-jpeg-ls.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import { wasmDecoder } from "./wasm-decoder.ts";

/** For rare streams, and where there are no kernels. */
const charLs = wasmDecoder({
  factory: () => import("@cornerstonejs/codec-charls/decodewasmjs"),
  wasm: "@cornerstonejs/codec-charls/decodewasm",
  className: "JpegLSDecoder",
  ownBytes: () => 0,
  readSize: readFrameHeader,
});

/** JPEG-LS (lossless and near-lossless), PS3.5 A.4.3. */
export const jpegLs: Codec = {
  name: "JPEG-LS",
  transferSyntaxes: ["1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"],
  async decode(image) {
    const kernels = loadKernels();
    const scan = kernels && readJpegLsScan(image.encoded);
    if (kernels === undefined || scan === undefined) return charLs(image);
    checkSize(scan.frame, image);
    return valuesFrame(decodeJpegLs(scan, kernels, image.source), scan.frame.precision);
  },
};
