import { decodePixels } from "../decode-pixels.ts";
import type { DicomImage, Pixels, StoredSamples } from "../dicom-image.ts";
import { DicomError } from "../errors.ts";
import { readDicom } from "../read-dicom.ts";
import { type DataElement, tags } from "./data-set.ts";

/** A frame whose outside of the anatomy has one value, and how many pixels that changed. */
export interface MaskedFrame {
  /** `[rows, columns]`, memory of its own. */
  samples: StoredSamples;
  changedPixels: number;
}

/** Masks what may be burnt in; undefined where anatomy and outside cannot be told apart. */
export type MaskFrame = (pixels: Pixels, image: DicomImage) => MaskedFrame | undefined;

export interface PixelOptions {
  bytes: Uint8Array;
  source: string;
  elements: DataElement[];
  maskFrame: MaskFrame;
  /** Writes pixels without compression even where none changed. */
  decompress: boolean;
}

export interface DeidentifiedPixels {
  /** Every frame was masked; false where one could not be; undefined where the file holds no image. */
  isMasked: boolean | undefined;
  changedPixels: number;
  /** Of compressed pixels that stay as they are. */
  transferSyntaxUid: string | undefined;
  /** The elements of the pixels where they are written anew; undefined where they stay as they lie in the file. */
  elements: DataElement[] | undefined;
}

/**
 * Masks what lies outside the anatomy in every frame. Pixels are written anew, without compression, only where that changed one,
 * where `decompress` asks for it, or where cells hold more than their values: overlays in unused bits (PS3.5 section 8.1.2)
 * and bytes behind the last frame can carry text too.
 *
 * @throws DicomError when the pixels cannot be looked at: unseen, they may show a name
 */
export async function deidentifyPixels(options: PixelOptions): Promise<DeidentifiedPixels> {
  const { bytes, source, elements, maskFrame, decompress } = options;
  const nothing = { isMasked: undefined, changedPixels: 0, transferSyntaxUid: undefined, elements: undefined };
  const image = imageOf(bytes, source);
  if (image === undefined) return nothing;
  const frames: StoredSamples[] = [];
  let isMasked = true;
  let changedPixels = 0;
  let last: Pixels | undefined;
  for (let frame = 0; frame < image.frames; frame++) {
    const pixels = await decodePixels(image, { frame });
    const masked = maskFrame(pixels, image);
    frames.push(masked?.samples ?? pixels.samples.slice());
    isMasked &&= masked !== undefined;
    changedPixels += masked?.changedPixels ?? 0;
    last = pixels;
  }
  if (last === undefined) return nothing;
  const written = pixelElements(frames, last);
  const stays = changedPixels === 0 && !decompress && isSame(elements, written);
  return {
    isMasked,
    changedPixels,
    transferSyntaxUid: stays && image.pixelData.isEncapsulated ? image.transferSyntaxUid : undefined,
    elements: stays ? undefined : written,
  };
}

function imageOf(bytes: Uint8Array, source: string): DicomImage | undefined {
  try {
    return readDicom(bytes, source);
  } catch (error) {
    if (error instanceof DicomError && error.code === "DICOM_NO_PIXELS") return undefined;
    throw error;
  }
}

/** The Image Pixel attributes that describe samples as they lie in memory, PS3.3 C.7.6.3, with the samples. */
function pixelElements(frames: StoredSamples[], { bitsStored, isSigned }: Pixels): DataElement[] {
  const bitsAllocated = (frames[0]?.BYTES_PER_ELEMENT ?? 1) * 8;
  const parts = frames.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
  const value = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  return [
    unsigned(tags.bitsAllocated, bitsAllocated),
    unsigned(tags.bitsStored, bitsStored),
    unsigned(tags.highBit, bitsStored - 1),
    unsigned(tags.pixelRepresentation, isSigned ? 1 : 0),
    { tag: tags.pixelData, vr: bitsAllocated === 8 ? "OB" : "OW", value },
  ];
}

/** Nothing is hidden in the file's pixels: native ones are the samples to the byte, compressed ones have no overlay in them. */
function isSame(elements: DataElement[], written: DataElement[]): boolean {
  const [before, after] = [elements, written].map((set) => set.find(({ tag }) => tag === tags.pixelData));
  if (before === undefined || after === undefined || !("value" in after)) return false;
  if (!("value" in before)) return !elements.some(isEmbeddedOverlay);
  const { value } = after;
  return (
    Buffer.compare(before.value.subarray(0, value.length), value) === 0 &&
    before.value.subarray(value.length).every((byte) => byte === 0)
  );
}

/** Overlay Bit Position (60xx,0102) other than 0: the overlay's bits lie in the pixel cells. */
function isEmbeddedOverlay(element: DataElement): boolean {
  const isPosition = element.tag >>> 24 === 0x60 && (element.tag & 0xffff) === tags.overlayBitPosition;
  return isPosition && "value" in element && element.value.some((byte) => byte !== 0);
}

function unsigned(tag: number, number: number): DataElement {
  return { tag, vr: "US", value: Uint8Array.of(number & 0xff, number >>> 8) };
}
