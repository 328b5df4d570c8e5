import assert from "node:assert/strict";
import { deflateRawSync, deflateSync } from "node:zlib";
import fc from "fast-check";
import { DicomError, type DicomImage, decodePixels, readDicom } from "@mammoflow/dicom";
import {
  type ElementSpec,
  type Encoding,
  elementHeader,
  encodeElements,
  explicitBig,
  explicitLittle,
  fileAround,
  imageElements,
  imageValues,
  implicitLittle,
} from "../support/dicom-elements.ts";
import { encapsulated } from "../support/encapsulated-dicom.ts";
import { readGolden, unpackBytes } from "../support/goldens.ts";

const syntaxes = {
  implicit: "1.2.840.10008.1.2",
  explicit: "1.2.840.10008.1.2.1",
  big: "1.2.840.10008.1.2.2",
  deflated: "1.2.840.10008.1.2.1.99",
  jpegBaseline: "1.2.840.10008.1.2.4.50",
};

const valuesOf = async (bytes: Uint8Array): Promise<{ image: DicomImage; values: number[] }> => {
  const image = readDicom(bytes, "a.dicom");
  return { image, values: Array.from((await decodePixels(image)).samples) };
};

/** Reads it, finds the pixels of `imageElements`, and no warning but those expected. */
async function reads(bytes: Uint8Array, ...warnings: RegExp[]): Promise<DicomImage> {
  const { image, values } = await valuesOf(bytes);
  assert.deepEqual(values, [...imageValues]);
  assert.equal(image.warnings.length, warnings.length, image.warnings.join("; "));
  for (const [index, warning] of warnings.entries()) assert.match(image.warnings[index]!, warning);
  return image;
}

const failsWith = (bytes: Uint8Array, code: string, words: RegExp): void =>
  assert.throws(
    () => readDicom(bytes, "a.dicom"),
    (error: unknown) => {
      assert.ok(error instanceof DicomError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, words);
      return true;
    },
  );

const explicitFile = (...others: ElementSpec[]): Buffer =>
  fileAround(encodeElements(imageElements(...others), explicitLittle), syntaxes.explicit);

describe("DICOM files without their beginning, or with the wrong one", () => {
  for (const [name, encoding] of Object.entries({ explicitLittle, implicitLittle, explicitBig }))
    it(`reads a bare data set: ${name}`, async () => {
      await reads(encodeElements(imageElements(), encoding), /names no transfer syntax/);
    });

  it("reads file meta information without a preamble, and without the mark", async () => {
    const file = explicitFile();
    await reads(file.subarray(128));
    await reads(file.subarray(132));
  });

  const declared: [uid: string, encoding: Encoding][] = [
    [syntaxes.explicit, implicitLittle],
    [syntaxes.explicit, explicitBig],
    [syntaxes.implicit, explicitLittle],
    [syntaxes.implicit, explicitBig],
    [syntaxes.big, explicitLittle],
    [syntaxes.big, implicitLittle],
  ];
  for (const [uid, encoding] of declared)
    it(`believes the bytes where ${uid} is wrong: ${JSON.stringify(encoding)}`, async () => {
      await reads(fileAround(encodeElements(imageElements(), encoding), uid), /means .* but it is/);
    });

  it("reads a deflated data set, also with zlib's header", async () => {
    const dataSet = encodeElements(imageElements(), explicitLittle);
    await reads(fileAround(deflateRawSync(dataSet), syntaxes.deflated));
    await reads(fileAround(deflateSync(dataSet), syntaxes.deflated));
    failsWith(fileAround(Buffer.alloc(40, 0xff), syntaxes.deflated), "DICOM_CORRUPT", /cannot be inflated/);
    const cut = deflateRawSync(dataSet).subarray(0, -20);
    failsWith(fileAround(cut, syntaxes.deflated), "DICOM_TRUNCATED", /cut short/);
  });

  it("reads pixels that were decompressed without a word about it, and a stream that lies there bare", async () => {
    const dataSet = encodeElements(imageElements(), explicitLittle);
    await reads(fileAround(dataSet, syntaxes.jpegBaseline), /its pixel data is of 1\.2\.840\.10008\.1\.2\.1,/);
    for (const { name, file } of readGolden<{ name: string; file: string }[]>("dicom.json"))
      if (/^JPEG|^RLE, 12/.test(name) && !/frames|fragments/.test(name)) {
        const { encoded, transferSyntaxUid, ...image } = readDicom(unpackBytes({ shape: [], deflate: file }), name);
        const expected = await decodePixels({ ...image, encoded, transferSyntaxUid });
        const elements = imageElements(
          { tag: 0x00280010, vr: "US", value: [image.rows] },
          { tag: 0x00280011, vr: "US", value: [image.columns] },
          { tag: 0x00280100, vr: "US", value: [image.bitsAllocated] },
          { tag: 0x00280101, vr: "US", value: [image.bitsStored] },
          { tag: 0x00280102, vr: "US", value: [image.highBit] },
          { tag: 0x00280103, vr: "US", value: [image.isSigned ? 1 : 0] },
        ).slice(0, -1);
        const header = encodeElements(elements, explicitLittle);
        const fragments = Buffer.concat([
          elementHeader(0x7fe00010, "OB", 0xffffffff, explicitLittle),
          encapsulated([encoded]),
        ]);
        const bare = Buffer.concat([elementHeader(0x7fe00010, "OB", encoded.length, explicitLittle), encoded]);
        for (const file of [
          fileAround(Buffer.concat([header, fragments]), syntaxes.explicit),
          fileAround(Buffer.concat([header, fragments]), "1.2.840.10008.1.2.4.100"),
          fileAround(Buffer.concat([header, bare]), transferSyntaxUid),
        ]) {
          const { image, values } = await valuesOf(file);
          assert.deepEqual(values, [...expected.samples], name);
          assert.equal(
            image.warnings.length,
            image.transferSyntaxUid === transferSyntaxUid && file.includes(transferSyntaxUid) ? 0 : 1,
          );
        }
      }
  });
});

