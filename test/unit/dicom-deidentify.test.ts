import assert from "node:assert/strict";
import * as fc from "fast-check";
import { type DeidentifiedDicom, deidentifyDicom, DicomError, type MaskFrame } from "@mammoflow/dicom";
import { type DataElement, textOf, vrOf } from "../../packages/dicom/src/deidentify/data-set.ts";
import { dummyValue } from "../../packages/dicom/src/deidentify/dummy-value.ts";
import { profileTable } from "../../packages/dicom/src/deidentify/profile-table.ts";
import { readDataSet } from "../../packages/dicom/src/deidentify/read-data-set.ts";
import { encodedFile, type PlainElement, syntaxes } from "../support/encoded-data-set.ts";

const key = Buffer.alloc(32, 7);
const nothingToMask: MaskFrame = (pixels) => ({ samples: pixels.samples.slice(), changedPixels: 0 });

const deidentify = (file: Uint8Array, options: Partial<Parameters<typeof deidentifyDicom>[2]> = {}) =>
  deidentifyDicom(file, "in.dcm", { key, maskFrame: nothingToMask, ...options });

const at = (elements: DataElement[], tag: number): DataElement | undefined =>
  elements.find((element) => element.tag === tag);
const text = (elements: DataElement[], tag: number): string | undefined => {
  const element = at(elements, tag);
  return element && "value" in element ? textOf(element.value) : undefined;
};
const items = (elements: DataElement[], tag: number): DataElement[][] => {
  const element = at(elements, tag);
  return element && "items" in element ? element.items : [];
};
const elementsOf = ({ bytes }: DeidentifiedDicom): DataElement[] => readDataSet(bytes, "out").elements;
const run = async (elements: PlainElement[]): Promise<DataElement[]> =>
  elementsOf(await deidentify(encodedFile(elements)));

const element = (tag: number, vr: string, value: PlainElement["value"]): PlainElement => ({ tag, vr, value });
const patient = (id: string): PlainElement => element(0x00100020, "LO", id);

