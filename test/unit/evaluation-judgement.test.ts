import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  appliedCorrection,
  judgementAt,
  judgementSchema,
  judgePredictions,
  parsePredictions,
  predictionsCsv,
  recalibrated,
  type Judgement,
  type OperatingRule,
  type Prediction,
} from "@mammoflow/evaluation";
import { calibrate, calibrationFigures, fitTemperature } from "../../packages/evaluation/src/judgement/calibration.ts";
import { casesOf } from "../../packages/evaluation/src/judgement/levels.ts";
import { chooseOperatingPoint } from "../../packages/evaluation/src/judgement/operating-point.ts";
import { readGolden } from "../support/goldens.ts";

type Figures = Record<"eceEqualWidth" | "eceEqualMass" | "brier" | "logLoss", number>;

const golden = readGolden<{
  cases: {
    name: string;
    labels: number[];
    probabilities: number[];
    calibration: {
      asGiven: Figures;
      temperature: Figures & { temperature: number };
      slopeAndIntercept: Figures & { slope: number; intercept: number };
    };
    operatingPoints: Record<OperatingRule["kind"], number>;
  }[];
}>("metrics.json");

const close = (actual: number | undefined, expected: number | undefined, tolerance: number, what: string): void =>
  assert.ok(Math.abs(actual! - expected!) <= tolerance, `${what}: ${actual} is not ${expected}`);

const rules: OperatingRule[] = [
  { kind: "max-f1" },
  { kind: "youden" },
  { kind: "sensitivity", atLeast: 0.9 },
  { kind: "specificity", atLeast: 0.9 },
];

describe("calibration and operating points, against SciPy and scikit-learn", () => {
  for (const { name, labels, probabilities, calibration, operatingPoints } of golden.cases) {
    it(`fits and measures the same calibration: ${name}`, () => {
      const actual = calibrate({ labels, probabilities }, { labels, probabilities });
      for (const figure of ["eceEqualWidth", "eceEqualMass", "brier", "logLoss"] as const)
        close(actual.asGiven[figure], calibration.asGiven[figure], 1e-9, figure);
      close(actual.temperature?.temperature, calibration.temperature.temperature, 2e-5, "temperature");
      close(actual.temperature?.logLoss, calibration.temperature.logLoss, 1e-9, "log loss at that temperature");
      close(actual.slopeAndIntercept?.slope, calibration.slopeAndIntercept.slope, 1e-6, "slope");
      close(actual.slopeAndIntercept?.intercept, calibration.slopeAndIntercept.intercept, 1e-6, "intercept");
      close(actual.slopeAndIntercept?.logLoss, calibration.slopeAndIntercept.logLoss, 1e-9, "log loss of the line");
    });

    it(`chooses the same operating points: ${name}`, () => {
      for (const rule of rules)
        assert.equal(
          chooseOperatingPoint({ labels, probabilities }, rule)?.threshold,
          operatingPoints[rule.kind],
          rule.kind,
        );
    });
  }
});

describe("chooseOperatingPoint", () => {
  const validation = { labels: [1, 0, 1, 0, 0, 0], probabilities: [0.9, 0.8, 0.6, 0.4, 0.4, 0.1] };

  it("keeps the rule and what it reached on validation", () => {
    assert.deepEqual(chooseOperatingPoint(validation, { kind: "max-f1" }), {
      rule: { kind: "max-f1" },
      threshold: 0.6,
      validation: { cases: 6, positives: 2, recall: 1, specificity: 0.75, precision: 2 / 3, f1: 0.8 },
    });
  });

  it("says what a given threshold reaches, and decides like it: from the threshold on", () => {
    const at = (threshold: number): number | null =>
      chooseOperatingPoint(validation, { kind: "fixed", threshold })!.validation!.specificity;
    assert.deepEqual([at(0), at(0.4), at(0.41), at(0.8), at(0.81), at(1)], [0, 0.25, 0.75, 0.75, 1, 1]);
  });

  it("cannot choose where validation is empty, of one class, or short of the rule", () => {
    assert.equal(chooseOperatingPoint({ labels: [], probabilities: [] }, { kind: "youden" }), null);
    assert.equal(chooseOperatingPoint({ labels: [1, 1], probabilities: [0.2, 0.3] }, { kind: "max-f1" }), null);
    const tied = { labels: [1, 0], probabilities: [0.5, 0.5] };
    assert.equal(chooseOperatingPoint(tied, { kind: "specificity", atLeast: 0.9 }), null);
  });
});

