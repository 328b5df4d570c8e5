import assert from "node:assert/strict";
import * as fc from "fast-check";
import { decodePixels, readDicom, writeDicom } from "@mammoflow/dicom";

const types = {
  uint8: { create: (length: number) => new Uint8Array(length), bits: 8, isSigned: false },
  int8: { create: (length: number) => new Int8Array(length), bits: 8, isSigned: true },
  uint16: { create: (length: number) => new Uint16Array(length), bits: 16, isSigned: false },
  int16: { create: (length: number) => new Int16Array(length), bits: 16, isSigned: true },
};

/** Images of any supported type, whose values fill the bits stored. */
const images = fc
  .record({
    rows: fc.integer({ min: 2, max: 9 }),
    columns: fc.integer({ min: 2, max: 9 }),
    type: fc.constantFrom(...Object.values(types)),
    spareBits: fc.integer({ min: 0, max: 4 }),
    start: fc.nat(),
  })
  .map(({ rows, columns, type, spareBits, start }) => {
    const bitsStored = type.bits - spareBits;
    const low = type.isSigned ? -(2 ** (bitsStored - 1)) : 0;
    const samples = type.create(rows * columns);
    for (let index = 0; index < samples.length; index++)
      samples[index] = low + ((start + index * 977) % 2 ** bitsStored);
    return { rows, columns, bitsStored, isSigned: type.isSigned, samples };
  });

describe("writing DICOM", () => {
  it("gives back what was written, whatever the type, bits and size", async () => {
    await fc.assert(
      fc.asyncProperty(images, async ({ rows, columns, bitsStored, isSigned, samples }) => {
        const file = writeDicom({ rows, columns, bitsStored, samples, photometricInterpretation: "MONOCHROME2" });
        const pixels = await decodePixels(readDicom(file, "written"));
        assert.deepEqual([pixels.rows, pixels.columns, pixels.isSigned], [rows, columns, isSigned]);
        assert.deepEqual([...pixels.samples], [...samples]);
      }),
    );
  });

  it("carries window, rescale, padding and the facts of the view", () => {
    const header = readDicom(
      writeDicom({
        rows: 1,
        columns: 2,
        samples: Int16Array.of(-1, 5),
        bitsStored: 12,
        photometricInterpretation: "MONOCHROME1",
        windows: [
          { center: 2000.5, width: 1 / 3 + 1000 },
          { center: 1, width: 2 },
        ],
        voiLutFunction: "SIGMOID",
        rescale: { slope: 2, intercept: -1024 },
        pixelPadding: -2000,
        manufacturer: "SIEMENS",
        modality: "MG",
        laterality: "R",
        viewPosition: "MLO",
        sopInstanceUid: "d".repeat(32),
      }),
      "written",
    );
    assert.deepEqual(header.rescale, { slope: 2, intercept: -1024 });
    assert.deepEqual(header.padding, { low: -2000, high: -2000 });
    assert.equal(header.windows[0]!.center, 2000.5);
    assert.ok(Math.abs(header.windows[0]!.width - 1000.333333) < 1e-6);
    assert.equal(header.windows[0]!.function, "SIGMOID");
    assert.deepEqual(header.windows[1], { center: 1, width: 2, function: "SIGMOID" });
    assert.deepEqual(header.warnings, []);
    const { manufacturer, modality, laterality, viewPosition, photometricInterpretation } = header;
    assert.deepEqual(
      [manufacturer, modality, laterality, viewPosition, photometricInterpretation],
      ["SIEMENS", "MG", "R", "MLO", "MONOCHROME1"],
    );
  });

  it("refuses samples that do not fit the size or the bits", () => {
    const spec = { rows: 2, columns: 2, bitsStored: 8, photometricInterpretation: "MONOCHROME2" };
    assert.throws(() => writeDicom({ ...spec, samples: new Uint8Array(3) }), /3 samples given/);
    assert.throws(() => writeDicom({ ...spec, bitsStored: 9, samples: new Uint8Array(4) }), /9 bits stored/);
  });
});