describe("DICOM headers with what the pixels do not need", () => {
  for (const { age, years } of [
    { age: "057Y", years: 57 },
    { age: "102Y", years: 90 }, // ages above 89 can tell who somebody is
    { age: "006M", years: undefined },
    { age: "57", years: undefined },
  ])
    it(`say ${years === undefined ? "no age" : `an age of ${years}`} for ${age}`, async () => {
      const { ageYears } = await reads(explicitFile({ tag: 0x00101010, vr: "AS", value: age }));
      assert.equal(ageYears, years);
    });

  const deepInside = (depth: number, hasUndefinedLength: boolean): ElementSpec =>
    Array.from({ length: depth }).reduce<ElementSpec>(
      (inner) => ({ tag: 0x00081140, vr: "SQ", value: [[inner]], hasUndefinedLength }),
      { tag: 0x00081150, vr: "UI", value: "1.2" },
    );

  it("passes over private elements, group lengths, odd lengths, icons, and what comes behind the pixels", async () => {
    const icon = Buffer.concat([
      elementHeader(0x7fe00010, "OB", 0xffffffff, explicitLittle),
      encapsulated([Buffer.from("fragment")]),
    ]);
    const iconSequence = Buffer.concat([
      elementHeader(0x00880200, "SQ", 0xffffffff, explicitLittle),
      elementHeader(0xfffee000, "", 0xffffffff, explicitLittle),
      icon,
      elementHeader(0xfffee00d, "", 0, explicitLittle),
      elementHeader(0xfffee0dd, "", 0, explicitLittle),
    ]);
    const pixels = imageElements().slice(-1);
    const dataSet = Buffer.concat([
      encodeElements(
        [
          { tag: 0x00080000, vr: "UL", value: [999] },
          { tag: 0x00080070, vr: "LO", value: "ACME " },
          { tag: 0x00090010, vr: "LO", value: "PRIVATE" },
          { tag: 0x00091001, vr: "OV", value: Buffer.alloc(8) },
          { tag: 0x00091002, vr: "UN", value: Buffer.from("not a sequence at all") },
          { tag: 0x00091003, vr: "SQ", value: Buffer.from("nor is this") },
          { tag: 0x00091004, vr: "UN", value: encodeElements([], implicitLittle) },
          ...imageElements().slice(0, -1),
        ],
        explicitLittle,
      ),
      iconSequence,
      encodeElements(pixels, explicitLittle),
      encodeElements([{ tag: 0xfffcfffc, vr: "OB", value: Buffer.alloc(33) }], explicitLittle),
      Buffer.from("garbage"),
    ]);
    const image = await reads(fileAround(dataSet, syntaxes.explicit));
    assert.equal(image.manufacturer, "ACME");
  });

  it("reads UN of undefined length as implicit, and elements without a VR in an explicit data set", async () => {
    const inside = encodeElements([deepInside(3, true)], implicitLittle);
    const unknown = Buffer.concat([
      elementHeader(0x00091010, "UN", 0xffffffff, explicitLittle),
      elementHeader(0xfffee000, "", 0xffffffff, explicitLittle),
      inside,
      elementHeader(0xfffee00d, "", 0, explicitLittle),
      elementHeader(0xfffee0dd, "", 0, explicitLittle),
    ]);
    const withoutVr = encodeElements([{ tag: 0x00091011, vr: "LO", value: "no VR here" }], implicitLittle);
    const [first, ...rest] = imageElements();
    const parts = [encodeElements([first!], explicitLittle), unknown, withoutVr, encodeElements(rest, explicitLittle)];
    await reads(fileAround(Buffer.concat(parts), syntaxes.explicit));
  });

  it("refuses what nests too deep or has too many elements, in little time", () => {
    failsWith(explicitFile(deepInside(65, true)), "DICOM_CORRUPT", /64 deep/);
    const open = Buffer.concat([
      elementHeader(0x00081140, "SQ", 0xffffffff, explicitLittle),
      elementHeader(0xfffee000, "", 0xffffffff, explicitLittle),
    ]);
    const [modality] = imageElements();
    const bottomless = Buffer.concat([encodeElements([modality!], explicitLittle), ...Array(200_000).fill(open)]);
    failsWith(fileAround(bottomless, syntaxes.explicit), "DICOM_CORRUPT", /64 deep/);
    const many = Array.from({ length: 60_000 }, (_, index) => ({ tag: 0x00090000 + index, vr: "CS", value: "" }));
    const crowded = encodeElements([modality!, ...many, ...imageElements().slice(1)], explicitLittle);
    failsWith(fileAround(crowded, syntaxes.explicit), "DICOM_CORRUPT", /50000 elements/);
  });

  it("reads nested sequences whatever their form, up to that depth", async () => {
    await reads(explicitFile(deepInside(60, true)));
    await reads(explicitFile(deepInside(200, false))); // it has a length, and nobody looks inside
  });

  it("leaves out a look-up table whose sequence is damaged or made to exhaust the parser, with a warning", async () => {
    const hostile: ElementSpec[] = [
      { tag: 0x00283010, vr: "SQ", value: Buffer.from("this is no item.") },
      { tag: 0x00283010, vr: "SQ", value: [[deepInside(200, false)]] },
      {
        tag: 0x00283010,
        vr: "SQ",
        value: [Array.from({ length: 60_000 }, (_, index) => ({ tag: 0x00090000 + index, vr: "CS", value: "" }))],
      },
      { tag: 0x00283010, vr: "SQ", value: Array.from({ length: 60_000 }, () => []) },
    ];
    for (const sequence of hostile) await reads(explicitFile(sequence), /\(0028,3010\) is damaged and is left out/);
  });

  it("finds the pixels behind any tree of sequences, in each encoding", async () => {
    const leaf: fc.Arbitrary<ElementSpec> = fc.record({
      tag: fc.integer({ min: 0x00080000, max: 0x0027ffff }),
      vr: fc.constantFrom("LO", "OB", "UN", "UT"),
      value: fc.uint8Array({ maxLength: 9 }),
    });
    const { tree } = fc.letrec<{ tree: ElementSpec; sequence: ElementSpec }>((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, leaf, tie("sequence")),
      sequence: fc.record({
        tag: fc.integer({ min: 0x00080000, max: 0x0027ffff }),
        vr: fc.constant("SQ"),
        value: fc.array(fc.array(tie("tree"), { maxLength: 3 }), { maxLength: 3 }),
        hasUndefinedLength: fc.boolean(),
      }),
    }));
    const form = fc.constantFrom<[string, Encoding]>(
      [syntaxes.explicit, explicitLittle],
      [syntaxes.implicit, implicitLittle],
      [syntaxes.big, explicitBig],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(tree, { maxLength: 5 }), form, async (trees, [uid, encoding]) => {
        const [first, ...rest] = imageElements();
        await reads(fileAround(encodeElements([first!, ...trees, ...rest], encoding), uid));
      }),
      { numRuns: 300 },
    );
  });
});

