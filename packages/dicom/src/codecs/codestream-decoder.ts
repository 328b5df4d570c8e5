import type { DicomImage } from "../dicom-image.ts";
import { corruptError } from "../errors.ts";
import type { DecodedFrame } from "./codec.ts";
import { type CodestreamHeader, readCodestreamHeader } from "./codestream-header.ts";
import { type WasmBuild, wasmDecoder } from "./wasm-decoder.ts";

type Decode = (image: DicomImage) => Promise<DecodedFrame>;

/** A decoder of JPEG 2000 codestreams, which looks at their header before the decoder allocates by what it says. */
export function codestreamDecoder(build: Omit<WasmBuild, "readSize">): Decode {
  const decode = wasmDecoder({ ...build, readSize: readCodestreamHeader });
  return async (image) => {
    const header = readCodestreamHeader(image.encoded);
    if (header !== undefined && (header.components !== 1 || header.precision > 16))
      throw corruptError(
        image.source,
        `its compressed stream has ${header.components} components of ${header.precision} bits, not one of at most 16`,
      );
    return header?.isSigned === true && header.precision <= 8
      ? decodeSignedBytes(image, header, decode)
      : decode(image);
  };
}

/**
 * The decoders clamp samples of up to 8 bits to 0..255. Signed samples differ from unsigned ones only in that these are
 * shifted by half of their range at last (ISO/IEC 15444-1 G.1): so they are decoded as unsigned ones, and shifted back.
 */
async function decodeSignedBytes(image: DicomImage, header: CodestreamHeader, decode: Decode): Promise<DecodedFrame> {
  const encoded = image.encoded.slice();
  encoded[header.precisionAt] = header.precision - 1;
  const frame = await decode({ ...image, encoded });
  const signBit = 1 << (header.precision - 1);
  return { ...frame, cells: frame.cells.map((cell) => cell ^ signBit) };
}
