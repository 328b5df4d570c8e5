import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { DicomError } from "@mammoflow/dicom";
import { type DataElement, isPrivate, textAt } from "../../packages/dicom/src/deidentify/data-set.ts";
import { readDataSet } from "../../packages/dicom/src/deidentify/read-data-set.ts";
import { writeDataSet } from "../../packages/dicom/src/deidentify/write-data-set.ts";
import { encodedFile, type PlainElement, syntaxes } from "../support/encoded-data-set.ts";
import { readGolden } from "../support/goldens.ts";

type GoldenElement = [tag: string, vr: string, value: string | GoldenElement[][]];

const golden = readGolden<{ elements: string; files: { name: keyof typeof syntaxes; file: string }[] }>(
  "deidentify.json",
);
const inflated = (text: string): Buffer => inflateSync(Buffer.from(text, "base64"));

/** In the golden's form, without group lengths and private elements, into which the reader does not look. */
function plain(elements: DataElement[]): GoldenElement[] {
  return elements
    .filter(({ tag }) => (tag & 0xffff) !== 0 && !isPrivate(tag))
    .map((element) => {
      const tag = element.tag.toString(16).toUpperCase().padStart(8, "0");
      if ("items" in element) return [tag, "SQ", element.items.map(plain)];
      if ("fragments" in element) return [tag, "fragments", Buffer.from(element.fragments).toString("hex")];
      return [tag, element.vr, Buffer.from(element.value).toString("hex")];
    });
}

describe("a data set with every VR, read", () => {
  const expected = (JSON.parse(inflated(golden.elements).toString()) as GoldenElement[]).filter(
    ([tag]) => !isPrivate(Number.parseInt(tag, 16)),
  );

  for (const { name, file } of golden.files)
    it(`is what pydicom wrote, from ${name}`, () => {
      const { meta, elements } = readDataSet(inflated(file), name);
      assert.equal(textAt(meta, 0x00020010), syntaxes[name]);
      assert.deepEqual(plain(elements), expected);
    });

  it("is the same again after it was written, with meta information of its own", () => {
    const [first] = golden.files;
    const { elements } = readDataSet(inflated(first!.file), "golden");
    const meta = {
      transferSyntaxUid: syntaxes["explicit little endian"],
      sopClassUid: "1.2.3",
      sopInstanceUid: "1.2.4",
    };
    const written = writeDataSet(elements.toReversed(), meta);
    const again = readDataSet(written, "written");
    assert.deepEqual(plain(again.elements), expected);
    assert.deepEqual(
      plain(again.meta).map(([tag, vr]) => `${tag} ${vr}`),
      ["00020001 OB", "00020002 UI", "00020003 UI", "00020010 UI", "00020012 UI"],
    );
    assert.equal(
      written.subarray(0, 128).some((byte) => byte !== 0),
      false,
    );
  });
});

describe("reading a data set", () => {
  const named = [{ tag: 0x00080018, vr: "UI", value: "1.2.3" }];
  const nested = (depth: number): PlainElement[] => [
    { tag: 0x00081140, vr: "SQ", value: depth === 0 ? [] : [nested(depth - 1)] },
  ];

  for (const [name, syntax] of Object.entries(syntaxes))
    it(`finds the same in sequences with and without lengths, ${name}`, () => {
      const elements = [
        ...named,
        {
          tag: 0x00081140,
          vr: "SQ",
          value: [
            [
              { tag: 0x00081155, vr: "UI", value: "1.2" },
              { tag: 0x0040a170, vr: "SQ", value: [[{ tag: 0x00080104, vr: "LO", value: "inside" }], []] },
            ],
          ],
        },
        { tag: 0x00280010, vr: "US", value: Uint8Array.of(1, 2) },
      ];
      const closed = plain(readDataSet(encodedFile(elements, { syntax }), "closed").elements);
      assert.deepEqual(plain(readDataSet(encodedFile(elements, { syntax, isOpen: true }), "open").elements), closed);
      assert.deepEqual(
        closed.map(([tag]) => tag),
        ["00080018", "00081140", "00280010"],
      );
      assert.equal(closed[2]![2], "0102");
    });

  it("takes the VR of an UN from the dictionary, sequences in implicit encoding included", () => {
    const inner = encodedFile([{ tag: 0x00081155, vr: "UI", value: "1.2" }], {
      syntax: syntaxes["implicit little endian"],
    });
    const item = inner.subarray(inner.indexOf(Buffer.from("08005511", "hex")));
    const head = Buffer.from("feff00e000000000", "hex");
    head.writeUInt32LE(item.length, 4);
    const { elements } = readDataSet(
      encodedFile([
        { tag: 0x00081140, vr: "UN", value: Buffer.concat([head, item]) },
        { tag: 0x00100010, vr: "UN", value: "A^B" },
      ]),
      "un",
    );
    assert.deepEqual(plain(elements), [
      ["00081140", "SQ", [[["00081155", "UI", Buffer.from("1.2\0").toString("hex")]]]],
      ["00100010", "PN", Buffer.from("A^B ").toString("hex")],
    ]);
  });

  it("leaves an UN as it is that is no sequence, though PS3.6 has one there", () => {
    const { elements } = readDataSet(encodedFile([...named, { tag: 0x00081140, vr: "UN", value: "nonsense" }]), "un");
    assert.deepEqual(plain(elements)[1], ["00081140", "UN", Buffer.from("nonsense").toString("hex")]);
  });

  it("goes on behind an item that ends with pixels, as those of icons do", () => {
    const icon = { tag: 0x00880200, vr: "SQ", value: [[{ tag: 0x7fe00010, vr: "OB", value: Uint8Array.of(1, 2) }]] };
    const elements = [...named, icon, { tag: 0x00880904, vr: "LO", value: "behind" }];
    for (const isOpen of [false, true])
      assert.deepEqual(plain(readDataSet(encodedFile(elements, { isOpen }), "icon").elements).slice(1), [
        ["00880200", "SQ", [[["7FE00010", "OB", "0102"]]]],
        ["00880904", "LO", Buffer.from("behind").toString("hex")],
      ]);
  });

  it("needs neither preamble nor meta information", () => {
    const whole = encodedFile(named);
    for (const start of [0, 128, 132, whole.indexOf(Buffer.from("08001800", "hex"))])
      assert.deepEqual(plain(readDataSet(whole.subarray(start), "part").elements)[0]![0], "00080018");
  });

  const refused: Record<string, [Buffer, string]> = {
    text: [Buffer.from("x".repeat(500)), "DICOM_NOT_DICOM"],
    "a value that ends too early": [encodedFile(named).subarray(0, -3), "DICOM_TRUNCATED"],
    "a sequence without an end": [encodedFile(nested(1), { isOpen: true }).subarray(0, -8), "DICOM_TRUNCATED"],
    "sequences without end in one another": [encodedFile(nested(80)), "DICOM_CORRUPT"],
    "a deflated data set that is none": [
      Buffer.concat([encodedFile([], { syntax: syntaxes.deflated }).subarray(0, -2), Buffer.from("no stream")]),
      "DICOM_CORRUPT",
    ],
  };
  for (const [what, [bytes, code]] of Object.entries(refused))
    it(`refuses ${what}`, () => {
      assert.throws(
        () => readDataSet(bytes, "bad.dcm"),
        (error: unknown) => error instanceof DicomError && error.code === code && error.message.includes("bad.dcm"),
      );
    });
});
