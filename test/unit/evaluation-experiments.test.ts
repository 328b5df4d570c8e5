import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  compareExperiments,
  comparisonSchema,
  experimentsCsv,
  formatExperiments,
  formatSettings,
  renderExperiments,
  type ComparedExperiment,
} from "@mammoflow/evaluation";
import { delong } from "../../packages/evaluation/src/comparison/delong.ts";
import { holm } from "../../packages/evaluation/src/comparison/holm.ts";
import { comparedExperimentsFixture } from "../fixtures/run-summary.ts";
import { readGolden } from "../support/goldens.ts";

const { pairs } = readGolden<{
  pairs: {
    name: string;
    labels: number[];
    first: number[];
    second: number[];
    aucs: [number, number];
    difference: number;
    low: number;
    high: number;
    p: number;
  }[];
}>("metrics.json");

const close = (actual: number | null | undefined, expected: number, tolerance: number, what: string): void =>
  assert.ok(
    typeof actual === "number" && Math.abs(actual - expected) <= tolerance,
    `${what}: ${actual} is not ${expected}`,
  );

describe("delong, against the textbook's form over all pairs of rows", () => {
  for (const { name, labels, first, second, aucs, p, ...expected } of pairs)
    it(`gives the same areas, interval and p-value: ${name}`, () => {
      const actual = delong(labels, [first, second])!;
      for (const [index, auc] of aucs.entries()) close(actual.aucs[index], auc, 1e-9, "AUC");
      for (const bound of ["difference", "low", "high"] as const) close(actual[bound], expected[bound], 1e-9, bound);
      close(actual.p / p, 1, 1e-9, "p");
    });

  it("turns its signs when the models change places, and finds no difference of a model from itself", () => {
    const someRows = fc.array(
      fc.record({
        label: fc.constantFrom(0, 1),
        one: fc.integer({ max: 9, min: 0 }),
        other: fc.integer({ max: 9, min: 0 }),
      }),
      { minLength: 4, maxLength: 40 },
    );
    fc.assert(
      fc.property(someRows, (rows) => {
        const labels = rows.map(({ label }) => label);
        const [one, other] = [rows.map((row) => row.one), rows.map((row) => row.other)];
        const [there, back] = [delong(labels, [one, other]), delong(labels, [other, one])];
        if (there === null || back === null) return assert.equal(there, back);
        close(there.difference, -back.difference, 1e-12, "difference");
        close(there.low, -back.high, 1e-12, "bound");
        assert.ok(there.p === back.p && there.p >= 0 && there.p <= 1);
        assert.deepEqual([delong(labels, [one, one])!.difference, delong(labels, [one, one])!.p], [0, 1]);
      }),
    );
  });
});

describe("holm", () => {
  it("multiplies the smallest by their number, the next by one less, and never lets a later one be smaller", () => {
    const corrected = holm([0.01, 0.04, null, 0.03, 0.005]);
    for (const [index, expected] of [0.03, 0.06, null, 0.06, 0.02].entries())
      if (expected === null) assert.equal(corrected[index], null);
      else close(corrected[index], expected, 1e-12, `p ${index}`);
    assert.deepEqual(holm([0.6, 0.7]), [1, 1]);
  });
});

const entries = comparedExperimentsFixture();
const comparison = compareExperiments(entries, { images: "all", resamples: 200 });
const rowOf = (name: string): number => comparison.rows.findIndex((row) => row.name === name);