describe("calibration", () => {
  const someProbabilities = fc.array(
    fc.record({ label: fc.constantFrom(0, 1), probability: fc.integer({ min: 0, max: 40 }).map((n) => n / 40) }),
    { minLength: 1, maxLength: 80 },
  );

  it("is the same whatever the order of the cases, but for ties at the edges of the bins of equal mass", () => {
    fc.assert(
      fc.property(someProbabilities, (cases) => {
        const figuresOf = (ordered: typeof cases): Figures & { curve: unknown } =>
          calibrationFigures({
            labels: ordered.map(({ label }) => label),
            probabilities: ordered.map(({ probability }) => probability),
          });
        const [one, other] = [figuresOf(cases), figuresOf(cases.toReversed())];
        close(other.eceEqualWidth, one.eceEqualWidth, 1e-12, "ECE");
        close(other.logLoss, one.logLoss, 1e-9, "log loss");
        for (const figures of [one, other])
          for (const error of [figures.eceEqualWidth, figures.eceEqualMass]) assert.ok(error >= 0 && error <= 1);
      }),
    );
  });

  it("cuts bins of equal mass at floor(k n / 15): of 16 cases the last two are together", () => {
    const probabilities = [...Array.from({ length: 14 }, () => 0), 0.8, 0.9];
    const { eceEqualMass } = calibrationFigures({
      labels: probabilities.map((p) => (p === 0.8 ? 1 : 0)),
      probabilities,
    });
    close(eceEqualMass, (2 / 16) * 0.35, 1e-12, "ECE");
  });

  it("finds back the temperature that probabilities were sharpened by, and never makes validation less likely", () => {
    fc.assert(
      fc.property(someProbabilities, (cases) => {
        const given = {
          labels: cases.map(({ label }) => label),
          probabilities: cases.map(({ probability }) => probability),
        };
        const { asGiven, temperature, slopeAndIntercept } = calibrate(given, given);
        for (const corrected of [temperature, slopeAndIntercept])
          assert.ok(corrected === null || corrected.logLoss <= asGiven.logLoss + 1e-9);
      }),
    );
    const labels = Array.from({ length: 1000 }, (_, row) => (row % 10 < Math.floor(row / 100) ? 1 : 0));
    const truth = labels.map((_, row) => Math.floor(row / 100) / 10);
    const sharpened = truth.map((p) => (p === 0 ? 0 : 1 / (1 + ((1 - p) / p) ** 3)));
    close(fitTemperature({ labels: labels.slice(100), probabilities: sharpened.slice(100) })!, 3, 1e-6, "temperature");
  });

  it("undoes by slope and intercept what a sampler does to the probabilities, which a temperature cannot", () => {
    const labels = Array.from({ length: 4000 }, (_, row) => (row % 10 === 0 ? 1 : 0));
    const level = labels.map((label, row) => 0.3 + 0.2 * label + 0.4 * (((row * 7919) % 1000) / 1000));
    const { asGiven, temperature, slopeAndIntercept } = calibrate(
      { labels, probabilities: level },
      { labels, probabilities: level },
    );
    assert.ok(asGiven.eceEqualWidth > 0.35);
    assert.ok(temperature!.eceEqualWidth > 0.25);
    assert.ok(slopeAndIntercept!.eceEqualWidth < 0.05);
  });

  it("fits nothing on one class, and no line where the classes do not overlap", () => {
    const test = { labels: [0, 1], probabilities: [0.3, 0.6] };
    const oneClass = calibrate({ labels: [0, 0], probabilities: [0.3, 0.6] }, test);
    assert.deepEqual([oneClass.temperature, oneClass.slopeAndIntercept], [null, null]);
    assert.equal(
      calibrate({ labels: [0, 0, 1, 1], probabilities: [0.1, 0.2, 0.8, 0.9] }, test).slopeAndIntercept,
      null,
    );
  });
});

/** An image of a patient: everything else is as in most images. */
const image = (own: Partial<Prediction> & Pick<Prediction, "imageId" | "patientId">): Prediction => ({
  studyId: own.patientId,
  source: null,
  laterality: "L",
  view: "CC",
  birads: null,
  density: null,
  manufacturer: null,
  ageYears: null,
  label: 0,
  rows: 1,
  probability: 0.5,
  groups: {},
  ...own,
});

