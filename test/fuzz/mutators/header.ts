import { between, boundaryLongs, boundaryWords, chance, pick, randomBytes } from "../dice.ts";
import {
  type DicomLayout,
  type PlacedElement,
  elementBytes,
  itemTag,
  layoutOf,
  pixelDataTag,
  replaced,
  withLength,
  words,
} from "../elements.ts";
import type { Mutator } from "./mutator.ts";

const undefinedLength = 0xffffffff;
const noBytes = Buffer.alloc(0);
const vrs = [
  "AE",
  "AT",
  "CS",
  "DS",
  "FD",
  "FL",
  "IS",
  "LO",
  "OB",
  "OW",
  "SH",
  "SL",
  "SQ",
  "SS",
  "UI",
  "UL",
  "UN",
  "US",
  "UT",
  "??",
];
const syntaxes = [
  "1.2.840.10008.1.2",
  "1.2.840.10008.1.2.1",
  "1.2.840.10008.1.2.1.99",
  "1.2.840.10008.1.2.2",
  "1.2.840.10008.1.2.5",
  "1.2.840.10008.1.2.4.50",
  "1.2.840.10008.1.2.4.51",
  "1.2.840.10008.1.2.4.57",
  "1.2.840.10008.1.2.4.70",
  "1.2.840.10008.1.2.4.80",
  "1.2.840.10008.1.2.4.81",
  "1.2.840.10008.1.2.4.90",
  "1.2.840.10008.1.2.4.91",
  "1.2.840.10008.1.2.4.201",
  "1.2.840.10008.1.2.4.203",
  "1.2.840.10008.1.2.4.100",
  "1.2.3",
  "",
  "1.2.840.10008.1.2.4.90\\1",
];

const forgeLength: Mutator = (file, random) => {
  const { meta, elements, encoding } = layoutOf(file);
  const all = [...meta, ...elements];
  if (all.length === 0) return undefined;
  const element = pick(random, all);
  const choices = [
    ...boundaryLongs,
    element.length + 1,
    element.length - 1,
    element.length + 2,
    element.length * 2,
    file.length,
  ];
  const length = pick(random, choices);
  const bytes = withLength(
    file,
    element,
    length,
    meta.includes(element) ? { isExplicit: true, isBigEndian: false } : encoding,
  );
  return { bytes, how: `length of ${name(element)} is ${length}` };
};

/** Numbers of the Image Pixel module (PS3.3 C.7.6.3) and of padding. */
const numberTags = [
  0x00280002, 0x00280006, 0x00280010, 0x00280011, 0x00280100, 0x00280101, 0x00280102, 0x00280103, 0x00280120,
  0x00280121,
];
const forgeNumber: Mutator = (file, random) => {
  const layout = layoutOf(file);
  const tag = pick(random, numberTags);
  const number = pick(random, boundaryWords);
  const vr = tag >= 0x00280120 ? pick(random, ["US", "SS"]) : "US";
  const count = chance(random, 0.9) ? 1 : between(random, 0, 3);
  const value = words(layout.encoding, ...Array.from({ length: count }, () => number));
  return { bytes: withElement(file, layout, tag, vr, value), how: `${hex(tag)} is ${number}, ${count} times` };
};

const numberTexts = [
  "0",
  "-1",
  "1",
  "2",
  "3",
  "1.5",
  "1e9",
  "999999999999",
  "1e308",
  "-1e308",
  "1e-308",
  "NaN",
  "Infinity",
  "-0",
  "",
  " ",
  "\\",
  "\\\\\\\\",
  "0x10",
  "1 2",
  "1\\0",
  "0\\1",
  "-1\\-1",
  "0.5",
  "4096",
  "65536",
  "1e400",
  "--1",
  "1\0",
  "\0",
];
/** Frames, windows, rescale, spacing, shutters: numbers written as text. */
const textNumberTags = [0x00280008, 0x00281050, 0x00281051, 0x00281052, 0x00281053, 0x00181164];
const forgeNumberText: Mutator = (file, random) => {
  const tag = pick(random, textNumberTags);
  const text = chance(random, 0.05) ? "1\\".repeat(between(random, 1, 5000)) : pick(random, numberTexts);
  const value = Buffer.from(text, "latin1");
  const bytes = withElement(file, layoutOf(file), tag, tag === 0x00280008 ? "IS" : "DS", value);
  return { bytes, how: `${hex(tag)} is ${JSON.stringify(text.slice(0, 20))}` };
};