describe("compareExperiments", () => {
  it("is plain JSON that its schema takes back", () => {
    assert.deepEqual(comparisonSchema.parse(JSON.parse(JSON.stringify(comparison))), comparison);
  });

  it("makes one row of seeds: their mean, standard deviation and range, and the interval of the mean", () => {
    assert.equal(comparison.rows.length, 6);
    const { seeds, metrics } = comparison.rows[rowOf("resnet18-sampler-head")]!;
    assert.deepEqual(seeds, [1, 2, 3]);
    const values = entries
      .filter(({ experiment }) => experiment.name.startsWith("resnet18-sampler-head"))
      .map(({ experiment }) => experiment.metrics.auc.value!);
    const mean = values.reduce((sum, value) => sum + value, 0) / 3;
    close(metrics.auc.value, mean, 1e-12, "mean");
    close(metrics.auc.sd, Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2), 1e-12, "SD");
    assert.deepEqual([metrics.auc.min, metrics.auc.max], [Math.min(...values), Math.max(...values)]);
    assert.ok(metrics.auc.low! < mean && mean < metrics.auc.high!);
    const single = comparison.rows[rowOf("resnet18-none-head")]!;
    assert.deepEqual([single.metrics.auc.sd, single.metrics.auc.min], [null, null]);
  });

  it("orders rows by their mean AUC and measures the others against the first, paired", () => {
    const aucs = comparison.rows.map(({ metrics }) => metrics.auc.value!);
    assert.deepEqual(
      aucs,
      aucs.toSorted((a, b) => b - a),
    );
    assert.deepEqual(comparison.reference, { row: 0, isBest: true });
    for (const { row, metrics } of comparison.differences)
      close(metrics.auc.value, aucs[row]! - aucs[0]!, 1e-12, "difference");
    const { row, metrics } = comparison.differences.find(({ delong: test }) => test !== null)!;
    const own = comparison.rows[row]!.metrics.auc;
    assert.ok(metrics.auc.high! - metrics.auc.low! < own.high! - own.low!, "pairing makes the interval narrower");
  });

  it("turns every difference and its interval when the two models change places", () => {
    const two = [entries[0]!, entries.at(-1)!];
    const against = (index: number): (typeof comparison)["differences"][number] =>
      compareExperiments(two, { resamples: 100, against: two[index]!.experiment.name }).differences[0]!;
    const [there, back] = [against(0), against(1)];
    for (const [name, { value, low, high }] of Object.entries(there.metrics)) {
      const turned = back.metrics[name as keyof typeof back.metrics];
      close(value, -turned.value!, 1e-12, name);
      close(low, -turned.high!, 1e-12, `${name} low`);
      close(high, -turned.low!, 1e-12, `${name} high`);
    }
    assert.equal(there.p, back.p);
  });

  it("agrees with DeLong's test where every patient has one image", () => {
    const single = entries
      .slice(0, 1)
      .concat(entries.slice(-1))
      .map((entry) => ({
        ...entry,
        predictions: entry.predictions.map((one) => ({ ...one, patientId: one.imageId })),
      }));
    const { differences } = compareExperiments(single, { resamples: 1000 });
    const [{ p, delong: test, metrics }] = differences as [(typeof differences)[number]];
    assert.ok(Math.abs(Math.log10(p!) - Math.log10(test!.p)) < 0.15 * Math.abs(Math.log10(test!.p)), `${p} ${test!.p}`);
    close(metrics.auc.low, test!.low, 0.006, "low");
    close(metrics.auc.high, test!.high, 0.006, "high");
  });

  it("corrects the p-values for their number", () => {
    assert.deepEqual(
      comparison.differences.map(({ holm: corrected }) => corrected),
      holm(comparison.differences.map(({ p }) => p)),
    );
  });

  it("decides at each model's own operating point, or at one threshold for all", () => {
    const { judgement, metrics } = entries[0]!.experiment;
    const row = rowOf("efficientnet-lite0-none-head");
    close(
      comparison.rows[row]!.metrics.f1.value,
      judgement!.levels[0]!.operatingPoints[0]!.test.f1.value!,
      1e-12,
      "own",
    );
    const at = compareExperiments(entries.slice(0, 1), { images: "all", threshold: 0.5, resamples: 0 });
    close(at.rows[0]!.metrics.f1.value, metrics.f1.value!, 1e-12, "at .5");
    const perPatient = compareExperiments(entries.slice(0, 1), { images: "all", level: "patient", resamples: 0 });
    const patient = judgement!.levels[2]!;
    close(perPatient.rows[0]!.metrics.auc.value, patient.ranking.auc.value!, 1e-12, "per patient");
    close(perPatient.rows[0]!.metrics.f1.value, patient.operatingPoints[0]!.test.f1.value!, 1e-12, "per patient, F1");
  });

  it("keeps runs apart, compares them on the images that both have, and says how many it left out", () => {
    const [first] = entries;
    const other: ComparedExperiment = {
      ...first!,
      run: "tuesday",
      predictions: first!.predictions.slice(400).toReversed(),
    };
    const { rows, leftOut, cases, differences } = compareExperiments([first!, other], { images: "all", resamples: 50 });
    assert.deepEqual(
      rows.map(({ run }) => run),
      ["20250301-compare-7f3a", "tuesday"],
    );
    assert.deepEqual(leftOut, [{ run: "20250301-compare-7f3a", images: 400 }]);
    assert.equal(cases, 1200);
    assert.deepEqual(differences[0]!.metrics.auc, { value: 0, low: 0, high: 0 });
    assert.equal(differences[0]!.p, 1);
  });

  it("compares on images of the sources that a model learnt from, of others or of all", () => {
    const casesOf = (images: "inside" | "outside" | "all"): number =>
      compareExperiments(entries.slice(0, 2), { images, resamples: 0 }).cases;
    const outside = entries[0]!.predictions.filter(({ source }) => source === "INbreast").length;
    assert.deepEqual([casesOf("inside"), casesOf("outside"), casesOf("all")], [1600 - outside, outside, 1600]);
    const single = compareExperiments(entries.slice(0, 1), { images: "outside", resamples: 0 }).rows[0]!;
    const known = entries[0]!.experiment.judgement!.transfer!.outside!;
    close(single.metrics.auc.value, known.metrics.auc.value!, 1e-12, "AUC outside");
  });

  it("refuses what cannot be paired, and says why", () => {
    const [first] = entries;
    const stranger = {
      ...first!,
      run: "b",
      predictions: first!.predictions.map((one) => ({ ...one, studyId: `x${one.studyId}` })),
    };
    assert.throws(() => compareExperiments([first!, stranger]), {
      code: "COMPARISON",
      message: /no test image in common/,
    });
    const relabelled = {
      ...first!,
      run: "b",
      predictions: first!.predictions.map((one) => ({ ...one, label: one.label === 1 ? (0 as const) : (1 as const) })),
    };
    assert.throws(() => compareExperiments([first!, relabelled]), {
      code: "COMPARISON",
      message: /label rules differ/,
    });
    assert.throws(() => compareExperiments(entries, { against: "vgg", resamples: 0 }), {
      message: /No row is named vgg/,
    });
    assert.throws(() => compareExperiments([]), { code: "COMPARISON" });
  });

  it("tells what settings differ in, and not what all share", () => {
    const [first] = entries;
    const { configuration } = first!.experiment;
    const faster = {
      ...first!,
      run: "b",
      experiment: { ...first!.experiment, configuration: { ...configuration, learningRate: 0.01 } },
    };
    const { settings } = compareExperiments(
      [
        { ...first!, configuration: { recipeHash: "1" } },
        { ...faster, configuration: { recipeHash: "2" } },
      ],
      { resamples: 0 },
    );
    assert.deepEqual(settings, [
      { setting: "run", values: ["20250301-compare-7f3a", "b"] },
      { setting: "learningRate", values: ["0.0003", "0.01"] },
      { setting: "run.recipeHash", values: ["1", "2"] },
    ]);
  });
});