describe("de-identifying attributes by PS3.15 Table E.1-1", () => {
  it("removes, empties and replaces, and keeps what the table does not name", async () => {
    const out = await run([
      element(0x00080018, "UI", "1.2.3"),
      element(0x00080050, "SH", "ACCESSION"), // Z
      element(0x00080060, "CS", "MG"),
      element(0x00080070, "LO", "Maker"),
      element(0x00080080, "LO", "Hospital"), // X/Z/D
      element(0x00080081, "ST", "Street"), // X
      element(0x00080090, "PN", "Doctor"), // Z
      element(0x00081030, "LO", "Screening of Jane"), // X
      element(0x00100010, "PN", "Doe^Jane"), // Z
      element(0x00100030, "DA", "19640229"), // Z
      element(0x00100040, "CS", "F"), // Z
      element(0x00101010, "AS", "060Y"), // X
      element(0x00181000, "LO", "SN-1"), // X/Z/D
      element(0x0018700a, "SH", "DETECTOR"), // X/D
      element(0x00185101, "CS", "MLO"),
      element(0x00200010, "SH", "STUDY"), // Z
      element(0x00204000, "LT", "Comment"), // X
      element(0x00321060, "LO", "Procedure"), // X/Z
      element(0x0040a123, "PN", "Doe^Jane"), // D
    ]);
    const left = Object.fromEntries(
      out
        .filter(({ tag }) => tag < 0x00120060 || tag > 0x00280300 || tag >>> 16 !== 0x0012)
        .map(({ tag }) => [tag.toString(16).padStart(8, "0"), text(out, tag)]),
    );
    assert.deepEqual(left, {
      "00080018": left["00080018"],
      "00080050": "",
      "00080060": "MG",
      "00080070": "Maker",
      "00080080": "ANONYMIZED",
      "00080090": "",
      "00100010": "",
      "00100030": "",
      "00100040": "",
      "00181000": "ANONYMIZED",
      "0018700a": "ANONYMIZED",
      "00185101": "MLO",
      "00200010": "",
      "00280303": "MODIFIED",
      "00321060": "",
      "0040a123": "ANONYMIZED",
    });
  });

  it("counts by keyword what met which fate, at any depth", async () => {
    const { attributes } = await deidentify(
      encodedFile([
        element(0x00080020, "DA", "20200101"),
        element(0x00081140, "SQ", [
          [element(0x00081155, "UI", "1.2"), element(0x00204000, "LT", "a")],
          [element(0x00081155, "UI", "1.3"), element(0x00204000, "LT", "b")],
        ]),
        element(0x00090010, "LO", "MAKER"),
        element(0x00100010, "PN", "A"),
        element(0x00204000, "LT", "c"),
      ]),
    );
    assert.deepEqual(attributes, {
      removed: { ImageComments: 3, private: 1 },
      emptied: { PatientName: 1 },
      replaced: { ReferencedSOPInstanceUID: 2 },
      moved: { StudyDate: 1 },
    });
  });

  it("does to every attribute of the table what the table says", async () => {
    for (const row of profileTable.trim().split("\n")) {
      const [digits, code] = row.split(" ") as [string, string];
      const tag = Number.parseInt(digits, 16);
      if (tag >>> 16 < 0x0008 || tag >>> 16 === 0xfffa || tag >>> 16 === 0xfffc) continue; // not in a file, or behind its pixels
      const vr = vrOf(tag) ?? "LO";
      const inner = element(0x00080104, "LO", "SURVIVOR");
      const value = vr === "SQ" ? [[inner]] : Buffer.from(vr === "AT" ? "SURV" : "SURVIVOR");
      const { bytes, attributes } = await deidentify(encodedFile([{ tag, vr, value }]));
      const out = at(readDataSet(bytes, row).elements, tag);
      const last = code.replace("+C", "").split("/").at(-1);
      if (last === "U*") assert.ok(bytes.includes("SURVIVOR"), row);
      else assert.ok(!bytes.includes("SURVIVOR"), row);
      if (last === "X") assert.equal(out, undefined, row);
      if (last === "Z")
        assert.deepEqual(
          out && ("items" in out ? out.items : "value" in out && out.value.length),
          vr === "SQ" ? [] : 0,
          row,
        );
      if (last === "D" && vr !== "SQ") assert.ok(out && "value" in out && out.value.length > 0, row);
      if (last === "D" && vr === "SQ")
        assert.deepEqual(out && "items" in out && text(out.items[0]!, 0x00080104), "ANONYMIZED", row);
      if (last === "U") assert.match(out && "value" in out ? textOf(out.value) : "", /^2\.25\.\d+$/, row);
      assert.equal(
        Object.keys({ ...attributes.removed, ...attributes.emptied, ...attributes.replaced }).length > 0,
        last !== "U*",
        row,
      );
    }
  });

  it("has a dummy for every VR that is valid for it", () => {
    const valid: Record<string, RegExp> = {
      AE: /^[\x20-\x5b\x5d-\x7e]{1,16}$/,
      AS: /^\d{3}[DWMY]$/,
      CS: /^[A-Z0-9 _]{1,16}$/,
      DA: /^\d{8}$/,
      DS: /^[\d.eE+-]{1,16}$/,
      DT: /^\d{8}/,
      IS: /^[+-]?\d{1,12}$/,
      LO: /^[^\\]{1,64}$/,
      PN: /^[^\\]{1,64}$/,
      SH: /^[^\\]{1,16}$/,
      TM: /^\d{6}$/,
      UR: /^https:\/\/\S+$/,
    };
    for (const [vr, pattern] of Object.entries(valid))
      assert.match(Buffer.from(dummyValue(vr)!).toString(), pattern, vr);
    const sizes = { AT: 4, FD: 8, FL: 4, OW: 2, OF: 4, OD: 8, SL: 4, SS: 2, SV: 8, UL: 4, US: 2, UV: 8 };
    for (const [vr, size] of Object.entries(sizes)) assert.equal(dummyValue(vr)!.length, size, vr);
  });

  it("removes private attributes, curves, overlays and what the standard does not know, at any depth", async () => {
    const maker = [element(0x00090010, "LO", "MAKER"), element(0x00091001, "SQ", [[element(0x00100010, "PN", "A")]])];
    const out = await run([
      element(0x00041500, "CS", "DOE_JANE"), // of a media's directory
      ...maker,
      element(0x00081140, "SQ", [[element(0x00081150, "UI", "1.2.840.10008.5.1"), ...maker]]),
      element(0x00180fff, "LO", "unknown"),
      element(0x50000010, "US", Uint8Array.of(1, 0)),
      element(0x50143000, "OW", Uint8Array.of(1, 0)),
      element(0x60000022, "LO", "Overlay of Jane"),
      element(0x60003000, "OW", Uint8Array.of(1, 0)),
      element(0x60021500, "LO", "Label"),
    ]);
    assert.deepEqual(
      out.map(({ tag }) => tag),
      [0x00081140, 0x00120062, 0x00120063, 0x00120064, 0x00280303],
    );
    assert.deepEqual(
      items(out, 0x00081140)[0]!.map(({ tag }) => tag),
      [0x00081150],
    );
  });

  it("looks at the table, not at the VR that a file claims", async () => {
    const hidden = encodedFile([element(0x00081155, "UI", "SURVIVOR")]).subarray(-16);
    const out = await deidentify(
      encodedFile([
        element(0x00080020, "LO", "1015"), // a date
        element(0x00080021, "LO", "SURVIVOR"), // a date
        element(0x00081140, "OB", hidden), // a sequence
        element(0x00100010, "SQ", [[element(0x00080104, "LO", "SURVIVOR")]]), // a name
      ]),
    );
    assert.ok(!out.bytes.includes("SURVIVOR"));
    assert.equal(text(elementsOf(out), 0x00080020), "");
    assert.equal(out.attributes.removed["unread"], 1);
  });
});

