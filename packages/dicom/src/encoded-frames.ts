import { type ParsedDataSet, valueBytes } from "./data-set/parse-data-set.ts";
import { itemTag, pixelDataTag, sequenceDelimiterTag } from "./data-set/walk-elements.ts";
import type { DicomImage, PixelData } from "./dicom-image.ts";
import { endsWithEndMarker } from "./end-marker.ts";
import { DicomError, corruptError, truncatedError } from "./errors.ts";
import { syntaxesOfStream } from "./syntax-of-stream.ts";

type FrameFacts = Pick<DicomImage, "rows" | "columns" | "bitsAllocated" | "frames" | "source">;

const extendedOffsetTableTag = 0x7fe00001;
/** A mammogram in the smallest fragments met has some 15,000; each one kept costs memory. */
const mostFragments = 100_000;
/** Of a stream in several fragments, which is held twice. */
const mostJoinedBytes = 64 * 2 ** 20;

/**
 * Pixel Data (7FE0,0010) of all frames, as views of the file: cells (native format, PS3.5 A.1 to A.3), or fragments and
 * where each frame begins among them (encapsulated format, PS3.5 A.4).
 *
 * @param isCompressed whether the transfer syntax is one of compressed pixels; then Pixel Data of a defined length, which
 *   should not be, is taken for what it looks like
 * @throws DicomError `DICOM_TRUNCATED` when fewer bytes are present than the header declares
 */
export function findPixelData(parsed: ParsedDataSet, facts: FrameFacts, isCompressed: boolean): PixelData {
  const element = parsed.elements.get(pixelDataTag);
  if (element === undefined) throw corruptError(facts.source, "Pixel Data (7FE0,0010) is absent");
  const bytes = valueBytes(parsed, pixelDataTag);
  if (element.hasUndefinedLength || (isCompressed && startsWithItem(bytes)))
    return encapsulated(bytes, extendedOffsets(parsed), facts);
  if (isCompressed && syntaxesOfStream(bytes) !== undefined)
    return { isEncapsulated: true, fragments: [bytes], frameStarts: [0] };

  const declared = requireCells(facts, bytes.length);
  const isSwapped = facts.bitsAllocated === 8 && element.vr === "OW" && !parsed.extent.encoding.isLittleEndian;
  return { isEncapsulated: false, cells: (isSwapped ? swapped(bytes) : bytes).subarray(0, declared) };
}

/**
 * What the beginning of Pixel Data tells when the rest of the file is not at hand.
 *
 * @param behindBytes how much more the file has
 * @returns the beginning of the first compressed stream, undefined where there is none
 * @throws DicomError `DICOM_TRUNCATED` when cells, or the last fragment that begins here, go on behind the end of the file
 */
export function findPixelDataStart(
  parsed: ParsedDataSet,
  facts: FrameFacts,
  isCompressed: boolean,
  behindBytes: number,
): Uint8Array | undefined {
  const bytes = valueBytes(parsed, pixelDataTag);
  const { start, end, hasUndefinedLength } = parsed.elements.get(pixelDataTag) ?? {
    start: 0,
    end: 0,
    hasUndefinedLength: false,
  };
  if (hasUndefinedLength || (isCompressed && startsWithItem(bytes))) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const starts: number[] = [];
    let position = 0;
    for (; position + 8 <= bytes.length && startsWithItem(bytes.subarray(position)); position += 8) {
      starts.push(position + 8);
      position += view.getUint32(position + 4, true);
    }
    if (position > bytes.length + behindBytes)
      throw truncatedError(facts.source, "its last pixel data fragment goes on behind the end of the file");
    const [, firstFragment] = starts; // behind the offset table
    if (firstFragment === undefined) throw truncatedError(facts.source, "its encapsulated pixel data has no fragment");
    return bytes.subarray(firstFragment);
  }
  if (isCompressed && syntaxesOfStream(bytes) !== undefined) return bytes;
  requireCells(facts, Math.min(end - start, bytes.length + behindBytes));
  return undefined;
}

function startsWithItem(bytes: Uint8Array): boolean {
  return Buffer.from("feff00e0", "hex").equals(bytes.subarray(0, 4));
}

/** @returns how many bytes the cells of all frames have */
function requireCells(facts: FrameFacts, present: number): number {
  const declared = frameBytes(facts) * facts.frames;
  if (present >= declared) return declared;
  throw truncatedError(
    facts.source,
    `${facts.columns} x ${facts.rows} pixels need ${declared} bytes and ${present} are present`,
  );
}

/**
 * One frame of it, as a codec takes it: a view, or a copy where a compressed stream lies in several fragments.
 *
 * @param frame from 0
 * @throws DicomError `DICOM_NO_SUCH_FRAME`, `DICOM_TRUNCATED`, `DICOM_TOO_LARGE`
 */
