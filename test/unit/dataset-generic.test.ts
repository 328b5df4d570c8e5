import assert from "node:assert/strict";
import { join } from "node:path";
import * as fc from "fast-check";
import { parseColumnRoles, readDataset, type ColumnRoles, type Dataset } from "@mammoflow/dataset";
import { UsageError } from "@mammoflow/runtime";
import { identifier } from "../../packages/dataset/src/tables/fields.ts";
import { safeId } from "../../packages/dataset/src/tables/safe-id.ts";
import { generic } from "../support/layouts/generic.ts";
import { writeText } from "../support/layouts/layout.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const isUsage = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof UsageError, String(error));
  assert.match(error.message, pattern);
  return true;
};

describe("a table of any form", () => {
  const folder = useTemporaryFolder();
  let tables = 0;

  /** Twelve images of six patients, every other one malignant; `change` bends a line. */
  const table = (header: string, lineOf: (image: number) => string): string => {
    const root = join(folder.path, `table${++tables}`);
    writeText(root, "cases.csv", [header, ...Array.from({ length: 12 }, (_, image) => lineOf(image))]);
    return join(root, "cases.csv");
  };
  const labels = ({ studies }: Dataset): number[] =>
    studies.flatMap(({ images }) => images.map(({ label }) => label)).toSorted((a, b) => a - b);

  it("reads paths, ids, sides, views and densities in the spellings that people use", async () => {
    const root = join(folder.path, "spellings");
    await generic.write(root);
    const { studies, labelRule } = await readDataset(generic.path(root), generic.options);
    assert.match(studies[0]!.studyId, /^Person-0-1-[0-9a-f]{12}$/);
    assert.equal(studies[0]!.patientId, "Person 0/ä");
    const { imageId } = studies[1]!.images[0]!;
    assert.match(imageId, /^Bilder-Haus-1-P1-cc-[0-9a-f]{12}$/);
    assert.deepEqual(studies[1]!.images[0], {
      imageId,
      seriesId: null,
      laterality: "R",
      viewPosition: "CC",
      birads: null,
      density: "B",
      heightPx: null,
      widthPx: null,
      label: 0,
      rows: 1,
      source: "Bilder/Haus 1/P1 cc.dcm",
      groups: { Haus: "Haus 1" },
    });
    assert.deepEqual(studies[0]!.images[0]!.groups, {}, "an empty group says nothing");
    assert.equal("malignantWhere" in labelRule && labelRule.malignantWhere, "column Diagnose is Karzinom");
  });

  it("knows the usual words for both classes, and asks about others", async () => {
    for (const [benign, malignant] of [
      ["0", "1"],
      ["0.0", "1.0"],
      ["benign", "Malignant"],
      ["False", "TRUE"],
    ] as const) {
      const path = table("path,y", (image) => `${image}.png,${image % 2 === 0 ? benign : malignant}`);
      const dataset = await readDataset(path, { columns: { path: "path", label: "y" } });
      assert.deepEqual(labels(dataset), [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
    }
    const odd = table("path,y", (image) => `${image}.png,${image % 2 === 0 ? "M0" : "M1"}`);
    await assert.rejects(
      readDataset(odd, { columns: { path: "path", label: "y" } }),
      /cases.csv, line 2: y is "M0", expected .*--positive/,
    );
    const dataset = await readDataset(odd, { columns: { path: "path", label: "y", positive: ["m1"] } });
    assert.equal(labels(dataset).filter((label) => label === 1).length, 6);
  });

  it("leaves images without a label out, and warns of that and of unknown patients", async () => {
    const path = table("path,y", (image) => `${image}.png,${image === 5 ? "" : image % 2}`);
    const { warnings, studies } = await readDataset(path, { columns: { path: "path", label: "y" } });
    assert.equal(studies.length, 11);
    assert.match(warnings.join(" "), /1 images have no label and were left out\. No column names the patient/);
  });

  it("labels by BI-RADS where there is no label", async () => {
    const path = table("path,assessment", (image) => `${image}.png,${["BI-RADS 2", "4a", "0", ""][image % 4]}`);
    const columns = { path: "path", birads: "assessment" };
    const dataset = await readDataset(path, { columns, malignantFrom: 4 });
    assert.deepEqual(labels(dataset), [0, 0, 0, 1, 1, 1]);
    assert.match(dataset.warnings.join(" "), /3 images are BI-RADS 0 .* 3 images have no BI-RADS assessment/);
  });

  it("takes the table's own split, and finds what contradicts it", async () => {
    const columns = { path: "path", label: "y", patient: "who", split: "part" };
    const sound = table(
      "path,y,who,part",
      (image) => `${image}.png,${image % 2},p${image % 6},${image % 6 < 3 ? "Train" : "test"}`,
    );
    const dataset = await readDataset(sound, { columns });
    assert.equal(dataset.madeSplit, undefined);
    assert.deepEqual(
      dataset.studies.map(({ studyId, split }) => `${studyId} ${split}`),
      ["p0 training", "p1 training", "p2 training", "p3 test", "p4 test", "p5 test"],
    );
    const torn = table(
      "path,y,who,part",
      (image) => `${image}.png,${image % 2},p${image % 6},${image < 6 ? "train" : "test"}`,
    );
    await assert.rejects(readDataset(torn, { columns }), {
      code: "DATASET_STUDY_IN_BOTH_SPLITS",
      message: /line 8: study p0 is in the test split here and in the training split before/,
    });
    const exams = { ...columns, study: "path" };
    await assert.rejects(readDataset(torn, { columns: exams }), { code: "DATASET_PATIENT_IN_BOTH_SPLITS" });
    const halves = table(
      "path,y,who,part",
      (image) => `${image}.png,${image % 2},p${image},${image < 6 ? "train" : ""}`,
    );
    await assert.rejects(readDataset(halves, { columns }), /line 8: part is "", expected training or test/);
  });

  it("refuses a path that leads out of the table's folder, and takes an absolute one that does not", async () => {
    const columns = { path: "path", label: "y" };
    for (const out of ["../a.png", "a/../../b.png", "..\\a.png", "/etc/passwd", ""])
      await assert.rejects(
        readDataset(
          table("path,y", (image) => `${image === 3 ? out : `${image}.png`},${image % 2}`),
          { columns },
        ),
        /cases.csv, line 5: path is .*, expected a/,
        out,
      );
    const path = table("path,y", (image) => `${join(folder.path, `table${tables}`)}/in/${image}.png,${image % 2}`);
    assert.equal((await readDataset(path, { columns })).studies[0]!.images[0]!.source, "in/0.png");
  });

  it("takes a folder with one table, and asks where there are several", async () => {
    const columns = { path: "path", label: "y" };
    const path = table("path,y", (image) => `${image}.png,${image % 2}`);
    assert.equal((await readDataset(join(path, ".."), { columns })).studies.length, 12);
    writeText(join(path, ".."), "more.csv", ["path,y"]);
    await assert.rejects(readDataset(join(path, ".."), { columns }), /2 \.csv files \(cases\.csv, more\.csv\)/);
  });

  it("asks what the columns mean", async () => {
    const path = table("path,y", (image) => `${image}.png,${image % 2}`);
    await assert.rejects(readDataset(path), isUsage(/--column path=file --column label=cancer/));
    await assert.rejects(readDataset(path, { columns: { path: "path" } }), isUsage(/the label or the birads/));
  });
});

describe("the roles of columns", () => {
  const file = (text: string) => ({ name: "columns.yaml", text });

  it("come from a file, from options, or from both, the options first", () => {
    const expected: ColumnRoles = { path: "file", label: "cancer", positive: ["1", "true"], group: ["site", "age"] };
    const yaml = "path: file\nlabel: cancer\npositive: [1, true]\ngroup: [site, age]\n";
    assert.deepEqual(parseColumnRoles(file(yaml), [], undefined), expected);
    const pairs = ["path=file", "label=cancer", "group=site", "group=age"];
    assert.deepEqual(parseColumnRoles(undefined, pairs, ["1", "true"]), expected);
    const mixed = parseColumnRoles(file(yaml), ["label=a=b", "group=machine"], undefined);
    assert.deepEqual(mixed, { ...expected, label: "a=b", group: ["machine"] });
  });

  it("are refused with the file's or the option's name", () => {
    for (const [text, pairs, pattern] of [
      ["path: [", [], /columns\.yaml is no YAML/],
      ["just text", [], /columns\.yaml must name a column/],
      ["label: x", [], /columns\.yaml: say which column is the path/],
      ["path: x\nlable: y", [], /columns\.yaml: there is no role lable; there are path, label, /],
      ["path: {a: b}", [], /columns\.yaml: the role path must name a column/],
      [undefined, ["path"], /--column path: give a role and a column/],
      [undefined, ["path=x", "colour=y"], /--column: there is no role colour/],
    ] as const)
      assert.throws(
        () => parseColumnRoles(text === undefined ? undefined : file(text), [...pairs], undefined),
        isUsage(pattern),
      );
  });
});

describe("safeId", () => {
  it("makes an identifier of any text, the same always, and of different texts different ones", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (one, other) => {
        assert.ok(identifier.safeParse(safeId(one)).success, safeId(one));
        assert.equal(safeId(one) === safeId(other), one === other);
      }),
    );
  });
});