describe("a comparison of experiments", () => {
  it("is shown on a terminal with baselines, spread over seeds and a verdict that owns up to multiplicity", () => {
    const text = formatExperiments(comparison);
    for (const wanted of [
      /Always malignant/,
      /The prevalence for all/,
      /^ 2 {2}efficientnet-lite0-sampler-head$/m,
      /mean of 3 seeds +0\.\d{3} .*\n +0\.\d{3}-0\.\d{3} /,
      /SD over seeds +0\.\d{3}/,
      /Holm's correction for 5\s+comparisons/,
      /picked for its AUC on these same\s+images/,
    ])
      assert.match(text, wanted);
    assert.doesNotMatch(text, /NaN|undefined|null/);
    for (const line of text.split("\n")) assert.ok(line.length <= 110, line);
    assert.match(formatSettings(comparison), /^strategy: sampler\+weighted-loss \(1, 4\)$/m);
  });

  it("is a CSV of one width, differences beside the values", () => {
    const lines = experimentsCsv(comparison)
      .trimEnd()
      .split("\r\n")
      .map((line) => line.split(","));
    assert.deepEqual([...new Set(lines.map(({ length }) => length))], [lines[0]!.length]);
    const column = lines[0]!.indexOf("minus_auc");
    const best = lines.find(([kind]) => kind === "model")!;
    assert.equal(best[column], "");
    assert.equal(lines.filter(([kind]) => kind === "baseline").length, 3);
    const last = lines.at(-1)!;
    close(
      Number(last[column]),
      Number(last[lines[0]!.indexOf("auc")]) - Number(best[lines[0]!.indexOf("auc")]),
      2e-6,
      "difference",
    );
  });

  it("is a page that needs nothing else, escapes what comes from outside and gives the same bytes", () => {
    const html = renderExperiments(comparison);
    assert.doesNotMatch(html, /<script|url\(|NaN|undefined|\[object/);
    assert.match(html, /6 models on the same 1,600 images/);
    assert.equal(renderExperiments(structuredClone(comparison)), html);
    const hostile = structuredClone(comparison);
    hostile.rows[0]!.run = `"><img src=x>`;
    hostile.settings[0]!.setting = `"><img src=x>`;
    assert.ok(!renderExperiments(hostile).includes("<img src=x"));
  });
});