describe("de-identified identifiers", () => {
  const study = (uid: string, reference: string): PlainElement[] => [
    element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.1.2"),
    element(0x00080018, "UI", uid),
    element(0x00081140, "SQ", [
      [element(0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.1.2"), element(0x00081155, "UI", reference)],
    ]),
    patient("JANE-1"),
    element(0x0020000d, "UI", "1.2.3"),
    element(0x00200052, "UI", "1.2.840.10008.1.4.1.1"), // a well-known frame of reference
  ];

  it("are UIDs, the same wherever the original was the same, in other files too", async () => {
    const [a, b] = [await run(study("1.2.3.1", "1.2.3.2")), await run(study("1.2.3.2", "1.2.3.1"))];
    const reference = (out: DataElement[]) => text(items(out, 0x00081140)[0]!, 0x00081155);
    assert.match(text(a, 0x00080018)!, /^2\.25\.[1-9]\d{30,38}$/);
    assert.deepEqual([reference(a), reference(b)], [text(b, 0x00080018), text(a, 0x00080018)]);
    assert.notEqual(text(a, 0x00080018), text(b, 0x00080018));
    assert.deepEqual([text(a, 0x0020000d), text(a, 0x00100020)], [text(b, 0x0020000d), text(b, 0x00100020)]);
    assert.match(text(a, 0x00100020)!, /^P[0-9A-F]{20}$/);
  });

  it("stay where they are well known: classes, syntaxes, frames of reference", async () => {
    const out = await run(study("1.2.3.1", "1.2.3.2"));
    assert.equal(text(out, 0x00080016), "1.2.840.10008.5.1.4.1.1.1.2");
    assert.equal(text(items(out, 0x00081140)[0]!, 0x00081150), "1.2.840.10008.5.1.4.1.1.1.2");
    assert.equal(text(out, 0x00200052), "1.2.840.10008.1.4.1.1");
    const posing = await run([element(0x0020000d, "UI", "1.2.840.10008.1/../Doe")]);
    assert.match(text(posing, 0x0020000d)!, /^2\.25\.\d+$/);
  });

  it("are version 8 UUIDs", async () => {
    const out = await run(study("1.2.3.1", "1.2.3.2"));
    const hex = BigInt(text(out, 0x00080018)!.slice("2.25.".length)).toString(16).padStart(32, "0");
    assert.match(hex, /^.{12}8.{3}[89ab].{15}$/);
  });

  it("are others under another key", async () => {
    const file = encodedFile(study("1.2.3.1", "1.2.3.2"));
    const [a, b] = [await deidentify(file), await deidentify(file, { key: Buffer.alloc(32, 8) })];
    assert.notEqual(a.sopInstanceUid, b.sopInstanceUid);
    assert.notEqual(text(elementsOf(a), 0x00100020), text(elementsOf(b), 0x00100020));
    assert.deepEqual(a.bytes, (await deidentify(file)).bytes);
  });

  it("come from whatever stood there: VinDr-Mammo's are no UIDs", async () => {
    const md5 = "dbca9d28baa3207b3187c4d07dc81a80";
    const out = await deidentify(
      encodedFile([element(0x00080018, "UI", md5), element(0x0020000d, "UI", md5)], {
        meta: [element(0x00020002, "UI", "1.2.3.4"), element(0x00020003, "UI", "1.2.3.4.5")],
      }),
    );
    assert.match(out.sopInstanceUid, /^2\.25\.\d+$/);
    assert.equal(out.studyInstanceUid, out.sopInstanceUid);
    const { meta } = readDataSet(out.bytes, "out");
    assert.deepEqual([text(meta, 0x00020002), text(meta, 0x00020003)], ["1.2.3.4", out.sopInstanceUid]);
  });
});

describe("dates of a de-identified file", () => {
  const file = (id: string, date: string, more: PlainElement[] = []): Buffer =>
    encodedFile([
      element(0x00080020, "DA", date),
      element(0x0008002a, "DT", `${date}235959.5+0100`),
      element(0x00080030, "TM", "101530.25"),
      ...(id === "" ? [] : [patient(id)]),
      ...more,
    ]);
  const dateOf = async (bytes: Buffer): Promise<number> => {
    const date = text(elementsOf(await deidentify(bytes)), 0x00080020)!;
    return Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6))) / 86_400_000;
  };

  it("keep their distances within a patient, whatever the padding of the id", async () => {
    const [first, second, third] = [
      await dateOf(file("JANE", "20200228")),
      await dateOf(file("JANE ", "20200301")),
      await dateOf(file(" JANE", "20240301")),
    ];
    assert.deepEqual([second - first, third - second], [2, 1461]);
    const back = Date.UTC(2020, 1, 28) / 86_400_000 - first;
    assert.ok(back >= 1 && back <= 3650, `${back}`);
  });

  it("move by other days for another patient", async () => {
    const shifts = await Promise.all(["A", "B", "C", "D"].map((id) => dateOf(file(id, "20200101"))));
    assert.equal(new Set(shifts).size, 4);
  });

  it("keep their times of day, and date-times move with dates", async () => {
    const out = elementsOf(await deidentify(file("JANE", "20200228")));
    assert.equal(text(out, 0x0008002a), `${text(out, 0x00080020)}235959.5`);
    assert.equal(text(out, 0x00080030), "101530.25");
  });

  it("are those of the study, or of the file, where no patient is named", async () => {
    const named = await deidentify(file("JANE", "20200101"));
    const study = await deidentify(file("", "20200101", [element(0x0020000d, "UI", "1.2")]));
    const alone = await deidentify(file("", "20200101"));
    assert.deepEqual([named.datesMovedBy, study.datesMovedBy, alone.datesMovedBy], ["patient", "study", "file"]);
  });

  it("meet their rule of the Basic Profile where they are none", async () => {
    const out = await run([
      element(0x00080012, "DA", "yesterday"), // X/D
      element(0x00080015, "DT", "20201301"), // X
      element(0x00080020, "DA", "20200230"), // Z
      element(0x00080030, "TM", "half past"), // Z
    ]);
    assert.deepEqual(
      [0x00080012, 0x00080015, 0x00080020, 0x00080030].map((tag) => text(out, tag)),
      ["19000101", undefined, "", ""],
    );
  });
});