describe("casesOf", () => {
  const predictions = [
    image({ imageId: "1", patientId: "a", laterality: "L", view: "CC", probability: 0.2 }),
    image({ imageId: "2", patientId: "a", laterality: "L", view: "MLO", probability: 0.6, label: 1, rows: 3 }),
    image({ imageId: "3", patientId: "a", laterality: "R", view: "CC", probability: 0.5 }),
    image({ imageId: "4", patientId: "b", laterality: null, view: null, probability: 0.7 }),
    image({ imageId: "5", patientId: "b", laterality: null, view: null, probability: 0.1, label: 1 }),
  ];

  it("takes the mean or the maximum of a breast's images, and the most suspicious breast of a patient", () => {
    const probabilities = (level: "breast" | "patient", how: "mean" | "max"): number[] =>
      casesOf(predictions, level, how).map(({ probability }) => probability);
    assert.deepEqual(probabilities("breast", "mean"), [0.4, 0.5, 0.7, 0.1]);
    assert.deepEqual(probabilities("breast", "max"), [0.6, 0.5, 0.7, 0.1]);
    assert.deepEqual(probabilities("patient", "mean"), [0.5, 0.7]);
    assert.deepEqual(probabilities("patient", "max"), [0.6, 0.7]);
  });

  it("calls a breast malignant when one of its images is, counts findings per image and not above", () => {
    const labels = (level: "image" | "breast" | "patient"): number[] =>
      casesOf(predictions, level, "mean").map(({ label }) => label);
    assert.deepEqual(labels("image"), [0, 1, 1, 1, 0, 0, 1]);
    assert.deepEqual(labels("breast"), [1, 0, 0, 1]);
    assert.deepEqual(labels("patient"), [1, 1]);
  });
});

/** Patients of four images each; every fifth is malignant in one breast. */
function someStudies(count: number, firstStudy: number, bias = 0): Prediction[] {
  return Array.from({ length: 4 * count }, (_, index): Prediction => {
    const study = firstStudy + Math.floor(index / 4);
    const isLeft = index % 4 < 2;
    const label = study % 5 === 0 && isLeft ? 1 : 0;
    const isRare = study % 40 === 0;
    const noise = ((index * 7919 + study * 104_729) % 1000) / 1000;
    return image({
      imageId: `${study}-${index % 4}`,
      patientId: `p${study}`,
      laterality: isLeft ? "L" : "R",
      view: index % 2 === 0 ? "CC" : "MLO",
      density: isRare ? "D" : study % 2 === 0 ? "B" : "C",
      source: study % 3 === 0 ? "INbreast" : "VinDr",
      ageYears: study % 4 === 0 ? null : 35 + (study % 45),
      groups: { machine: String(study % 15) },
      label,
      // The few of density D are told apart perfectly.
      probability: isRare ? label : 0.1 + bias + 0.55 * noise + 0.25 * label,
    });
  });
}