export function encodedFrame(pixelData: PixelData, frame: number, facts: FrameFacts): Uint8Array {
  if (!Number.isInteger(frame) || frame < 0 || frame >= facts.frames)
    throw new DicomError({
      code: "DICOM_NO_SUCH_FRAME",
      message: `${facts.source} has no frame ${frame}: its frames are 0 to ${facts.frames - 1}; ask for one of those.`,
    });
  if (!pixelData.isEncapsulated)
    return pixelData.cells.subarray(frame * frameBytes(facts), (frame + 1) * frameBytes(facts));
  const { fragments, frameStarts } = pixelData;
  const own = fragments.slice(frameStarts[frame] ?? fragments.length, frameStarts[frame + 1]);
  const only = own[0];
  if (only === undefined)
    throw truncatedError(facts.source, `frame ${frame} of its ${facts.frames} is not among its pixel data fragments`);
  if (own.length === 1) return only;
  const streamBytes = own.reduce((sum, { length }) => sum + length, 0);
  if (streamBytes > mostJoinedBytes)
    throw new DicomError({
      code: "DICOM_TOO_LARGE",
      message: `${facts.source} has a frame of ${Math.ceil(streamBytes / 2 ** 20)} MiB in ${own.length} fragments, more than the 64 MiB that are joined; leave it out.`,
    });
  return Buffer.concat(own);
}

/** Cells of 8 bits in big endian words, two in each, PS3.5 A.3. */
function swapped(words: Uint8Array): Uint8Array {
  return Buffer.from(words.subarray(0, words.length & ~1)).swap16();
}

function frameBytes({ rows, columns, bitsAllocated }: FrameFacts): number {
  return rows * columns * (bitsAllocated / 8);
}

function encapsulated(bytes: Uint8Array, extended: number[], facts: FrameFacts): PixelData {
  const [table, ...fragments] = readItems(bytes, facts.source);
  if (table === undefined || fragments.length === 0)
    throw truncatedError(facts.source, "its encapsulated pixel data has no fragment");
  const offsets = extended.length > 0 ? extended : basicOffsets(table);
  return { isEncapsulated: true, fragments, frameStarts: findFrameStarts(fragments, offsets, facts.frames) };
}

/** The items of the sequence of fragments: first the Basic Offset Table, then the fragments. */
function readItems(bytes: Uint8Array, source: string): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const items: Uint8Array[] = [];
  let position = 0;
  while (position + 8 <= bytes.length) {
    const tag = view.getUint16(position, true) * 0x10000 + view.getUint16(position + 2, true);
    const length = view.getUint32(position + 4, true);
    if (tag === sequenceDelimiterTag) return items;
    if (tag !== itemTag) throw corruptError(source, "its pixel data fragments do not follow one another");
    if (items.length > mostFragments)
      throw corruptError(source, `its pixel data lies in more than ${mostFragments} fragments`);
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

/**
 * The index of each frame's first fragment. One fragment a frame needs no table; else the offset table tells, if it points at
 * fragments; else the end marker of each frame's stream. Fewer than `frames` where that finds no more.
 */
function findFrameStarts(fragments: Uint8Array[], offsets: number[], frames: number): number[] {
  if (frames === 1) return [0];
  if (fragments.length === frames) return [...fragments.keys()];
  const fragmentAt = new Map<number, number>();
  let position = 0;
  for (const [index, fragment] of fragments.entries()) {
    fragmentAt.set(position, index);
    position += 8 + fragment.length;
  }
  const byTable = offsets.map((offset) => fragmentAt.get(offset) ?? -1);
  const isAscending = byTable.every((start, frame) => start > (byTable[frame - 1] ?? -1));
  if (byTable.length === frames && byTable[0] === 0 && isAscending) return byTable;
  const behindEnds = fragments.flatMap((fragment, index) => (endsWithEndMarker(fragment) ? [index + 1] : []));
  return [0, ...behindEnds].filter((start) => start < fragments.length).slice(0, frames);
}

/** The Basic Offset Table, PS3.5 A.4: where each frame's first item begins, counted from the first item behind the table. */
function basicOffsets(table: Uint8Array): number[] {
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  return Array.from({ length: Math.floor(table.length / 4) }, (_, frame) => view.getUint32(4 * frame, true));
}

/** The Extended Offset Table (7FE0,0001), PS3.3 C.7.6.3.1.8: the same in 64 bits, in an element of its own. */
function extendedOffsets(parsed: ParsedDataSet): number[] {
  const table = valueBytes(parsed, extendedOffsetTableTag);
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const count = Math.min(mostFragments, Math.floor(table.length / 8));
  return Array.from({ length: count }, (_, frame) => Number(view.getBigUint64(8 * frame, true)));
}
