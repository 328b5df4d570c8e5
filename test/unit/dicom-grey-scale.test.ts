import assert from "node:assert/strict";
import fc from "fast-check";
import { type DicomImage, type LookupTable, decodePixels, lookUp, modalityValue, readDicom } from "@mammoflow/dicom";
import {
  type ElementSpec,
  type Encoding,
  encodeElements,
  explicitBig,
  explicitLittle,
  fileAround,
  imageElements,
  implicitLittle,
} from "../support/dicom-elements.ts";
import { readGolden, unpackBytes } from "../support/goldens.ts";

const forms: [uid: string, encoding: Encoding][] = [
  ["1.2.840.10008.1.2.1", explicitLittle],
  ["1.2.840.10008.1.2", implicitLittle],
  ["1.2.840.10008.1.2.2", explicitBig],
];

const header = (...elements: ElementSpec[]): DicomImage =>
  readDicom(fileAround(encodeElements(imageElements(...elements), explicitLittle), forms[0]![0]), "a.dicom");

const text = (tag: number, value: string): ElementSpec => ({ tag, vr: "DS", value });
const slope = (value: string) => text(0x00281053, value);
const intercept = (value: string) => text(0x00281052, value);
const windows = (centers: string, widths: string) => [text(0x00281050, centers), text(0x00281051, widths)];
const signed: ElementSpec = { tag: 0x00280103, vr: "US", value: [1] };

const voiLut = (descriptor: number[], data: number[] | Uint8Array, vr = "OW", descriptorVr = "US"): ElementSpec => ({
  tag: 0x00283010,
  vr: "SQ",
  value: [
    [
      { tag: 0x00283002, vr: descriptorVr, value: descriptor },
      { tag: 0x00283006, vr, value: data },
    ],
  ],
});

const firstTable = (image: DicomImage): LookupTable => {
  assert.equal(image.voiLuts.length, 1, image.warnings.join());
  return image.voiLuts[0]!;
};

describe("the rescale of a header", () => {
  it("falls back to a line that changes nothing where half of it is missing or makes no sense, and says so", () => {
    const cases: [elements: ElementSpec[], rescale: [number, number], warning: RegExp | undefined][] = [
      [[], [1, 0], undefined],
      [[slope("2"), intercept("-3.5")], [2, -3.5], undefined],
      [[slope("0"), intercept("-5")], [1, -5], /Slope is 0, taken as 1/],
      [[intercept("-5")], [1, -5], /no Rescale Slope, taken as 1/],
      [[slope("2")], [2, 0], /no Rescale Intercept, taken as 0/],
      [[slope("1,5"), intercept("0")], [1, 0], /no Rescale Slope, taken as 1/],
      [[slope(" 1e-1 "), intercept("+.5")], [0.1, 0.5], undefined],
    ];
    for (const [elements, [expectedSlope, expectedIntercept], warning] of cases) {
      const image = header(...elements);
      assert.deepEqual(image.rescale, { slope: expectedSlope, intercept: expectedIntercept });
      assert.equal(image.warnings.length, warning ? 1 : 0, image.warnings.join());
      if (warning) assert.match(image.warnings[0]!, warning);
    }
  });
});

describe("the VOI windows of a header", () => {
  it("keep their order, and lose those that mean nothing, with a warning", () => {
    const image = header(...windows("10\\20\\x\\40\\50", "100\\0\\5\\1\\0.5"));
    assert.deepEqual(
      image.windows.map(({ center, width }) => [center, width]),
      [
        [10, 100],
        [40, 1],
      ],
    );
    assert.deepEqual(image.warnings, [
      "its VOI window 2 (centre 20, width 0) is left out",
      "its VOI window 3 (centre NaN, width 5) is left out",
      "its VOI window 5 (centre 50, width 0.5) is left out",
    ]);
    assert.match(header(text(0x00281050, "5")).warnings.join(), /width NaN/);
  });

  it("are linear where their function is unknown", () => {
    const named = (name: string) => header(...windows("10", "0.5"), { tag: 0x00281056, vr: "CS", value: name });
    assert.equal(named("LINEAR_EXACT").windows[0]!.function, "LINEAR_EXACT");
    assert.equal(named("sigmoid ").windows[0]!.function, "SIGMOID");
    const odd = header(...windows("10", "50"), { tag: 0x00281056, vr: "CS", value: "CUBIC" });
    assert.deepEqual(odd.windows, [{ center: 10, width: 50, function: "LINEAR" }]);
    assert.match(odd.warnings.join(), /CUBIC is unknown/);
  });
});

