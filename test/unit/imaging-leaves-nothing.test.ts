import assert from "node:assert/strict";
import { prepareImage, recipePresets, renderPreview } from "@mammoflow/imaging";
import { encodedFile, type PlainElement } from "../support/encoded-data-set.ts";

const us = (tag: number, value: number): PlainElement => ({
  tag,
  vr: "US",
  value: Uint8Array.of(value & 0xff, value >> 8),
});
const text = (tag: number, vr: string, value: string): PlainElement => ({ tag, vr, value });

/** A bright square of 40 in 80 pixels, in a file that tells everything about a patient. */
const file = encodedFile([
  text(0x00080018, "UI", "1.2.3.9876543"),
  text(0x00080020, "DA", "20240229"),
  text(0x00080060, "CS", "MG"),
  text(0x00080070, "LO", "Maker"),
  text(0x00080080, "LO", "SECRET Hospital"),
  text(0x00100010, "PN", "SECRET^Jane"),
  text(0x00100020, "LO", "SECRET-1"),
  text(0x00100030, "DA", "19640312"),
  text(0x00185101, "CS", "MLO"),
  text(0x0020000d, "UI", "1.2.3.9876543"),
  text(0x00200062, "CS", "L"),
  text(0x00204000, "LT", "SECRET"),
  us(0x00280002, 1),
  text(0x00280004, "CS", "MONOCHROME2"),
  us(0x00280010, 80),
  us(0x00280011, 80),
  us(0x00280100, 16),
  us(0x00280101, 12),
  us(0x00280102, 11),
  us(0x00280103, 0),
  {
    tag: 0x7fe00010,
    vr: "OW",
    value: new Uint8Array(
      Uint16Array.from({ length: 6400 }, (_, index) => (index % 80 < 40 && index < 3200 ? 3000 : 10)).buffer,
    ),
  },
]);

/** The types of a PNG's chunks in order, each once. */
function chunks(png: Buffer): string[] {
  const types: string[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) types.push(png.toString("latin1", at + 4, at + 8));
  return [...new Set(types)];
}

describe("what leaves a DICOM file", () => {
  for (const [name, recipe] of Object.entries(recipePresets))
    it(`is pixels and allowed facts alone, with the recipe ${name}`, async () => {
      const { png, ...record } = await prepareImage(file, recipe, "in.dcm");
      assert.deepEqual(chunks(png), ["IHDR", "IDAT", "IEND"]); // no text, no time, no Exif
      assert.deepEqual(Object.keys(record.header).toSorted(), [
        "bitsStored",
        "columns",
        "laterality",
        "manufacturer",
        "modality",
        "photometricInterpretation",
        "rows",
        "transferSyntaxUid",
        "viewPosition",
      ]);
      assert.doesNotMatch(JSON.stringify(record), /SECRET|9876543|20240229|19640312/);
    });

  it("is pixels alone in a preview", async () => {
    assert.deepEqual(chunks(await renderPreview(file, "in.dcm", 40)), ["IHDR", "IDAT", "IEND"]);
  });
});