describe("DICOM objects that are no mammogram", () => {
  const of = (tag: number, vr: string, value: number[] | string) => explicitFile({ tag, vr, value });

  it("are refused, and named", () => {
    const kind = "DICOM_UNSUPPORTED_IMAGE";
    failsWith(of(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.13.1.3"), kind, /breast tomosynthesis/);
    failsWith(explicitFile({ tag: 0x52009230, vr: "SQ", value: [[]] }), kind, /enhanced multi-frame/);
    failsWith(of(0x00280004, "CS", "YBR_FULL"), kind, /YBR_FULL/);
    failsWith(of(0x00280002, "US", [3]), kind, /3 samples a pixel/);
    for (const bits of [1, 12, 24, 64])
      failsWith(of(0x00280100, "US", [bits]), kind, new RegExp(`${bits} bits allocated`));
    failsWith(of(0x00280101, "US", [17]), "DICOM_CORRUPT", /impossible/);
    failsWith(of(0x00280010, "US", [0]), "DICOM_CORRUPT", /no Rows/);
  });

  it("have no frame beyond the last", async () => {
    const image = readDicom(explicitFile(), "a.dicom");
    for (const frame of [1, -1, 0.5, NaN])
      await assert.rejects(decodePixels(image, { frame }), { code: "DICOM_NO_SUCH_FRAME" });
  });
});
