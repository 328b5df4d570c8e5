import type { DicomImage } from "../dicom-image.ts";
import { DicomError } from "../errors.ts";
import type { Codec } from "./codec.ts";
import { htj2k } from "./htj2k.ts";
import { jpeg2000 } from "./jpeg-2000.ts";
import { jpegBaseline, jpegExtended } from "./jpeg-sequential.ts";
import { jpegLossless } from "./jpeg-lossless.ts";
import { jpegLs } from "./jpeg-ls.ts";
import { native } from "./native.ts";
import { rle } from "./rle.ts";

const codecs: readonly Codec[] = [native, rle, jpegBaseline, jpegExtended, jpegLossless, jpegLs, jpeg2000, htj2k];

/** Undefined for a transfer syntax that cannot be read. */
export function findCodec(transferSyntaxUid: string): Codec | undefined {
  return codecs.find(({ transferSyntaxes }) => transferSyntaxes.includes(transferSyntaxUid));
}

/**
 * The codec for an image's transfer syntax.
 *
 * @throws DicomError `DICOM_UNSUPPORTED_SYNTAX`, naming what can be read
 */
export function codecFor(image: Pick<DicomImage, "transferSyntaxUid" | "source">): Codec {
  const codec = findCodec(image.transferSyntaxUid);
  if (codec !== undefined) return codec;
  const readable = codecs.map(({ name }) => name).join(", ");
  throw new DicomError({
    code: "DICOM_UNSUPPORTED_SYNTAX",
    message: `${image.source} is encoded as ${image.transferSyntaxUid}, which cannot be read; convert it to one of: ${readable}.`,
  });
}