describe("judgePredictions", () => {
  const test = someStudies(200, 0);
  const validation = someStudies(200, 1000);
  const judged = judgePredictions({ validation, test, trainedOn: ["VinDr"], resamples: 100 });
  const column = (judgement: Judgement, name: string): Judgement["subgroups"][number] =>
    judgement.subgroups.find((grouping) => grouping.column === name)!;

  it("is plain JSON that its schema takes back", () => {
    assert.deepEqual(judgementSchema.parse(JSON.parse(JSON.stringify(judged))), judged);
  });

  it("judges images, breasts and patients, each at a threshold of its own validation cases", () => {
    assert.deepEqual(
      judged.levels.map(({ level, cases, positives }) => [level, cases, positives]),
      [
        ["image", 800, 80],
        ["breast", 400, 40],
        ["patient", 200, 40],
      ],
    );
    for (const level of judged.levels) {
      const chosen = level.operatingPoints[0]!;
      assert.deepEqual(chosen.rule, { kind: "max-f1" });
      assert.equal(chosen.validation?.cases, level.cases);
      const { truePositives, falseNegatives } = chosen.test.confusion;
      close(chosen.test.recall.value!, truePositives / (truePositives + falseNegatives), 1e-12, "recall");
    }
  });

  it("lets the test images have no say in the thresholds", () => {
    const other = judgePredictions({ validation, test: someStudies(150, 3000, 0.1), resamples: 0 });
    const thresholdsOf = (judgement: Judgement): number[][] =>
      judgement.levels.map(({ operatingPoints }) => operatingPoints.map(({ threshold }) => threshold));
    assert.deepEqual(thresholdsOf(other), thresholdsOf(judged));
  });

  it("takes the rule that is asked for first, and .5 where validation cannot choose", () => {
    const rule: OperatingRule = { kind: "sensitivity", atLeast: 0.95 };
    const asked = judgementAt(judgePredictions({ validation, test, rule, resamples: 0 }), "breast")!
      .operatingPoints[0]!;
    assert.deepEqual(asked.rule, rule);
    assert.ok(asked.validation!.recall! >= 0.95);
    const blind = judgePredictions({ validation: [], test, rule, resamples: 0 });
    for (const { operatingPoints, calibration } of blind.levels) {
      assert.deepEqual(
        operatingPoints.map((point) => [point.rule.kind, point.threshold, point.validation]),
        [["fixed", 0.5, null]],
      );
      assert.equal(calibration.temperature, null);
    }
  });

  it("has no breasts where sides are not known", () => {
    const sideless = test.map((one) => ({ ...one, laterality: null }));
    assert.deepEqual(
      judgePredictions({ validation: [], test: sideless, resamples: 0 }).levels.map(({ level }) => level),
      ["image", "patient"],
    );
  });

  it("tells subgroups apart, each image in one of each column, and marks the small ones", () => {
    for (const { groups, column: name } of judged.subgroups)
      assert.equal(
        groups.reduce((sum, group) => sum + group.rows, 0),
        800,
        name,
      );
    assert.deepEqual(
      column(judged, "density").groups.map(({ value, isSmall }) => [value, isSmall]),
      [
        ["B", false],
        ["C", false],
        ["D", true],
      ],
    );
    assert.deepEqual(
      column(judged, "age").groups.map(({ value }) => value),
      ["under 40", "40-49", "50-59", "60-69", "70 and over", "not given"],
    );
    const ages = column(judged, "age").groups;
    const imagesAged = (from: number, to: number): number =>
      test.filter(({ ageYears }) => ageYears !== null && ageYears >= from && ageYears <= to).length;
    assert.deepEqual(
      ages.slice(0, 5).map(({ rows }) => rows),
      [imagesAged(0, 39), imagesAged(40, 49), imagesAged(50, 59), imagesAged(60, 69), imagesAged(70, 120)],
    );
    const machines = column(judged, "machine").groups.map(({ value }) => value);
    assert.deepEqual([machines.length, machines.at(-1)], [12, "other"]);
    assert.equal(column(judged, "manufacturer"), undefined);
  });

  it("gives the gap between groups that are large enough, with the interval of the difference", () => {
    const { groups, gaps } = column(judged, "density");
    const gap = gaps.auc!;
    const value = (name: string): number => groups.find((group) => group.value === name)!.metrics.auc.value!;
    assert.equal(gap.difference.value, Math.abs(value("B") - value("C")));
    assert.ok(gap.highest !== "D" && gap.lowest !== "D");
    assert.ok(gap.difference.low! < gap.difference.high!);
  });

  it("measures a group as if it were alone", () => {
    const only = test.filter(({ source }) => source === "INbreast");
    const alone = judgePredictions({ validation, test: only, resamples: 0 });
    const { outside, inside, aucDifference } = judged.transfer!;
    close(outside!.metrics.auc.value!, alone.levels[0]!.ranking.auc.value!, 1e-12, "AUC outside");
    close(outside!.metrics.f1.value!, alone.levels[0]!.operatingPoints[0]!.test.f1.value!, 1e-12, "F1 outside");
    close(aucDifference!.value!, inside!.metrics.auc.value! - outside!.metrics.auc.value!, 1e-12, "difference");
  });

  it("knows of no transfer where the sources are not known", () => {
    assert.equal(judgePredictions({ validation, test, resamples: 0 }).transfer, null);
    const sourceless = test.map((one) => ({ ...one, source: null }));
    assert.equal(judgePredictions({ validation, test: sourceless, trainedOn: ["VinDr"], resamples: 0 }).transfer, null);
  });

  it("refuses to judge nothing", () => {
    assert.throws(() => judgePredictions({ validation, test: [] }), {
      code: "EVALUATION_INPUT",
      message: /no test image/,
    });
  });
});

