import assert from "node:assert/strict";
import { join } from "node:path";
import { DatasetError, readDataset, type BiradsRule, type DatasetOptions } from "@mammoflow/dataset";
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

/** Reads and expects an error of this code, whose message names the file and matches. */
async function refuses(
  root: string,
  code: string,
  pattern: RegExp,
  options: DatasetOptions = rule,
  file = "breast-level_annotations.csv",
) {
  await assert.rejects(readDataset(root, options), (error) => {
    assert.ok(error instanceof DatasetError);
    assert.equal(error.code, code);
    assert.equal(error.retryable, false);
    assert.match(error.message, pattern);
    assert.ok(error.message.includes(join(root, file)), error.message);
    return true;
  });
}

describe("a data set that cannot be read says why, where and what to do", () => {
  const folder = useTemporaryFolder();

  const root = (name: string, lines: string[], header?: string) =>
    writeAnnotations(join(folder.path, name), lines, header);

  it("a folder that does not exist, and one without annotations", async () => {
    const nowhere = join(folder.path, "nowhere");
    await refuses(nowhere, "DATASET_MISSING_FILE", /does not exist; give/, rule, "");
    const named = { ...rule, dataset: "vindr-mammo" };
    await refuses(nowhere, "DATASET_MISSING_FILE", /breast-level_annotations.csv does not exist; give/, named);
  });

  it("missing findings when rows are findings", () =>
    refuses(
      root("no-findings", soundLines),
      "DATASET_MISSING_FILE",
      /does not exist/,
      { ...rule, rows: "findings" },
      "finding_annotations.csv",
    ));

  it("missing columns", () =>
    refuses(
      root("columns", ["a,b"], "study_id,image_id"),
      "DATASET_MISSING_COLUMN",
      /line 1: .* lacks series_id, laterality, .*split/,
    ));

  const bent: [string, Parameters<typeof annotationLine>[0], RegExp][] = [
    ["side", { study: "e", image: "e1", side: "B" }, /line 8: laterality is "B", expected L or R/],
    ["view", { study: "e", image: "e1", view: "LM" }, /line 8: view_position is "LM", expected CC or MLO/],
    [
      "birads",
      { study: "e", image: "e1", birads: "BI-RADS 7" },
      /line 8: breast_birads is "BI-RADS 7", expected BI-RADS 0/,
    ],
    ["density", { study: "e", image: "e1", density: "E" }, /line 8: breast_density is "E", expected DENSITY A/],
    [
      "split",
      { study: "e", image: "e1", split: "validation" },
      /line 8: split is "validation", expected training or test/,
    ],
  ];
  for (const [name, line, pattern] of bent) {
    it(`an unknown ${name}`, () =>
      refuses(root(`value-${name}`, [...soundLines, annotationLine(line)]), "DATASET_UNKNOWN_VALUE", pattern));
  }

  for (const id of ["../../etc", "a/b", "a\\b", "a..b", ".hidden", "a b", "a:b", "a\u0007", "", "x".repeat(129)]) {
    it(`an identifier that could leave its folder or break a name: ${JSON.stringify(id.slice(0, 12))}`, () =>
      refuses(
        root("ids", [...soundLines, annotationLine({ study: "e", image: `"${id}"` })]),
        "DATASET_UNKNOWN_VALUE",
        /line 8: image_id is .*expected an identifier/,
      ));
  }

  it("a finding that is no Python list", async () => {
    const path = root("list", soundLines);
    const line = "a,s,a1,L,CC,3518,2800,BI-RADS 4,DENSITY C,Mass,BI-RADS 4,1,2,3,4,training";
    writeLines(path, "finding_annotations.csv", [findingHeader, line]);
    await refuses(
      path,
      "DATASET_UNKNOWN_VALUE",
      /line 2: finding_categories is "Mass", expected a Python list/,
      rule,
      "finding_annotations.csv",
    );
  });

  it("a line with too few columns", () =>
    refuses(root("short", [...soundLines, "e,e"]), "DATASET_MALFORMED_CSV", /line 8/));

  it("no rows", () => refuses(root("empty", []), "DATASET_EMPTY", /no image left/));

  it("nothing left under the rule", () =>
    refuses(root("left-out", soundLines), "DATASET_EMPTY", /without BI-RADS 1, 2, 3, 4, 5, 6/, {
      ...rule,
      excludeBirads: [1, 2, 3, 4, 5, 6],
    }));

  it("a split without studies", () =>
    refuses(root("one-split", soundLines.slice(0, 3)), "DATASET_EMPTY_SPLIT", /no study in the test split/));

  it("one class only in a split", () =>
    refuses(
      root("one-class", [...soundLines.slice(0, 3), annotationLine({ study: "e", image: "e1", split: "test" })]),
      "DATASET_ONE_CLASS",
      /all 1 images of the test split are benign/,
    ));

  it("a study in both splits", () =>
    refuses(
      root("both", [...soundLines, annotationLine({ study: "a", image: "a9", split: "test" })]),
      "DATASET_STUDY_IN_BOTH_SPLITS",
      /line 8: study a is in the test split here and in the training split before/,
    ));

  it("an image listed twice", () =>
    refuses(
      root("duplicate", [...soundLines, annotationLine({ study: "a", image: "a1" })]),
      "DATASET_DUPLICATE_IMAGE",
      /line 8: image a1 is already on .*breast-level_annotations.csv, line 2/,
    ));

  it("a header alone in an otherwise empty file", () =>
    refuses(root("header-less", [], breastLevelHeader.slice(0, 8)), "DATASET_MISSING_COLUMN", /lacks series_id/));
});
