import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  describeDataset,
  formatStatistics,
  statisticsHtml,
  type Dataset,
  type Split,
  type Study,
  type StudyImage,
} from "@mammoflow/dataset";
import { chiSquare } from "../../packages/dataset/src/chi-square.ts";

interface ChiSquareCase {
  table: number[][];
  statistic: number;
  degreesOfFreedom: number;
  p: number;
  smallestExpected: number;
}

const golden = JSON.parse(
  readFileSync(new URL("../goldens/chi-square.json", import.meta.url), "utf8"),
) as ChiSquareCase[];

/** A study of two images, the first of the given BI-RADS and the second of BI-RADS 1. */
function studyOf(split: Split, birads: number, index: number): Study {
  const studyId = `${split}${index}`;
  const image = (number: number, assessment: number): StudyImage => ({
    imageId: `${studyId}-${number}`,
    seriesId: studyId,
    laterality: number === 0 ? "L" : "R",
    viewPosition: "CC",
    birads: assessment,
    density: "B",
    heightPx: 3518,
    widthPx: 2800,
    label: assessment >= 3 ? 1 : 0,
    rows: assessment >= 3 ? 2 : 1,
    source: `images/${studyId}/${number}.dicom`,
    groups: {},
  });
  return { studyId, split, images: [image(0, birads), image(1, 1)] };
}

function datasetOf(training: number[], test: number[]): Dataset {
  return {
    root: "<data & set>",
    adapter: "vindr-mammo",
    studies: [
      ...training.map((birads, index) => studyOf("training", birads, index)),
      ...test.map((birads, index) => studyOf("test", birads, index)),
    ],
    isSynthetic: false,
    warnings: ["a <warning>"],
    labelRule: { malignantFrom: 3, excludeBirads: [], rows: "findings" },
    excluded: [{ birads: 0, images: 7 }],
  };
}

const mixed = (count: number, malignantEvery: number) =>
  Array.from({ length: count }, (_, index) => (index % malignantEvery === 0 ? 4 : 2));

describe("describing a data set", () => {
  it("counts studies, images and rows by class, BI-RADS and density in each split", () => {
    const { splits, total } = describeDataset(datasetOf([4, 1, 2, 5], [3, 1]));
    assert.equal(splits.training.studies, 4);
    assert.equal(splits.training.malignantStudies, 2);
    assert.deepEqual([splits.training.images, splits.training.malignantImages], [8, 2]);
    assert.deepEqual([splits.training.rows, splits.training.malignantRows], [10, 4]);
    assert.equal(splits.training.prevalence, 0.4);
    assert.deepEqual(splits.test.birads, { 0: 0, 1: 3, 2: 0, 3: 1, 4: 0, 5: 0, 6: 0, unknown: 0 });
    assert.deepEqual(total.density, { A: 0, B: 12, C: 0, D: 0, unknown: 0 });
    assert.deepEqual(total.views, { "L-CC": 6, "L-MLO": 0, "R-CC": 6, "R-MLO": 0 });
  });

  it("names the F1 that calling everything malignant reaches", () => {
    const { total } = describeDataset(datasetOf(mixed(96, 5), mixed(24, 5)));
    assert.deepEqual([total.malignantRows, total.rows], [50, 265]);
    assert.equal(total.alwaysMalignantF1.toFixed(4), "0.3175"); // precision 50 / 265, recall 1
  });

  it("finds splits of the same mix stratified and disjoint, with an interval around no difference", () => {
    const { comparison } = describeDataset(datasetOf(mixed(400, 5), mixed(100, 5)));
    assert.equal(comparison.isStratified, true);
    assert.equal(comparison.isDisjoint, true);
    assert.ok(comparison.prevalenceDifference.low < 0 && comparison.prevalenceDifference.high > 0);
    assert.match(comparison.method, /chi-square/);
  });

  it("finds splits of another mix not stratified", () => {
    const { comparison } = describeDataset(datasetOf(mixed(400, 5), mixed(100, 2)));
    assert.equal(comparison.isStratified, false);
    assert.ok(comparison.tests.class.p < 0.001);
    assert.ok(comparison.prevalenceDifference.low > 0);
  });

  it("says when counts are too small for the test", () => {
    assert.match(describeDataset(datasetOf([4, 1], [4, 1])).comparison.method, /weak here/);
    assert.doesNotMatch(describeDataset(datasetOf(mixed(400, 5), mixed(100, 5))).comparison.method, /weak here/);
  });

  it("sees a series that is in both splits", () => {
    const dataset = datasetOf([4, 1], [4, 1]);
    dataset.studies[3]!.images[0]!.seriesId = dataset.studies[0]!.images[0]!.seriesId;
    const { comparison } = describeDataset(dataset);
    assert.deepEqual(comparison.shared, { patients: 0, studies: 0, series: 1, images: 0 });
    assert.equal(comparison.isDisjoint, false);
    assert.match(formatStatistics(describeDataset(dataset)), /SHARE 0 studies, 1 series/);
  });

  it("sees a patient who is in both splits, and says how many patients there are where they are known", () => {
    const dataset = datasetOf([4, 1], [4, 1]);
    dataset.studies.forEach((study, index) => (study.patientId = `p${index}`));
    assert.match(describeDataset(dataset).comparison.patients, /none of 4 is in both/);
    dataset.studies[3]!.patientId = "p0";
    const { comparison } = describeDataset(dataset);
    assert.deepEqual([comparison.isDisjoint, comparison.shared.patients], [false, 1]);
    assert.match(comparison.patients, /1 of 3 is in both/);
  });

  it("tests and shows what there is, where BI-RADS, density, side and view are not given", () => {
    const dataset: Dataset = {
      ...datasetOf(mixed(40, 5), mixed(10, 5)),
      adapter: "generic",
      labelRule: { malignantWhere: "column x is 1", truth: "A column.", rows: "images" },
      madeSplit: { seed: 7, testShare: 0.2 },
      excluded: [],
    };
    for (const { images } of dataset.studies)
      for (const image of images) {
        Object.assign(image, { birads: null, density: null, laterality: null, viewPosition: null, seriesId: null });
        image.groups["site"] = image.label === 1 ? "north" : "<south>";
      }
    const statistics = describeDataset(dataset);
    assert.deepEqual(Object.keys(statistics.comparison.tests), ["class"]);
    assert.deepEqual(statistics.total.groups, { site: { north: 10, "<south>": 90 } });
    const text = formatStatistics(statistics);
    assert.match(text, /^Malignant where column x is 1, one row per image$/m);
    assert.match(text, /^Split made here by seed 7: 20 % of the patients/m);
    assert.match(text, /^site north +8 +10\.0 % +2 +10\.0 % +10 +10\.0 %$/m);
    assert.doesNotMatch(text, /BI-RADS|unknown|undefined|null/);
    const html = statisticsHtml(statistics);
    assert.equal(html.match(/<svg/g)?.length, 2, "class and site");
    assert.ok(html.includes("&lt;south&gt;") && !html.includes("<south>"));
    assert.doesNotMatch(html, /BI-RADS|not given|undefined|null/);
  });

  it("shows the most frequent values of a group that has many", () => {
    const dataset = datasetOf(mixed(40, 5), mixed(10, 5));
    dataset.studies.forEach(({ images }, study) =>
      images.forEach((image) => (image.groups["machine"] = study < 20 ? "common" : `rare ${study}`)),
    );
    const shown = formatStatistics(describeDataset(dataset)).match(/^machine .*$/gm) ?? [];
    assert.equal(shown.length, 12);
    assert.match(shown.join("\n"), /^machine common +40/);
  });

  it("survives JSON unchanged", () => {
    const statistics = describeDataset(datasetOf(mixed(40, 5), mixed(10, 5)));
    assert.deepEqual(JSON.parse(JSON.stringify(statistics)), statistics);
  });
});

