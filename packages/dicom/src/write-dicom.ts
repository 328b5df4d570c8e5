/**
 * Writes one uncompressed grey-scale image as a DICOM file (explicit VR little endian).
 *
 * What it is for: synthetic data sets and test images. Every attribute that is not given is left out, so that the
 * files of VinDr-Mammo (no SOPClassUID, no PatientID, identifiers that are no UIDs) can be written as they are.
 */
export interface DicomSpec {
  rows: number;
  columns: number;
  /** `[frames x] rows x columns`, stored values; the type decides BitsAllocated (8 or 16). */
  samples: Uint8Array | Int8Array | Uint16Array | Int16Array;
  bitsStored: number;
  /** Defaults to `bitsStored - 1`. */
  highBit?: number;
  /** PixelRepresentation; defaults to whether `samples` is a signed array. */
  isSigned?: boolean;
  /** NumberOfFrames is written only when this is given. */
  frames?: number;
  photometricInterpretation: string;
  windows?: { center: number; width: number }[];
  voiLutFunction?: "LINEAR" | "LINEAR_EXACT" | "SIGMOID";
  rescale?: { slope: number; intercept: number };
  /** PixelPaddingValue, a stored value. */
  pixelPadding?: number;
  /** ImagerPixelSpacing, row and column spacing in mm. */
  imagerPixelSpacingMm?: number;
  manufacturer?: string;
  manufacturerModelName?: string;
  /** ImageLaterality. */
  laterality?: "L" | "R";
  viewPosition?: string;
  modality?: string;
  studyInstanceUid?: string;
  seriesInstanceUid?: string;
  sopInstanceUid?: string;
  sopClassUid?: string;
  /** MediaStorageSOPClassUID; defaults to `sopClassUid`, else to `1.2.3.4`, as VinDr-Mammo's files have it. */
  mediaStorageSopClassUid?: string;
  patientId?: string;
  burnedInAnnotation?: "YES" | "NO";
  imageComments?: string;
}

const explicitVrLittleEndian = "1.2.840.10008.1.2.1";
/** A UID made from a random UUID (PS3.5 section B.2): it names this writer in the file meta information. */
export const implementationClassUid = "2.25.217463284013975301562913507164850120747";
const preambleLength = 128;
/** These VRs have two reserved bytes and a length of four (PS3.5 section 7.1.2). */
const longLengthVrs = new Set(["OB", "OW"]);

type Vr = "CS" | "DS" | "IS" | "LO" | "LT" | "OB" | "OW" | "SS" | "UI" | "UL" | "US";

interface Element {
  /** Group and element, e.g. 0x00280010. */
  tag: number;
  vr: Vr;
  value: Uint8Array;
}

/**
 * @returns the file: preamble, file meta information (PS3.10 section 7.1), and the data set in ascending tag order.
 * @throws RangeError when `samples` does not hold `frames x rows x columns` values, or `bitsStored` does not fit them.
 */
export function writeDicom(spec: DicomSpec): Uint8Array {
  const bitsAllocated = spec.samples.BYTES_PER_ELEMENT * 8;
  const expected = spec.rows * spec.columns * (spec.frames ?? 1);
  if (spec.samples.length !== expected) {
    throw new RangeError(`writeDicom: ${spec.samples.length} samples given, rows x columns x frames is ${expected}`);
  }
  if (spec.bitsStored < 1 || spec.bitsStored > bitsAllocated) {
    throw new RangeError(`writeDicom: ${spec.bitsStored} bits stored do not fit in ${bitsAllocated} allocated`);
  }
  const meta = metaElements(spec);
  const metaLength = meta.reduce((sum, element) => sum + encodedLength(element), 0);
  const elements = [{ tag: 0x00020000, vr: "UL", value: numberBytes(metaLength, 4) } satisfies Element, ...meta].concat(
    dataElements(spec, bitsAllocated),
  );
  const fileLength = elements.reduce((sum, element) => sum + encodedLength(element), preambleLength + 4);
  const file = new Uint8Array(fileLength);
  file.set(latin1("DICM"), preambleLength);
  let position = preambleLength + 4;
  for (const element of elements) position = writeElement(file, position, element);
  return file;
}

function metaElements(spec: DicomSpec): Element[] {
  const sopClass = spec.mediaStorageSopClassUid ?? spec.sopClassUid ?? "1.2.3.4";
  return [
    { tag: 0x00020001, vr: "OB", value: Uint8Array.of(0, 1) },
    text(0x00020002, "UI", sopClass),
    text(0x00020003, "UI", spec.sopInstanceUid ?? "1.2.3.4.5"),
    text(0x00020010, "UI", explicitVrLittleEndian),
    text(0x00020012, "UI", implementationClassUid),
  ];
}

