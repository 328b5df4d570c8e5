import assert from "node:assert/strict";
import {
  explainFeatureModel,
  type ExplainedNode,
  type FeatureBaselineOptions,
  type FeatureModel,
  featureModelSchema,
  type FeatureTable,
  ModelsError,
  predictFeatureModel,
  trainFeatureBaseline,
} from "@mammoflow/models";
import { evaluateBinary } from "@mammoflow/evaluation";
import { createRandom } from "@mammoflow/runtime";
import { growTrees } from "../../packages/models/src/trees/grow-trees.ts";
import { loadXgboost } from "../../packages/models/src/trees/load-xgboost.ts";
import { patientFolds } from "../../packages/models/src/trees/patient-folds.ts";
import { type GrownNode, nodeOf } from "../../packages/models/src/trees/tree-nodes.ts";
import { classWeights } from "../../packages/models/src/training/imbalance.ts";
import { readGolden } from "../support/goldens.ts";
import { cacheDir } from "../support/parts.ts";

interface GoldenNode {
  rows: number;
  malignant: number;
  split?: { feature: number; threshold: number; below: GoldenNode; above: GoldenNode };
}

interface Golden {
  features: number;
  leafWeight: number;
  values: number[];
  labels: number[];
  testValues: number[];
  testLabels: number[];
  tree: GoldenNode;
  treeAuc: number;
  boostedAuc: number;
}

const golden = readGolden<Golden>("trees.json");
const balanced = {
  values: Float32Array.from(golden.values),
  labels: Uint8Array.from(golden.labels),
  weights: Float32Array.from(golden.labels, (label) => classWeights(Uint8Array.from(golden.labels))[label as 0 | 1]),
};
const areaUnderRoc = (scores: number[]): number =>
  evaluateBinary({
    probabilities: scores.map((score) => 1 / (1 + Math.exp(-score))),
    labels: golden.testLabels,
    resamples: 0,
  }).auc.value!;

/** Splits with the training rows that reach them, as the golden has them. */
function counted(node: GrownNode, rows: number[]): GoldenNode {
  const malignant = rows.reduce((sum, row) => sum + golden.labels[row]!, 0);
  if (node.split === undefined) return { rows: rows.length, malignant };
  const { feature, threshold, below, above } = node.split;
  const isBelow = (row: number): boolean => golden.values[row * golden.features + feature]! < threshold;
  return {
    rows: rows.length,
    malignant,
    split: {
      feature,
      threshold,
      below: counted(below, rows.filter(isBelow)),
      above: counted(
        above,
        rows.filter((row) => !isBelow(row)),
      ),
    },
  };
}

const names = ["dense-share", "spot-contrast", "brightness"];
const features = names.map((name) => ({ name, title: `the ${name}`, unit: name === "dense-share" ? "%" : "" }));

/** Rows whose label follows the first feature, and the second where the first is low; the third says nothing. */
function madeTable(rows: number, unknownEvery = Infinity): { table: FeatureTable; labels: (0 | 1)[] } {
  const random = createRandom(5);
  const values = new Float32Array(rows * names.length);
  const labels = Array.from({ length: rows }, (_, row): 0 | 1 => {
    for (let column = 0; column < names.length; column++)
      values[row * names.length + column] = Math.round(1000 * random.uniform()) / 10;
    const [dense, spot] = [values[row * names.length]!, values[row * names.length + 1]!];
    if (row % unknownEvery === 0) values[row * names.length + 1] = Number.NaN;
    return random.uniform() < (dense > 60 ? 0.6 : spot > 80 ? 0.4 : 0.02) ? 1 : 0;
  });
  return { table: { features, values }, labels };
}

function options(
  kind: FeatureBaselineOptions["kind"],
  { table, labels }: ReturnType<typeof madeTable>,
): FeatureBaselineOptions {
  return {
    kind,
    table,
    training: labels.map((label, image) => ({ image, label })),
    patients: labels.map((_, image) => `patient-${image >> 2}`),
    classWeights: "balanced",
    seed: 3,
    cacheDir,
  };
}

const depthOf = ({ split }: ExplainedNode): number =>
  split === undefined ? 0 : 1 + Math.max(depthOf(split.below), depthOf(split.above));

