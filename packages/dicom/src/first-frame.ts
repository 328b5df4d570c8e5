import type { DataSet } from "dicom-parser";
import type { DicomImage } from "./dicom-image.ts";
import { corruptError, truncatedError } from "./errors.ts";

type FrameFacts = Pick<DicomImage, "rows" | "columns" | "bitsAllocated" | "frames" | "source" | "transferSyntaxUid">;

const undefinedLength = 0xffffffff;
const itemTag = 0xe000fffe;
const sequenceDelimiterTag = 0xe0ddfffe;

/**
 * The first frame of Pixel Data (7FE0,0010) as bytes: cells (native format, PS3.5 A.1 to A.3), or the compressed stream
 * put together from its fragments (encapsulated format, PS3.5 A.4).
 *
 * @throws DicomError `DICOM_TRUNCATED` when fewer bytes are present than the header declares
 */
export function firstFrame(dataSet: DataSet, facts: FrameFacts): Uint8Array {
  const element = dataSet.elements["x7fe00010"];
  if (element === undefined) throw corruptError(facts.source, "Pixel Data (7FE0,0010) is absent");
  const bytes = dataSet.byteArray.subarray(element.dataOffset);
  if (element.length === undefinedLength) return firstEncapsulatedFrame(bytes, facts);

  const frameBytes = facts.rows * facts.columns * (facts.bitsAllocated / 8);
  const declared = frameBytes * facts.frames;
  const present = Math.min(bytes.length, element.length);
  if (present < declared)
    throw truncatedError(
      facts.source,
      `${facts.columns} x ${facts.rows} pixels need ${declared} bytes and ${present} are present`,
    );
  return bytes.subarray(0, frameBytes);
}

function firstEncapsulatedFrame(bytes: Uint8Array, facts: FrameFacts): Uint8Array {
  const [offsets, ...fragments] = readItems(bytes, facts.source);
  if (offsets === undefined || fragments.length === 0)
    throw truncatedError(facts.source, "its encapsulated pixel data has no fragment");
  const own = fragments.slice(0, fragmentsOfFirstFrame(offsets, fragments, facts));
  const only = own[0];
  return own.length === 1 && only !== undefined ? only : Buffer.concat(own);
}

/** The items of the sequence of fragments: first the Basic Offset Table, then the fragments. */
function readItems(bytes: Uint8Array, source: string): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const items: Uint8Array[] = [];
  let position = 0;
  while (position + 8 <= bytes.length) {
    const tag = view.getUint32(position, true);
    const length = view.getUint32(position + 4, true);
    if (tag === sequenceDelimiterTag) return items;
    if (tag !== itemTag) throw corruptError(source, "its pixel data fragments do not follow one another");
    position += 8;
    if (position + length > bytes.length)
      throw truncatedError(
        source,
        `a pixel data fragment of ${length} bytes has only ${bytes.length - position} of them`,
      );
    items.push(bytes.subarray(position, position + length));
    position += length;
  }
  return items; // some writers leave the delimiter out; a stream that is really cut short fails in its codec
}

/** How many fragments belong to the first of several frames: by the Basic Offset Table, by count, else by end mark. */
function fragmentsOfFirstFrame(offsets: Uint8Array, fragments: Uint8Array[], facts: FrameFacts): number {
  if (facts.frames === 1) return fragments.length;
  if (fragments.length === facts.frames) return 1;
  if (offsets.length >= 8) {
    const secondFrame = new DataView(offsets.buffer, offsets.byteOffset).getUint32(4, true);
    let position = 0;
    const second = fragments.findIndex((fragment) => {
      const isSecond = position >= secondFrame;
      position += 8 + fragment.length;
      return isSecond;
    });
    if (second > 0) return second;
  }
  const last = fragments.findIndex((fragment) => endsWithEndMarker(fragment));
  return last === -1 ? fragments.length : last + 1;
}

/** True when a JPEG, JPEG-LS or JPEG 2000 stream has its end marker FFD9, padding apart (PS3.5 A.4 pads to even length). */
export function endsWithEndMarker(stream: Uint8Array): boolean {
  let end = stream.length;
  while (end > 2 && stream.length - end < 16 && stream[end - 1] !== 0xd9) end--;
  return stream[end - 1] === 0xd9 && stream[end - 2] === 0xff;
}