const textsByTag: [number, string[]][] = [
  [0x00280004, ["MONOCHROME1", "MONOCHROME2", "RGB", "PALETTE COLOR", "YBR_FULL_422", "", "MONOCHROME", "\0"]],
  [0x00281056, ["LINEAR", "LINEAR_EXACT", "SIGMOID", "SQUARE", ""]],
  [0x20500020, ["IDENTITY", "INVERSE", ""]],
  [0x00200062, ["L", "R", "B", "X", ""]],
  [0x00200020, ["A\\F", "P\\FL", "\\", "A\\F\\H", "ZZZ"]],
  [0x00281300, ["YES", "NO", "MAYBE"]],
  [0x00080016, ["1.2.840.10008.5.1.4.1.1.1.2", "1.2.840.10008.5.1.4.1.1.13.1.3", ""]],
];
const forgeText: Mutator = (file, random) => {
  const [tag, texts] = pick(random, textsByTag);
  const text = pick(random, texts);
  return {
    bytes: withElement(file, layoutOf(file), tag, "CS", Buffer.from(text, "latin1")),
    how: `${hex(tag)} is "${text}"`,
  };
};

const swapVr: Mutator = (file, random) => {
  const { elements, encoding } = layoutOf(file);
  const explicit = elements.filter(({ vr }) => vr !== "");
  if (!encoding.isExplicit || explicit.length === 0) return undefined;
  const element = pick(random, explicit);
  const vr = pick(random, vrs);
  const bytes = Buffer.from(file);
  bytes.write(vr, element.start + 4, "latin1");
  return { bytes, how: `${name(element)} says it is ${vr}` };
};

const removeElement: Mutator = (file, random) => {
  const { meta, elements } = layoutOf(file);
  const all = [...meta, ...elements];
  if (all.length === 0) return undefined;
  const element = pick(random, all);
  return { bytes: replaced(file, element.start, endOf(element, file), noBytes), how: `${name(element)} removed` };
};

const moveElement: Mutator = (file, random) => {
  const { elements } = layoutOf(file);
  if (elements.length < 2) return undefined;
  const element = pick(random, elements);
  const target = pick(random, elements);
  const own = file.subarray(element.start, endOf(element, file));
  const isCopy = chance(random, 0.5);
  const bytes = isCopy
    ? replaced(file, target.start, target.start, own)
    : target.start >= endOf(element, file)
      ? replaced(replaced(file, target.start, target.start, own), element.start, endOf(element, file), noBytes)
      : replaced(replaced(file, element.start, endOf(element, file), noBytes), target.start, target.start, own);
  return { bytes, how: `${name(element)} ${isCopy ? "copied" : "moved"} before ${name(target)}` };
};

/** Sequences in one another, of defined or undefined lengths, closed or left open. */
const nestSequences: Mutator = (file, random) => {
  const { elements, encoding } = layoutOf(file);
  if (elements.length === 0) return undefined;
  const depth = pick(random, [1, 2, 10, 100, 1000, 10_000]);
  const isDefined = chance(random, 0.3) && depth <= 100;
  const isClosed = chance(random, 0.7);
  let nest: Buffer = noBytes;
  if (isDefined)
    for (let level = 0; level < depth; level++)
      nest = elementBytes(encoding, 0x00400555, "SQ", elementBytes(encoding, itemTag, "", nest));
  else {
    const open = [
      elementBytes(encoding, 0x00400555, "SQ", noBytes, undefinedLength),
      elementBytes(encoding, itemTag, "", noBytes, undefinedLength),
    ];
    const close = [elementBytes(encoding, 0xfffee00d, "", noBytes), elementBytes(encoding, 0xfffee0dd, "", noBytes)];
    const times = (parts: Buffer[]): Buffer[] => Array.from({ length: depth }, () => Buffer.concat(parts));
    nest = Buffer.concat([...times(open), ...(isClosed ? times(close) : [])]);
  }
  const at = pick(random, elements).start;
  return {
    bytes: replaced(file, at, at, nest),
    how: `sequences ${depth} deep at ${at}${isDefined || isClosed ? "" : ", left open"}`,
  };
};