describe("what a de-identified file says of itself", () => {
  it("names the profile and its options, and that dates are modified", async () => {
    const out = await run([patient("JANE")]);
    assert.equal(text(out, 0x00120062), "YES");
    assert.match(text(out, 0x00120063)!, /PS3\.15/);
    assert.deepEqual(
      items(out, 0x00120064).map((item) => [text(item, 0x00080100), text(item, 0x00080102), text(item, 0x00080104)]),
      [
        ["113100", "DCM", "Basic Application Confidentiality Profile"],
        ["113107", "DCM", "Retain Longitudinal Temporal Information Modified Dates Option"],
      ],
    );
    assert.equal(text(out, 0x00280303), "MODIFIED");
    assert.equal(text(out, 0x00280301), undefined);
  });

  it("has a preamble and meta information of its own", async () => {
    const { bytes } = await deidentify(
      encodedFile([element(0x00080018, "UI", "1.2.3")], {
        meta: [
          element(0x00020003, "UI", "1.2.3"),
          element(0x00020016, "AE", "HOSPITAL"),
          element(0x00020102, "OB", "secret"),
        ],
      }),
    );
    assert.ok(!bytes.includes("HOSPITAL") && !bytes.includes("secret") && !bytes.includes("PREAMBLE"));
    const { meta, elements } = readDataSet(bytes, "out");
    assert.equal(text(meta, 0x00020003), text(elements, 0x00080018));
  });

  it("is the same whatever the encoding of the input", async () => {
    const elements = [
      element(0x00080018, "UI", "1.2.3"),
      element(0x00081140, "SQ", [[element(0x00081155, "UI", "1.2"), element(0x00204000, "LT", "a")]]),
      element(0x0018106e, "UL", Uint8Array.of(1, 2, 3, 4)),
      element(0x00280010, "US", Uint8Array.of(1, 2)),
    ];
    const outputs = [];
    for (const syntax of Object.values(syntaxes))
      for (const isOpen of [false, true])
        outputs.push((await deidentify(encodedFile(elements, { syntax, isOpen }))).bytes);
    for (const bytes of outputs) assert.deepEqual(bytes, outputs[0]);
  });

  it("loses nothing more when it is de-identified again", async () => {
    const first = await deidentify(
      encodedFile([
        element(0x00080018, "UI", "1.2"),
        element(0x00100010, "PN", "A"),
        patient("J"),
        element(0x00204000, "LT", "c"),
      ]),
    );
    const second = await deidentify(first.bytes);
    assert.deepEqual(second.attributes.removed, {});
    assert.deepEqual(
      elementsOf(second).map(({ tag }) => tag),
      elementsOf(first).map(({ tag }) => tag),
    );
  });
});

