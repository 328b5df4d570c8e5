import assert from "node:assert/strict";
import { combineDatasets, readDataset, writePhantomDataset, type Dataset } from "@mammoflow/dataset";
import { join } from "node:path";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const datasetOf = (root: string, facts: Partial<Dataset> = {}): Dataset => ({
  root,
  adapter: "generic",
  isSynthetic: false,
  warnings: ["odd"],
  labelRule: { malignantFrom: 3, excludeBirads: [], rows: "images" },
  studies: [
    { studyId: "s1", patientId: "p1", split: "training", images: [] },
    { studyId: "s2", split: "test", images: [] },
  ],
  ...facts,
});

describe("several data sets in one run", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();

  it("keep patients and studies of one name apart, and say where each is from", () => {
    const { studies, sources, warnings } = combineDatasets([datasetOf("/x/a"), datasetOf("/x/b")], [datasetOf("/y/a")]);
    assert.deepEqual(
      studies.map(({ dataset, studyId, patientId }) => [dataset, studyId, patientId]),
      [
        ["a", "a.s1", "a.p1"],
        ["a", "a.s2", undefined],
        ["b", "b.s1", "b.p1"],
        ["b", "b.s2", undefined],
        ["a-2", "a-2.s1", "a-2.p1"],
        ["a-2", "a-2.s2", undefined],
      ],
    );
    assert.deepEqual(
      sources.map(({ name, isTestOnly }) => [name, isTestOnly]),
      [
        ["a", false],
        ["b", false],
        ["a-2", true],
      ],
    );
    assert.deepEqual(warnings, ["a: odd", "b: odd", "a-2: odd"]);
  });

  it("leave a single one as it is", () => {
    const alone = datasetOf("/x/a");
    const { studies, warnings, labelRule } = combineDatasets([alone]);
    assert.deepEqual(
      studies.map(({ dataset: _, ...study }) => study),
      alone.studies,
    );
    assert.deepEqual([warnings, labelRule], [alone.warnings, alone.labelRule]);
  });

  it("tell each one's rule where they differ", () => {
    const own = { malignantWhere: "column finding says so", truth: "t", rows: "images" } as const;
    const { labelRule } = combineDatasets([datasetOf("/x/a"), datasetOf("/x/b", { labelRule: own })]);
    assert.match(JSON.stringify(labelRule), /in a from BI-RADS 3; in b where column finding says so/);
  });

  it("refuse the same folder twice", () => {
    assert.throws(() => combineDatasets([datasetOf("/x/a")], [datasetOf("/x/a")]), /\/x\/a is given twice/);
  });

  it("that only test are all in the test split, without a split of their own", async () => {
    const out = join(folder.path, "phantoms");
    await writePhantomDataset({ out, studies: 8, scale: 0.05, seed: 1 });
    const both = new Set((await readDataset(out)).studies.map(({ split }) => split));
    assert.deepEqual(both, new Set(["training", "test"]));
    const { studies } = await readDataset(out, { testOnly: true });
    assert.deepEqual([studies.length, ...new Set(studies.map(({ split }) => split))], [8, "test"]);
  });
});
