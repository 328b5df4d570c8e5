import assert from "node:assert/strict";
import { join } from "node:path";
import * as fc from "fast-check";
import { labelOf, readDataset, type BiradsRule } from "@mammoflow/dataset";
import { parsePythonList } from "../../packages/dataset/src/tables/parse-python-list.ts";
import {
  annotationLine,
  breastLevelHeader,
  findingHeader,
  soundLines,
  writeAnnotations,
  writeLines,
} from "../support/annotations.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const rule: BiradsRule = { malignantFrom: 3, excludeBirads: [], rows: "images" };

const reorder = (line: string) => ["7", ...line.split(",").toReversed()].join(",");
const finding = (image: string, rest: string) => `x,x,${image},L,CC,3518,2800,BI-RADS 4,DENSITY C,${rest},training`;
const escape = (text: string, quote: string) => text.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`);

describe("reading a data set in VinDr-Mammo's layout", () => {
  const folder = useTemporaryFolder();
  const at = (name: string) => join(folder.path, name);

  it("groups images by study, labels them, and addresses their files", async () => {
    const { studies, warnings } = await readDataset(writeAnnotations(at("sound"), soundLines), rule);
    assert.deepEqual(
      studies.map(({ studyId, split, images }) => [studyId, split, images.map(({ label }) => label)]),
      [
        ["a", "training", [1, 0]],
        ["b", "training", [0]],
        ["c", "test", [1, 0]],
        ["d", "test", [1]],
      ],
    );
    assert.deepEqual(studies[0]!.images[0], {
      imageId: "a1",
      seriesId: "a-s",
      laterality: "L",
      viewPosition: "CC",
      birads: 4,
      density: "C",
      heightPx: 3518,
      widthPx: 2800,
      label: 1,
      rows: 1,
      source: "images/a/a1.dicom",
      groups: {},
    });
    assert.equal(studies[3]!.images[0]!.density, null);
    assert.deepEqual(warnings, []);
  });

  it("accepts a byte order mark, CRLF, columns in another order and further columns", async () => {
    const columns = breastLevelHeader.split(",");
    const header = `\uFEFF${["row", ...columns.toReversed()].join(",")}`;
    writeLines(at("odd"), "breast-level_annotations.csv", [header, ...soundLines.map(reorder), ""], "\r\n");
    const odd = await readDataset(at("odd"), rule);
    const plain = await readDataset(writeAnnotations(at("plain"), soundLines), rule);
    assert.deepEqual(odd.studies, plain.studies);
  });

  it("accepts what real studies have: two L-CC, several series, identifiers that are no UIDs", async () => {
    const study = "dbca9d28baa3207b3187c4d07dc81a80";
    const lines = ["L-CC", "L-CC", "R-CC", "R-MLO"].map((view, index) => {
      const [side, position] = view.split("-") as [string, string];
      return annotationLine({ study, image: `${study}${index}`, series: `s${index}`, side, view: position });
    });
    const { studies } = await readDataset(writeAnnotations(at("twice"), [...soundLines, ...lines]), rule);
    assert.equal(studies.at(-1)!.images.length, 4);
  });

  it("labels by rule: from 3 or from 4, with assessments left out, 6 malignant, 0 left out with a warning", async () => {
    const lines = [
      ...soundLines,
      annotationLine({ study: "e", image: "e0", birads: "BI-RADS 0" }),
      annotationLine({ study: "e", image: "e6", birads: "BI-RADS 6" }),
    ];
    const root = writeAnnotations(at("rule"), lines);
    const labels = async (from: 3 | 4, excludeBirads: number[]) => {
      const dataset = await readDataset(root, { malignantFrom: from, excludeBirads, rows: "images" });
      return Object.fromEntries(
        dataset.studies.flatMap(({ images }) => images.map((image) => [image.imageId, image.label])),
      );
    };
    assert.deepEqual(await labels(3, []), { a1: 1, a2: 0, b1: 0, c1: 1, c2: 0, d1: 1, e6: 1 });
    assert.deepEqual(await labels(4, []), { a1: 1, a2: 0, b1: 0, c1: 1, c2: 0, d1: 0, e6: 1 });
    assert.deepEqual(await labels(3, [3]), { a1: 1, a2: 0, b1: 0, c1: 1, c2: 0, e6: 1 });
    const { warnings, excluded } = await readDataset(root, { ...rule, excludeBirads: [3] });
    assert.match(warnings.join(), /1 images are BI-RADS 0/);
    assert.deepEqual(excluded, [
      { birads: 3, images: 1 },
      { birads: 0, images: 1 },
    ]);
  });

  it("counts an image once per line of the findings file when rows are findings", async () => {
    const root = writeAnnotations(at("findings"), soundLines);
    writeLines(root, "finding_annotations.csv", [
      findingHeader,
      finding("a1", `"['Mass', 'Skin Thickening']",BI-RADS 4,10.5,20,300,400`),
      finding("a1", `['Asymmetry'],,-12.5,20,3000,400`),
      finding("a2", `['No Finding'],,,,,`),
      finding("unknown", `['No Finding'],,,,,`),
    ]);
    const { studies, warnings } = await readDataset(root, { ...rule, rows: "findings" });
    assert.deepEqual(
      studies.flatMap(({ images }) => images.map(({ rows }) => rows)),
      [2, 1, 1, 1, 1, 1],
    );
    assert.deepEqual(studies[0]!.images[0]!.findings, [
      { categories: ["Mass", "Skin Thickening"], birads: 4, box: { x: 10.5, y: 20, width: 289.5, height: 380 } },
      { categories: ["Asymmetry"], birads: null, box: { x: 0, y: 20, width: 2800, height: 380 } },
    ]);
    assert.deepEqual(studies[0]!.images[1]!.findings, [{ categories: [], birads: null, box: null }]);
    assert.match(warnings.join(" "), /1 boxes .* cut/);
    assert.match(warnings.join(" "), /1 images of finding_annotations.csv are not in/);
    assert.match(warnings.join(" "), /4 images have no line .* counts once/);
    const byImage = await readDataset(root, rule);
    assert.ok(byImage.studies.every(({ images }) => images.every(({ rows }) => rows === 1)));
  });

  it("takes the machine from the metadata file where there is one", async () => {
    const root = writeAnnotations(at("metadata"), soundLines);
    writeLines(root, "metadata.csv", ["SOP Instance UID,Manufacturer's Model Name", "a1,Mammomat Inspiration"]);
    const { studies } = await readDataset(root, rule);
    assert.deepEqual(studies[0]!.images[0]!.groups, { machine: "Mammomat Inspiration" });
    assert.deepEqual(studies[0]!.images[1]!.groups, {});
  });
});

describe("labelOf", () => {
  it("never labels BI-RADS 0 nor what the rule leaves out, and is monotone in BI-RADS", () => {
    const rules = fc.record({
      malignantFrom: fc.constantFrom(3 as const, 4 as const),
      excludeBirads: fc.uniqueArray(fc.integer({ min: 1, max: 6 })),
      rows: fc.constant("images" as const),
    });
    fc.assert(
      fc.property(rules, (rule) => {
        const labels = [1, 2, 3, 4, 5, 6].map((birads) => labelOf(birads, rule));
        assert.equal(labelOf(0, rule), null);
        rule.excludeBirads.forEach((birads) => assert.equal(labels[birads - 1], null));
        const kept = labels.filter((label) => label !== null);
        assert.deepEqual(
          kept,
          kept.toSorted((a, b) => a - b),
        );
      }),
    );
  });
});

describe("parsePythonList", () => {
  it("reads back any list that is written with either quote", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.constantFrom("'", '"'))), (items) => {
        const literal = `[${items.map(([text, quote]) => quote + escape(text, quote) + quote).join(", ")}]`;
        assert.deepEqual(
          parsePythonList(literal),
          items.map(([text]) => text),
        );
      }),
    );
  });

  it("refuses what is no list of strings", () => {
    for (const text of ["", "Mass", "['Mass'", "['Mass' 'Cyst']", "[1, 2]", "['a',, 'b']", "[__import__('os')]"]) {
      assert.equal(parsePythonList(text), undefined, text);
    }
  });
});