describe("de-identifying, whatever is in a file", () => {
  const rows = profileTable
    .trim()
    .split("\n")
    .map((row) => Number.parseInt(row, 16))
    .filter((tag) => tag >>> 16 >= 0x0008 && tag >>> 16 < 0x7fe0);
  const textVrs = ["AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UI", "UR", "UT", "DA", "DT", "TM", "OB", "UN"];
  const token = fc.stringMatching(/^[A-Z]{10}$/).map((word) => `${word}^Z`);
  const tokens = new Set<string>();
  const leaf = fc
    .tuple(fc.constantFrom(...rows), fc.constantFrom(...textVrs), token)
    .map(([tag, vr, value]) => element(tag, vr, value));
  const { elements } = fc.letrec<{ elements: PlainElement[]; one: PlainElement }>((tie) => ({
    one: fc.oneof(
      { weight: 4, arbitrary: leaf },
      {
        weight: 1,
        arbitrary: fc
          .tuple(
            fc.constantFrom(...rows, 0x00081140, 0x00091001, 0x00400260),
            fc.array(tie("elements"), { maxLength: 3 }),
          )
          .map(([tag, value]) => element(tag, "SQ", value)),
      },
    ),
    elements: fc.array(tie("one"), { maxLength: 6 }).map((list) => list.toSorted((a, b) => a.tag - b.tag)),
  }));

  const collect = (list: PlainElement[]): void => {
    for (const { value } of list)
      if (typeof value === "string") tokens.add(value);
      else if (Array.isArray(value)) for (const item of value) collect(item);
  };

  it("lets no text of an attribute of the table through, in any encoding and at any depth", async () => {
    await fc.assert(
      fc.asyncProperty(
        elements,
        fc.constantFrom(syntaxes["explicit little endian"], syntaxes["explicit big endian"], syntaxes.deflated),
        fc.boolean(),
        async (list, syntax, isOpen) => {
          tokens.clear();
          collect(list);
          const file = encodedFile([element(0x00080005, "CS", "ISO_IR 192"), ...list], { syntax, isOpen });
          const { bytes } = await deidentify(file);
          for (const value of tokens) assert.ok(!bytes.includes(value.slice(0, 10)), value);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe("a file that cannot be de-identified", () => {
  it("is one whose pixels cannot be looked at", async () => {
    const file = encodedFile([
      element(0x00280002, "US", Uint8Array.of(3, 0)),
      element(0x00280004, "CS", "RGB"),
      element(0x00280010, "US", Uint8Array.of(1, 0)),
      element(0x00280011, "US", Uint8Array.of(1, 0)),
      element(0x00280100, "US", Uint8Array.of(8, 0)),
      element(0x7fe00010, "OB", Uint8Array.of(1, 2, 3, 0)),
    ]);
    await assert.rejects(
      deidentify(file),
      (error: unknown) => error instanceof DicomError && error.code === "DICOM_UNSUPPORTED_IMAGE",
    );
  });
});