describe("showing a data set", () => {
  const statistics = describeDataset(datasetOf(mixed(400, 5), mixed(100, 5)));

  it("prints counts, shares, what was left out, the test's answer and every warning", () => {
    const text = formatStatistics(statistics);
    assert.match(text, /one row per finding; left out: 7 of BI-RADS 0/);
    assert.match(text, /^images +800 +200 +1,000$/m);
    assert.match(text, /^malignant images +80 +10\.0 % +20 +10\.0 % +100 +10\.0 %$/m);
    assert.match(text, /Splits are stratified: class p 1\.000/);
    assert.match(text, /Warning: a <warning>/);
  });

  it("renders one page without outside resources or scripts, with everything escaped", () => {
    const html = statisticsHtml(statistics);
    assert.doesNotMatch(html, /<script|https?:|<link|url\(/);
    assert.ok(html.includes("&lt;data &amp; set&gt;") && html.includes("a &lt;warning&gt;"));
    assert.ok(!html.includes("<warning>"));
    assert.equal(html.match(/<svg/g)?.length, 3);
    assert.match(html, /prefers-color-scheme: dark/);
  });
});

describe("chiSquare", () => {
  for (const { table, p, ...expected } of golden) {
    it(`agrees with SciPy on ${JSON.stringify(table)}`, () => {
      const { p: ours, ...rest } = chiSquare(table);
      assert.ok(Math.abs(ours - p) <= 1e-9 + 1e-6 * p, `${ours} is not ${p}`);
      assert.equal(rest.degreesOfFreedom, expected.degreesOfFreedom);
      assert.ok(Math.abs(rest.statistic - expected.statistic) < 1e-9 * (1 + expected.statistic));
      assert.ok(Math.abs(rest.smallestExpected - expected.smallestExpected) < 1e-9 * expected.smallestExpected);
    });
  }

  it("leaves out empty rows and columns, and knows no difference where there is no choice", () => {
    assert.equal(
      chiSquare([
        [3, 0, 4],
        [5, 0, 6],
      ]).degreesOfFreedom,
      1,
    );
    assert.equal(chiSquare([[3], [5]]).p, 1);
  });
});
