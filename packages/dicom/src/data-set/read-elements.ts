import dicomParser, { type DataSet } from "dicom-parser";
import { messageOf } from "@mammoflow/runtime";
import { DicomError, corruptError } from "../errors.ts";
import {
  type Element,
  type Elements,
  type Extent,
  checkSequence,
  pixelDataTag,
  startsWithItem,
  tagName,
} from "./walk-elements.ts";

/** Modality LUT Sequence, VOI LUT Sequence, View Code Sequence. */
const sequencesRead = new Set([0x00283000, 0x00283010, 0x00540220]);
/** dicom-parser takes the length of these for one of two bytes; nothing read here has them. */
const unknownVrs = new Set(["OV", "SV", "UV"]);
/** The longest value of a VR with a length of two bytes. */
const mostValueBytes = 0x10000;

/**
 * Has dicom-parser read what this package reads: standard attributes of ordinary length, and three sequences, each walked
 * through before. Private attributes, other sequences and bulk data it never sees, so that they can neither fail it nor
 * make it recurse.
 *
 * @param syntaxUid the transfer syntax of uncompressed pixels that is written as the elements are
 * @throws DicomError `DICOM_CORRUPT` where dicom-parser fails all the same
 */
export function readElements(extent: Extent, elements: Elements, syntaxUid: string, warnings: string[]): DataSet {
  const bytes = new Uint8Array(extent.view.buffer, extent.view.byteOffset, extent.view.byteLength);
  const chosen = [...elements].filter(([tag, element]) =>
    sequencesRead.has(tag) ? isSoundSequence(extent, tag, element, warnings) : isPlain(extent, tag, element),
  );
  const parts = chosen.map(([, { headerStart, end }]) => bytes.subarray(headerStart, end));
  try {
    return dicomParser.parseDicom(Buffer.concat(parts), { TransferSyntaxUID: syntaxUid });
  } catch (error) {
    // dicom-parser throws plain strings, or `{ exception }` when it had read part of the data set.
    const thrown = typeof error === "object" && error !== null && "exception" in error ? error.exception : error;
    throw corruptError(extent.source, `its header cannot be parsed (${messageOf(thrown)})`, error);
  }
}

function isPlain(extent: Extent, tag: number, { vr, start, end, hasUndefinedLength }: Element): boolean {
  const isPrivate = (tag >>> 16) % 2 === 1;
  if (isPrivate || tag === pixelDataTag || hasUndefinedLength || end - start > mostValueBytes) return false;
  if (extent.encoding.isExplicit) return vr !== undefined && vr !== "SQ" && !unknownVrs.has(vr);
  return !startsWithItem(extent, start, end);
}

function isSoundSequence(extent: Extent, tag: number, element: Element, warnings: string[]): boolean {
  if (extent.encoding.isExplicit && element.vr !== "SQ") return false;
  try {
    checkSequence(extent, tag, element);
    return true;
  } catch (error) {
    if (!(error instanceof DicomError)) throw error;
    warnings.push(`its sequence ${tagName(tag)} is damaged and is left out`);
    return false;
  }
}