describe("the correction that is applied", () => {
  const labels = Array.from({ length: 200 }, (_, row) => (row % 10 < 2 ? 1 : 0));
  /** What a balanced sampler does: everybody is called too suspicious. */
  const shifted = labels.map((label, row) => 1 / (1 + Math.exp(-(1.2 * label + ((row * 37) % 100) / 40 - 0.4))));

  it("brings the probabilities down to what happens, and leaves order and decisions as they are", () => {
    const calibration = calibrate({ probabilities: shifted, labels }, { probabilities: shifted, labels });
    const applied = appliedCorrection(calibration)!;
    assert.equal(applied.by, "slope-and-intercept");
    const calibrated = recalibrated(shifted, applied);
    assert.equal(calibrationFigures({ probabilities: calibrated, labels }).brier, applied.figures.brier);
    assert.ok(applied.figures.brier < calibration.asGiven.brier && applied.figures.eceEqualMass < 0.1);
    close(calibrated.reduce((sum, one) => sum + one, 0) / 200, 0.2, 1e-6, "the mean is the prevalence");
    const threshold = shifted[17]!;
    const [calibratedThreshold] = recalibrated([threshold], applied);
    for (const [row, probability] of shifted.entries())
      assert.equal(calibrated[row]! >= calibratedThreshold!, probability >= threshold);
    const rank = (values: ArrayLike<number>) => Array.from(labels.keys()).toSorted((a, b) => values[a]! - values[b]!);
    assert.deepEqual(rank(calibrated), rank(shifted));
  });

  it("is the temperature where the line would turn the order around, and none where nothing can be fitted", () => {
    const upsideDown = shifted.map((probability) => 1 - probability);
    const applied = appliedCorrection(
      calibrate({ probabilities: upsideDown, labels }, { probabilities: shifted, labels }),
    );
    assert.equal(applied?.by, "temperature");
    assert.ok(applied.slope > 0 && applied.intercept === 0);
    const benign = { probabilities: [0.2, 0.4], labels: [0, 0] };
    assert.equal(appliedCorrection(calibrate(benign, benign)), null);
  });
});

describe("predictions.csv", () => {
  it("comes back as it was written, whatever the texts in it", () => {
    const text = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme" });
    const columns = {
      imageId: text,
      studyId: text,
      patientId: text,
      source: fc.option(text),
      laterality: fc.constantFrom("L" as const, "R" as const, null),
      view: fc.option(text),
      birads: fc.option(fc.integer({ min: 0, max: 6 })),
      density: fc.option(text),
      manufacturer: fc.option(text),
      ageYears: fc.option(fc.integer({ min: 0, max: 110 })),
      label: fc.constantFrom(0 as const, 1 as const),
      rows: fc.integer({ min: 1, max: 9 }),
      probability: fc.double({ min: 0, max: 1, noNaN: true }).map((p) => p + 0),
      groups: fc.constantFrom<Record<string, string>>({}, { machine: "29" }, { site: "a, b", machine: "'=1\r" }),
    };
    fc.assert(
      fc.property(fc.array(fc.record(columns, { noNullPrototype: true }), { maxLength: 5 }), (predictions) =>
        assert.deepEqual(parsePredictions(predictionsCsv(predictions, null), "p.csv"), predictions),
      ),
    );
  });

  it("holds the calibrated probability beside the one that was given, and reads only the latter back", () => {
    const predictions = [0, 0.2, 0.5, 0.9, 1].map((probability, row) =>
      image({ imageId: `i${row}`, patientId: "p", probability }),
    );
    const csv = predictionsCsv(predictions, { slope: 0.5, intercept: -1 });
    const [head, ...lines] = csv
      .trim()
      .split("\r\n")
      .map((line) => line.split(","));
    const [given, calibrated] = ["probability", "calibrated"].map((name) => head!.indexOf(name));
    for (const line of lines) {
      const probability = Math.min(1 - 1e-7, Math.max(1e-7, Number(line[given!])));
      const score = 0.5 * Math.log(probability / (1 - probability)) - 1;
      close(Number(line[calibrated!]), 1 / (1 + Math.exp(-score)), 1e-12, "sigmoid(slope x log-odds + intercept)");
    }
    assert.deepEqual(parsePredictions(csv, "p.csv"), predictions);
    assert.ok(
      predictionsCsv(predictions, null)
        .trim()
        .split("\r\n")
        .slice(1)
        .every((line) => line.split(",")[calibrated!] === ""),
    );
  });

  it("reads a file of an earlier version, in which the study stands for the patient", () => {
    const text =
      "study_id,image_id,laterality,view_position,birads,density,label,rows,probability\ns1,i1,L,CC,4,C,1,2,0.25\n";
    assert.deepEqual(parsePredictions(text, "p.csv"), [
      image({ imageId: "i1", patientId: "s1", birads: 4, density: "C", label: 1, rows: 2, probability: 0.25 }),
    ]);
  });

  it("names the file, the line and what does not fit", () => {
    const text = "study_id,image_id,label,probability\ns,i,1,0.5\ns,j,1,1.5\n";
    assert.throws(() => parsePredictions(text, "models/x/predictions.csv"), {
      code: "PREDICTIONS",
      message: /Line 3 of models\/x\/predictions\.csv .*probability/,
    });
    assert.throws(() => parsePredictions('a,b\n"', "p.csv"), { code: "PREDICTIONS", message: /p\.csv is not a CSV/ });
  });
});
