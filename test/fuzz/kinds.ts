import { inflateSync } from "node:zlib";
import { writeDicom } from "@mammoflow/dicom";
import { type PackedArray, readGolden } from "../support/goldens.ts";
import { elementBytes, itemTag, layoutOf, words } from "./elements.ts";
import { declareSize } from "./mutators/declared-size.ts";
import { deflateMutators } from "./mutators/deflate.ts";
import { fragmentMutators, ofStream } from "./mutators/fragments.ts";
import { headerMutators, withElement } from "./mutators/header.ts";
import { jpeg2000StreamMutators } from "./mutators/jpeg-2000.ts";
import { jpegStreamMutators } from "./mutators/jpeg.ts";
import type { Mutator } from "./mutators/mutator.ts";
import { rleStreamMutators } from "./mutators/rle.ts";

/** A kind of file: sound ones to start from, and the groups of mutators that know something of it. */
export interface Kind {
  name: string;
  seeds: readonly Buffer[];
  mutators: readonly (readonly Mutator[])[];
}

interface Golden {
  name: string;
  file: string;
  values: PackedArray;
}

/** Every kind of file that is read; the seeds are a few hundred to a few thousand bytes. */
export function fuzzKinds(): Kind[] {
  const goldens = readGolden<Golden[]>("dicom.json");
  const named = (pattern: RegExp): Buffer[] => {
    const files = goldens.filter(({ name }) => pattern.test(name)).map(({ file }) => inflateSync(Buffer.from(file, "base64")));
    if (files.length === 0) throw new Error(`no golden is named ${pattern.source}`);
    return files;
  };
  const header = [headerMutators, [declareSize]];
  const encapsulated = (streamMutators: readonly Mutator[]): Kind["mutators"] => [...header, fragmentMutators, streamMutators];
  const jpeg = encapsulated(jpegStreamMutators.map(ofStream));
  const jpeg2000 = encapsulated(jpeg2000StreamMutators.map(ofStream));
  return [
    { name: "explicit", seeds: named(/^explicit little endian|^high bit|^overlay/), mutators: header },
    { name: "implicit", seeds: named(/^implicit/), mutators: header },
    { name: "big-endian", seeds: named(/^explicit big endian/), mutators: header },
    { name: "deflated", seeds: named(/^deflated/), mutators: [deflateMutators] },
    { name: "bare", seeds: named(/bare data set|no preamble/), mutators: header },
    { name: "multi-frame", seeds: named(/frames$/), mutators: [...header, fragmentMutators] },
    { name: "grey-scale", seeds: greyScaleSeeds(), mutators: header },
    { name: "rle", seeds: named(/^RLE/), mutators: encapsulated(rleStreamMutators.map(ofStream)) },
    { name: "jpeg-baseline", seeds: named(/^JPEG baseline/), mutators: jpeg },
    { name: "jpeg-extended", seeds: named(/^JPEG extended/), mutators: jpeg },
    { name: "jpeg-lossless", seeds: named(/^JPEG lossless/), mutators: jpeg },
    { name: "jpeg-ls", seeds: named(/^JPEG-LS/), mutators: jpeg },
    { name: "jpeg-2000", seeds: named(/^JPEG 2000/), mutators: jpeg2000 },
  ];
}

/** Files with everything that stands between stored values and grey: rescale, windows, padding, look-up tables. */
function greyScaleSeeds(): Buffer[] {
  const plain = Buffer.from(
    writeDicom({
      rows: 12,
      columns: 10,
      samples: Int16Array.from({ length: 120 }, (_, index) => 40 * index - 2000),
      bitsStored: 12,
      photometricInterpretation: "MONOCHROME1",
      windows: [
        { center: 40, width: 400 },
        { center: 1000, width: 1 },
      ],
      voiLutFunction: "SIGMOID",
      rescale: { slope: 1.5, intercept: -1024 },
      pixelPadding: -2000,
      laterality: "L",
      burnedInAnnotation: "YES",
    }),
  );
  const withTable = (file: Buffer, tag: number, firstMapped: number, entries: number, bits: number): Buffer => {
    const layout = layoutOf(file);
    const { encoding } = layout;
    const values = Array.from({ length: entries }, (_, index) => index * 3);
    const table = Buffer.concat([
      elementBytes(encoding, 0x00283002, "SS", words(encoding, entries, firstMapped, bits)),
      elementBytes(encoding, 0x00283006, "US", words(encoding, ...values)),
    ]);
    return withElement(file, layout, tag, "SQ", elementBytes(encoding, itemTag, "", table));
  };
  const modality = withTable(plain, 0x00283000, -2000, 64, 12);
  return [plain, modality, withTable(plain, 0x00283010, -500, 64, 8), withTable(modality, 0x00283010, 0, 16, 16)];
}