describe("trees over image features", function () {
  this.timeout(30_000);

  it("split where scikit-learn's tree does, and count the same rows", async () => {
    const options = { rounds: 1, maxDepth: 3, learningRate: 1, lambda: 0, subsample: 1, seed: 0 };
    const xgboost = await loadXgboost(cacheDir);
    const [tree] = growTrees(xgboost, balanced, { ...options, minLeafWeight: golden.leafWeight });
    assert.deepEqual(counted(tree!, [...golden.labels.keys()]), golden.tree);
  });

  it("boosted rank as well as scikit-learn's", async () => {
    const options = { rounds: 40, maxDepth: 3, learningRate: 0.1, lambda: 0, subsample: 0.8, seed: 0 };
    const xgboost = await loadXgboost(cacheDir);
    const trees = growTrees(xgboost, balanced, { ...options, minLeafWeight: golden.leafWeight });
    const values = Float32Array.from(golden.testValues);
    const scores = golden.testLabels.map((_, row) =>
      trees.reduce((sum, tree) => sum + nodeOf(tree, values, row * golden.features).value, 0),
    );
    const auc = areaUnderRoc(scores);
    assert.ok(Math.abs(auc - golden.boostedAuc) < 0.02, `${auc} and ${golden.boostedAuc}`);
  });

  for (const kind of ["tree", "boosted"] as const)
    it(`find what the labels depend on, and are stored whole as JSON: ${kind}`, async () => {
      const made = madeTable(400);
      const model = await trainFeatureBaseline(options(kind, made));
      const read: FeatureModel = featureModelSchema.parse(JSON.parse(JSON.stringify(model)));
      const probabilities = predictFeatureModel(read, made.table);
      assert.deepEqual(probabilities, predictFeatureModel(model, made.table));
      assert.ok(evaluateBinary({ probabilities, labels: made.labels, resamples: 0 }).auc.value! > 0.8);
      const { importance, trees } = explainFeatureModel(model);
      assert.equal(importance[0]!.feature.name, "dense-share");
      assert.ok(Math.abs(importance.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
      assert.ok(kind === "tree" ? trees === 1 : trees > 1);
    });

  it("are the same for the same rows and seed", async () => {
    const made = madeTable(200);
    assert.deepEqual(
      await trainFeatureBaseline(options("boosted", made)),
      await trainFeatureBaseline(options("boosted", made)),
    );
  });

  it("stay small enough to be read, and count their rows in every node", async () => {
    const made = madeTable(400);
    const { tree } = explainFeatureModel(await trainFeatureBaseline(options("tree", made)));
    assert.ok(depthOf(tree!) >= 1 && depthOf(tree!) <= 4);
    assert.deepEqual(tree!.split!.feature, features[0]);
    const { below, above } = tree!.split!;
    assert.equal(below.malignant + above.malignant, made.labels.filter((label) => label === 1).length);
    assert.ok(below.probability < above.probability);
    const sizes = (node: ExplainedNode): number[] =>
      node.split === undefined ? [node.rows] : [...sizes(node.split.below), ...sizes(node.split.above)];
    assert.equal(
      sizes(tree!).reduce((sum, rows) => sum + rows, 0),
      400,
    );
    assert.ok(Math.min(...sizes(tree!)) >= 5);
  });

  it("need no guess where a number is not known, and say on which side such images are", async () => {
    const made = madeTable(600, 4);
    const model = await trainFeatureBaseline(options("tree", made));
    const { tree } = explainFeatureModel(model);
    const sides = (node: ExplainedNode): string[] =>
      node.split === undefined
        ? []
        : [
            `${node.split.feature.name} ${node.split.unknown ?? "all known"}`,
            ...sides(node.split.below),
            ...sides(node.split.above),
          ];
    assert.equal(sides(tree!)[0], "dense-share all known");
    assert.ok(
      sides(tree!).some((side) => /^spot-contrast (below|above)$/.test(side)),
      sides(tree!).join(),
    );
    assert.ok(predictFeatureModel(model, made.table).every((probability) => probability > 0 && probability < 1));
  });

  it("keep a patient's rows in one fold, and malignant ones in every fold", () => {
    const labels = Uint8Array.from({ length: 200 }, (_, row) => (row % 20 < 2 ? 1 : 0));
    const patients = Array.from(labels, (_, row) => `patient-${row >> 1}`);
    const folds = patientFolds(labels, patients, 1);
    for (const [row, fold] of folds.entries()) assert.equal(fold, folds[row ^ 1]);
    for (let fold = 0; fold < 5; fold++) {
      const malignant = labels.reduce((sum, label, row) => sum + (folds[row] === fold ? label : 0), 0);
      assert.equal(malignant, 4);
    }
    assert.deepEqual([...new Set(patientFolds(Uint8Array.of(1, 0), ["a", "b"], 1))], [0]);
  });

  it("refuse rows without both classes, and a table with other features", async () => {
    const made = madeTable(100);
    const isCode = (code: string) => (error: unknown) => error instanceof ModelsError && error.code === code;
    const benign = { ...made, labels: made.labels.map((): 0 => 0) };
    await assert.rejects(trainFeatureBaseline(options("tree", benign)), isCode("TRAINING_ROWS"));
    const fewer = { ...options("tree", made), patients: ["a"] };
    await assert.rejects(trainFeatureBaseline(fewer), isCode("TRAINING_ROWS"));
    const model = await trainFeatureBaseline(options("tree", made));
    const other = { ...made.table, features: features.toReversed() };
    assert.throws(() => predictFeatureModel(model, other), isCode("FEATURES_INVALID"));
  });

  it("say what to do where XGBoost is not set up", async () => {
    const nowhere = { ...options("tree", madeTable(100)), cacheDir: "/nowhere" };
    await assert.rejects(trainFeatureBaseline(nowhere), /XGBoost.*npm run setup/);
  });
});
