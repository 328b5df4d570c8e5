import { truncatedError } from "../errors.ts";
import { endsWithEndMarker } from "../end-marker.ts";
import { checkMemory } from "./check-memory.ts";
import { checkSize } from "./check-size.ts";
import { type Codec, valuesFrame } from "./codec.ts";
import { codestreamDecoder } from "./codestream-decoder.ts";
import { readCodestream } from "./jpeg-2000/codestream.ts";
import { decodeJpeg2000, narrowBits } from "./kernels/decode-jpeg-2000.ts";
import { loadKernels } from "./kernels/load-kernels.ts";

/** For rare streams, and where there are no kernels. */
const openJpeg = codestreamDecoder({
  factory: () => import("@cornerstonejs/codec-openjpeg/decodewasmjs"),
  wasm: "@cornerstonejs/codec-openjpeg/decodewasm",
  className: "J2KDecoder",
  ownBytes: (_, pixels) => 9 * pixels, // measured
});

/** JPEG 2000 (lossless only, and with loss), PS3.5 A.4.4. */
export const jpeg2000: Codec = {
  name: "JPEG 2000",
  transferSyntaxes: ["1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"],
  async decode(image) {
    const { encoded, source } = image;
    const kernels = loadKernels();
    const codestream = kernels && readCodestream(encoded);
    if (kernels === undefined || codestream === undefined) return openJpeg(image);
    const { bounds, precision, tiles } = codestream;
    checkSize({ columns: bounds.x1 - bounds.x0, rows: bounds.y1 - bounds.y0 }, image);
    // Coefficients of 32 bits take twice the picture.
    const isWide = precision > narrowBits.sample || tiles.some(({ coding }) => !coding.isReversible);
    checkMemory(image, isWide ? 2 * image.rows * image.columns : 0);
    if (!endsWithEndMarker(encoded)) throw truncatedError(source, "its compressed pixel data has no end marker");
    return valuesFrame(decodeJpeg2000(encoded, codestream, kernels), precision);
  },
};