/** Modality or VOI LUT Sequence (PS3.3 C.11.1, C.11.2) whose descriptor and data contradict each other. */
const forgeLookUpTable: Mutator = (file, random) => {
  const layout = layoutOf(file);
  const { encoding } = layout;
  const entries = pick(random, boundaryWords);
  const firstMapped = pick(random, boundaryWords);
  const bits = pick(random, [...boundaryWords, 8, 10, 12, 16]);
  const descriptor = [entries, firstMapped, bits].slice(0, chance(random, 0.9) ? 3 : random.below(4));
  const length = pick(random, [0, 1, 2, 3, 16, 256, 512, entries, 2 * entries]);
  const isSigned = chance(random, 0.5);
  const table = Buffer.concat([
    elementBytes(encoding, 0x00283002, isSigned ? "SS" : "US", words(encoding, ...descriptor)),
    elementBytes(encoding, 0x00283006, pick(random, ["US", "OW", "SS", "UN"]), Buffer.alloc(length & 0xfffe, 0x5a)),
  ]);
  const items = Array.from({ length: between(random, 0, 3) }, () => elementBytes(encoding, itemTag, "", table));
  const tag = pick(random, [0x00283000, 0x00283010]);
  const bytes = withElement(file, layout, tag, "SQ", Buffer.concat(items));
  return { bytes, how: `${items.length} look-up tables ${entries}\\${firstMapped}\\${bits} with ${length} bytes` };
};

const insertElement: Mutator = (file, random) => {
  const { elements, encoding } = layoutOf(file);
  if (elements.length === 0) return undefined;
  const tag = pick(
    random,
    [
      0x00091001, 0x00080005, 0x00282000, 0x52009230, 0x60003000, 0x7fe00001, 0x7fe00002, 0x7fe00008, 0xfffcfffc,
      0xfffee00d,
    ],
  );
  const value = randomBytes(random, random.below(40));
  const length = chance(random, 0.7) ? value.length : pick(random, boundaryLongs);
  const at = pick(random, elements).start;
  const bytes = replaced(file, at, at, elementBytes(encoding, tag, pick(random, vrs), value, length >>> 0));
  return { bytes, how: `${hex(tag)} of ${length} bytes inserted at ${at}` };
};

const swapSyntax: Mutator = (file, random) => {
  const syntax = layoutOf(file).meta.find(({ tag }) => tag === 0x00020010);
  if (syntax === undefined) return undefined;
  const uid = pick(random, syntaxes);
  const value = Buffer.from(uid.length % 2 === 0 ? uid : `${uid}\0`, "latin1");
  const element = elementBytes({ isExplicit: true, isBigEndian: false }, 0x00020010, "UI", value);
  return { bytes: replaced(file, syntax.start, endOf(syntax, file), element), how: `transfer syntax "${uid}"` };
};

/** What a header can say wrongly. */
export const headerMutators: readonly Mutator[] = [
  forgeLength,
  forgeNumber,
  forgeNumberText,
  forgeText,
  swapVr,
  removeElement,
  moveElement,
  nestSequences,
  forgeLookUpTable,
  insertElement,
  swapSyntax,
];

/** Rows and Columns as given; the stream of a compressed frame is left as it is. */
export function withHeaderSize(file: Buffer, rows: number, columns: number): Buffer {
  const tall = withElement(file, layoutOf(file), 0x00280010, "US", words(layoutOf(file).encoding, rows));
  return withElement(tall, layoutOf(tall), 0x00280011, "US", words(layoutOf(tall).encoding, columns));
}

/** The file with an element of the data set set, in the place of the old one or where its tag belongs. */
export function withElement(
  file: Buffer,
  { elements, encoding, dataAt }: DicomLayout,
  tag: number,
  vr: string,
  value: Buffer,
): Buffer {
  const element = elementBytes(encoding, tag, vr, value);
  const old = elements.find((other) => other.tag === tag);
  if (old !== undefined) return replaced(file, old.start, endOf(old, file), element);
  const next = elements.find((other) => other.tag > tag && other.tag >>> 16 !== 0xfffe);
  const at = next?.start ?? elements.at(-1)?.start ?? dataAt;
  return replaced(file, at, at, element);
}

/** Behind an element's value; sequences of undefined length are taken as empty. */
function endOf({ valueAt, length }: PlacedElement, file: Buffer): number {
  return Math.min(file.length, length === undefinedLength ? valueAt : valueAt + length);
}

function name({ tag, isInPixelData }: PlacedElement): string {
  return tag === itemTag && isInPixelData ? "a fragment" : tag === pixelDataTag ? "Pixel Data" : hex(tag);
}

function hex(tag: number): string {
  return `(${(tag >>> 16).toString(16).padStart(4, "0")},${(tag & 0xffff).toString(16).padStart(4, "0")})`;
}