function dataElements(spec: DicomSpec, bitsAllocated: number): Element[] {
  const isSigned = spec.isSigned ?? (spec.samples instanceof Int8Array || spec.samples instanceof Int16Array);
  const spacing = spec.imagerPixelSpacingMm;
  const elements: (Element | undefined)[] = [
    optional(0x00080016, "UI", spec.sopClassUid),
    optional(0x00080018, "UI", spec.sopInstanceUid),
    optional(0x00080060, "CS", spec.modality),
    optional(0x00080070, "LO", spec.manufacturer),
    optional(0x00081090, "LO", spec.manufacturerModelName),
    optional(0x00100020, "LO", spec.patientId),
    optional(0x00181164, "DS", spacing === undefined ? undefined : [spacing, spacing].map(decimal).join("\\")),
    optional(0x00185101, "CS", spec.viewPosition),
    optional(0x0020000d, "UI", spec.studyInstanceUid),
    optional(0x0020000e, "UI", spec.seriesInstanceUid),
    optional(0x00200062, "CS", spec.laterality),
    optional(0x00204000, "LT", spec.imageComments),
    unsigned(0x00280002, 1),
    text(0x00280004, "CS", spec.photometricInterpretation),
    optional(0x00280008, "IS", spec.frames?.toString()),
    unsigned(0x00280010, spec.rows),
    unsigned(0x00280011, spec.columns),
    unsigned(0x00280100, bitsAllocated),
    unsigned(0x00280101, spec.bitsStored),
    unsigned(0x00280102, spec.highBit ?? spec.bitsStored - 1),
    unsigned(0x00280103, isSigned ? 1 : 0),
    spec.pixelPadding === undefined
      ? undefined
      : { tag: 0x00280120, vr: isSigned ? "SS" : "US", value: numberBytes(spec.pixelPadding, 2) },
    optional(0x00280301, "CS", spec.burnedInAnnotation),
    optional(0x00281050, "DS", spec.windows?.map(({ center }) => decimal(center)).join("\\")),
    optional(0x00281051, "DS", spec.windows?.map(({ width }) => decimal(width)).join("\\")),
    optional(0x00281052, "DS", spec.rescale && decimal(spec.rescale.intercept)),
    optional(0x00281053, "DS", spec.rescale && decimal(spec.rescale.slope)),
    optional(0x00281056, "CS", spec.voiLutFunction),
    { tag: 0x7fe00010, vr: bitsAllocated === 8 ? "OB" : "OW", value: pixelBytes(spec.samples) },
  ];
  return elements.filter((element) => element !== undefined);
}

/** The samples' own bytes: every platform that Node supports for this tool is little endian, as the file is. */
function pixelBytes(samples: DicomSpec["samples"]): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

function unsigned(tag: number, value: number): Element {
  return { tag, vr: "US", value: numberBytes(value, 2) };
}

function optional(tag: number, vr: Vr, value: string | undefined): Element | undefined {
  return value === undefined || value === "" ? undefined : text(tag, vr, value);
}

function text(tag: number, vr: Vr, value: string): Element {
  const padding = vr === "UI" ? "\0" : " ";
  return { tag, vr, value: latin1(value.length % 2 === 0 ? value : value + padding) };
}

/** A decimal string of at most 16 characters (PS3.5 section 6.2, DS). */
function decimal(value: number): string {
  for (let digits = 17; digits > 0; digits--) {
    const shortest = String(Number(value.toPrecision(digits)));
    if (shortest.length <= 16) return shortest;
  }
  throw new RangeError(`writeDicom: ${value} cannot be written as a decimal string`);
}

function numberBytes(value: number, length: 2 | 4): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (value >> (8 * index)) & 0xff);
}

function latin1(value: string): Uint8Array {
  return Uint8Array.from(value, (character) => character.charCodeAt(0));
}

function encodedLength({ vr, value }: Element): number {
  return (longLengthVrs.has(vr) ? 12 : 8) + value.length + (value.length % 2);
}

/** Writes one element (PS3.5 section 7.1.2) and returns the position behind it. Odd binary values end in a zero byte. */
function writeElement(file: Uint8Array, start: number, element: Element): number {
  const view = new DataView(file.buffer);
  const length = element.value.length + (element.value.length % 2);
  view.setUint16(start, element.tag >>> 16, true);
  view.setUint16(start + 2, element.tag & 0xffff, true);
  file.set(latin1(element.vr), start + 4);
  const isLong = longLengthVrs.has(element.vr);
  if (isLong) view.setUint32(start + 8, length, true);
  else view.setUint16(start + 6, length, true);
  const valueStart = start + (isLong ? 12 : 8);
  file.set(element.value, valueStart);
  return valueStart + length;
}