describe("the look-up tables of a header", () => {
  it("have entries of 8 bits in a word each, or two in a word, in either byte order", () => {
    for (const [uid, encoding] of forms)
      for (const data of [
        [1, 200, 3],
        [(200 << 8) | 1, 3],
      ]) {
        const file = fileAround(encodeElements(imageElements(voiLut([3, 0, 8], data)), encoding), uid);
        const table = firstTable(readDicom(file, "a.dicom"));
        assert.deepEqual([...table.values], [1, 200, 3], `${uid} ${data.join()}`);
        assert.equal(table.bits, 8);
      }
  });

  it("begin at a negative value where the pixels or the rescale can be negative, whatever the VR says", () => {
    const first = (...elements: ElementSpec[]) => firstTable(header(...elements)).firstMapped;
    const minus1000 = 0x10000 - 1000;
    assert.equal(first(voiLut([2, minus1000, 8], [1, 2])), minus1000);
    assert.equal(first(signed, voiLut([2, minus1000, 8], [1, 2])), -1000);
    assert.equal(first(voiLut([2, -1000, 8], [1, 2], "OW", "SS")), -1000);
    assert.equal(first(slope("1"), intercept("-1024"), voiLut([2, minus1000, 8], [1, 2])), -1000);
    assert.equal(first(slope("-1"), intercept("4095"), voiLut([2, minus1000, 8], [1, 2])), minus1000);
  });

  it("use what data there is: fewer entries than declared, or of more bits", () => {
    const short = firstTable(header(voiLut([0, 0, 12], [5, 6, 7])));
    assert.deepEqual([...short.values], [5, 6, 7]);
    assert.equal(firstTable(header(voiLut([2, 0, 10], [5, 4095]))).bits, 12);
  });

  it("are left out, with a reason, where they make no sense", () => {
    const reasons: [ElementSpec, RegExp][] = [
      [voiLut([2, 0, 17], [1, 2]), /17 bits/],
      [voiLut([2, 0], [1, 2]), /no LUT Descriptor/],
      [voiLut([2, 0, 16], []), /no LUT Data/],
      [{ tag: 0x00283010, vr: "SQ", value: [[]] }, /no LUT Descriptor/],
    ];
    for (const [sequence, reason] of reasons) {
      const image = header(sequence);
      assert.deepEqual(image.voiLuts, []);
      assert.match(image.warnings.join(), reason);
    }
  });

  it("give their first and last entry to all beyond, PS3.3 C.11.2.1.1", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -40_000, max: 40_000 }),
        fc.uint16Array({ minLength: 1, maxLength: 40 }),
        fc.integer({ min: -800_000, max: 800_000 }).map((eighths) => eighths / 8),
        (firstMapped, values, value) => {
          const expected =
            value < firstMapped ? values[0] : (values[Math.floor(value - firstMapped)] ?? values[values.length - 1]);
          assert.equal(lookUp({ firstMapped, bits: 16, values }, value), expected);
        },
      ),
    );
  });

  it("take the place of the rescale", () => {
    const table = { ...voiLut([3, 10, 16], [7, 8, 9]), tag: 0x00283000 };
    const image = header(table, slope("2"), intercept("5"));
    assert.deepEqual(
      [0, 10, 11, 99].map((stored) => modalityValue(image, stored)),
      [7, 7, 8, 9],
    );
  });
});

describe("what else a header says about grey", () => {
  it("pads with values of the pixels' sign, a range in either order", () => {
    const padding = (vr: string, value: number, limit: number | undefined, ...others: ElementSpec[]) =>
      header(
        { tag: 0x00280120, vr, value: [value] },
        ...(limit === undefined ? [] : [{ tag: 0x00280121, vr, value: [limit] }]),
        ...others,
      ).padding;
    assert.deepEqual(padding("US", 4095, undefined), { low: 4095, high: 4095 });
    assert.deepEqual(padding("US", 4095, 4000), { low: 4000, high: 4095 });
    assert.deepEqual(padding("SS", -2000, -1500, signed), { low: -2000, high: -1500 });
    assert.deepEqual(padding("US", 0x10000 - 2000, undefined, signed), { low: -2000, high: -2000 });
    assert.deepEqual(padding("SS", -1, undefined), { low: 65535, high: 65535 });
    assert.equal(header().padding, undefined);
  });

  it("is inverted by MONOCHROME1 or by INVERSE, once by both", () => {
    const shown = (photometric: string, shape?: string) =>
      header(
        { tag: 0x00280004, vr: "CS", value: photometric },
        ...(shape === undefined ? [] : [{ tag: 0x20500020, vr: "CS", value: shape }]),
      );
    assert.equal(shown("MONOCHROME2").isInverted, false);
    assert.equal(shown("MONOCHROME2", "IDENTITY").isInverted, false);
    assert.deepEqual(
      [shown("MONOCHROME1", "INVERSE").isInverted, shown("MONOCHROME1", "INVERSE").warnings],
      [true, []],
    );
    for (const image of [shown("MONOCHROME2", "INVERSE"), shown("MONOCHROME1", "IDENTITY")]) {
      assert.equal(image.isInverted, true);
      assert.match(image.warnings.join(), /Presentation LUT Shape .* shown inverted/);
    }
    assert.match(shown("").warnings.join(), /no Photometric Interpretation/);
  });

  it("tells about the breast and its picture", () => {
    const image = header(
      { tag: 0x00181164, vr: "DS", value: "0.07\\0.085" },
      { tag: 0x00200020, vr: "CS", value: "A\\F" },
      { tag: 0x00280301, vr: "CS", value: "YES" },
      { tag: 0x00281300, vr: "CS", value: "NO" },
      { tag: 0x00540220, vr: "SQ", value: [[{ tag: 0x00080100, vr: "SH", value: "R-10226" }]] },
    );
    const { imagerPixelSpacingMm, patientOrientation, burnedInAnnotation, hasImplant, viewPosition } = image;
    assert.deepEqual(
      { imagerPixelSpacingMm, patientOrientation, burnedInAnnotation, hasImplant, viewPosition },
      {
        imagerPixelSpacingMm: [0.07, 0.085],
        patientOrientation: "A\\F",
        burnedInAnnotation: "YES",
        hasImplant: false,
        viewPosition: "MLO",
      },
    );
  });

  it("is warned about where a compressed stream has other bits than it says", async () => {
    const golden = readGolden<{ name: string; file: string }[]>("dicom.json").find(
      ({ name }) => name === "JPEG 2000, 12 bit, unsigned",
    )!;
    const image = readDicom(unpackBytes({ shape: [], deflate: golden.file }), "a.dicom");
    assert.deepEqual((await decodePixels(image)).warnings, []);
    const { warnings, bitsStored } = await decodePixels({ ...image, bitsStored: 14 });
    assert.deepEqual([bitsStored, warnings], [12, ["its JPEG 2000 stream has 12 bits a pixel, its header says 14"]]);
  });
});
