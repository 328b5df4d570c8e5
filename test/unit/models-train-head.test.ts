import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { evaluateBinary } from "@mammoflow/evaluation";
import {
  imbalanceStrategyNames,
  loadTensorFlow,
  predictHead,
  readHead,
  readSafetensors,
  trainHead,
  type EpochRecord,
  type Features,
  type HeadRow,
  type TrainHeadHooks,
  type TrainHeadOptions,
} from "@mammoflow/models";
import { createHeadTrainer, initialAdam, type Batch } from "../../packages/models/src/training/head-trainer.ts";
import { createRandom } from "@mammoflow/runtime";

interface Golden {
  featureLength: number;
  batches: { features: number[]; labels: number[] }[];
  cases: {
    learningRate: number;
    weights: [number, number];
    start: { weight: number[]; bias: number[] };
    losses: number[];
    end: { weight: number[]; bias: number[] };
    firstMoments: [number[], number[]];
    secondMoments: [number[], number[]];
  }[];
}

const golden = JSON.parse(readFileSync(new URL("../goldens/train-head.json", import.meta.url), "utf8")) as Golden;

const images = 120;
const featureLength = 16;

/** Features in which every fifth image is malignant and shows it in its first four numbers; flips change little. */
function someFeatures(): { features: Features; rows: HeadRow[] } {
  const random = createRandom(11);
  const variants = ["none", "h", "v", "hv"] as const;
  const rows: HeadRow[] = Array.from({ length: images }, (_, image) => ({ image, label: image % 5 === 0 ? 1 : 0 }));
  const values = new Float32Array(images * variants.length * featureLength);
  for (const { image, label } of rows)
    for (let feature = 0; feature < featureLength; feature++) {
      const base = random.uniform() + (feature < 4 ? 0.6 * label : 0);
      for (let variant = 0; variant < variants.length; variant++)
        values[(image * variants.length + variant) * featureLength + feature] = base + 0.05 * random.uniform();
    }
  return {
    features: { imageIds: rows.map(({ image }) => `image-${image}`), variants: [...variants], featureLength, values },
    rows,
  };
}

const { features, rows } = someFeatures();
const options: TrainHeadOptions = {
  features,
  training: rows.slice(0, 90),
  validation: rows.slice(90),
  strategy: "sampler",
  dropout: 0.2,
  seed: 4,
  epochs: 4,
};

const close = (actual: ArrayLike<number>, wanted: number[], what: string): void => {
  assert.equal(actual.length, wanted.length);
  wanted.forEach((value, place) => {
    const tolerance = 1e-4 * Math.abs(value) + 1e-8;
    assert.ok(Math.abs(actual[place]! - value) <= tolerance, `${what} ${place}: ${actual[place]} is not ${value}`);
  });
};

/** What of a record is a function of the inputs alone. */
const lasting = ({ epoch, trainLoss, validationLoss, validationAuc, checkpoint }: EpochRecord): object => ({
  epoch,
  trainLoss,
  validationLoss,
  validationAuc,
  checkpoint,
});

const firstImage = (head: Uint8Array): number => predictHead(readHead(head), features)[0]!;

describe("training a head", function () {
  let hooks: TrainHeadHooks;
  this.timeout(60_000);

  before(async () => {
    hooks = {
      tf: await loadTensorFlow(),
      areaUnderRoc: (probabilities, labels) => evaluateBinary({ probabilities, labels, resamples: 0 }).auc.value,
    };
  });

  const recorded = async (
    changes: Partial<TrainHeadOptions> = {},
  ): Promise<{ head: Uint8Array; epochs: EpochRecord[] }> => {
    const epochs: EpochRecord[] = [];
    const head = await trainHead(
      { ...options, ...changes },
      { ...hooks, onEpoch: (record) => void epochs.push(record) },
    );
    return { head: head.safetensors, epochs };
  };

  golden.cases.forEach((expected, index) => {
    it(`makes the same five steps as PyTorch, case ${index + 1}`, () => {
      const head = {
        featureLength: golden.featureLength,
        weight: Float32Array.from(expected.start.weight),
        bias: Float32Array.from(expected.start.bias),
      };
      const { learningRate } = expected;
      const trainer = createHeadTrainer({ head, adam: initialAdam(golden.featureLength), learningRate }, hooks.tf);
      const losses = golden.batches.map((batch) => trainer.step(batchOf(batch, expected.weights)));
      const { head: end, adam } = trainer.snapshot();
      trainer.close();
      close(losses, expected.losses, "loss");
      close(end.weight, expected.end.weight, "weight");
      close(end.bias, expected.end.bias, "bias");
      close(adam.firstMoments.weight, expected.firstMoments[0], "first moment");
      close(adam.secondMoments.weight, expected.secondMoments[0], "second moment");
      close(adam.secondMoments.bias, expected.secondMoments[1], "second moment of the bias");
      assert.equal(adam.step, 5);
    });
  });

  it("learns: validation loss falls, and malignant validation images rank above benign ones", async () => {
    const { epochs } = await recorded({ epochs: 30, learningRate: 0.01 });
    assert.ok(epochs.at(-1)!.validationLoss! < epochs[0]!.validationLoss!);
    assert.ok(epochs.at(-1)!.validationAuc! > 0.9);
    assert.deepEqual(
      epochs.map(({ epoch }) => epoch),
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
  });

  for (const strategy of imbalanceStrategyNames)
    it(`resumes bit for bit under the strategy ${strategy}`, async () => {
      const whole = await recorded({ strategy });
      const resumed = await recorded({ strategy, resumeFrom: whole.epochs[1]!.checkpoint });
      assert.deepEqual(resumed.epochs.map(lasting), whole.epochs.slice(2).map(lasting));
      assert.deepEqual(resumed.head, whole.head);
    });

  it("gives the same bytes twice, and others for another seed", async () => {
    const [first, again, other] = [await recorded(), await recorded(), await recorded({ seed: 5 })];
    assert.deepEqual(first.head, again.head);
    assert.notDeepEqual(first.head, other.head);
  });

  it("goes on to more epochs from the last checkpoint of a shorter training", async () => {
    const short = await recorded({ epochs: 2 });
    const longer = await recorded({ resumeFrom: short.epochs[1]!.checkpoint });
    assert.deepEqual(longer.head, (await recorded()).head);
  });

  it("gives a head that PyTorch and predictHead read, and predictions in the study's sense", async () => {
    const { head: bytes, epochs } = await recorded({ metadata: { backbone: "resnet18" } });
    const { tensors, metadata } = readSafetensors(bytes, "head");
    assert.deepEqual(tensors.get("weight")?.shape, [2, featureLength]);
    assert.deepEqual(tensors.get("bias")?.shape, [2]);
    assert.deepEqual([metadata["backbone"], metadata["epoch"], metadata["strategy"]], ["resnet18", "4", "sampler"]);
    const head = readHead(bytes);
    assert.deepEqual(readHead(epochs.at(-1)!.checkpoint), head);
    const probabilities = predictHead(head, features);
    assert.equal(probabilities.length, images);
    probabilities.forEach((probability, image) => {
      const logit = (output: number): number =>
        head.weight
          .subarray(output * featureLength, (output + 1) * featureLength)
          .reduce(
            (sum, weight, f) => sum + weight * features.values[image * 4 * featureLength + f]!,
            head.bias[output]!,
          );
      assert.equal(probability >= 0.5, logit(1) >= logit(0), "decides as argmax does");
    });
  });

  it("counts an image as often as it has rows", async () => {
    const repeated = [...options.training, ...Array.from({ length: 60 }, () => options.training[0]!)];
    const asTheyAre = await recorded({ strategy: "none", epochs: 20, learningRate: 0.01 });
    const weighty = await recorded({ strategy: "none", epochs: 20, learningRate: 0.01, training: repeated });
    assert.ok(firstImage(weighty.head) > firstImage(asTheyAre.head) + 0.05);
  });

  it("stops between batches when it is aborted, with the reason", async () => {
    const controller = new AbortController();
    let epochs = 0;
    const training = trainHead(
      { ...options, epochs: 1000 },
      {
        ...hooks,
        onEpoch: () => {
          epochs++;
          if (epochs === 2) controller.abort(new Error("the run was cancelled"));
        },
      },
      controller.signal,
    );
    await assert.rejects(training, /the run was cancelled/);
    assert.equal(epochs, 2);
  });

  it("says that it diverged instead of going on with numbers that are none", async () => {
    const broken = {
      ...features,
      values: features.values.map((value, index) => (index % 700 === 0 ? Number.NaN : value)),
    };
    await assert.rejects(recorded({ features: broken }), { code: "TRAINING_DIVERGED", message: /epoch 1.*NaN/ });
    await assert.rejects(recorded({ learningRate: 1e6 }), { code: "TRAINING_DIVERGED" });
  });

  it("refuses what it cannot train on, and says what to do", async () => {
    const one = await recorded({ epochs: 1 });
    const { checkpoint } = one.epochs[0]!;
    await assert.rejects(recorded({ resumeFrom: checkpoint, seed: 99 }), { code: "CHECKPOINT_MISMATCH" });
    await assert.rejects(recorded({ resumeFrom: one.head }), { code: "CHECKPOINT_INVALID" });
    await assert.rejects(recorded({ training: rows.filter(({ label }) => label === 0) }), { code: "TRAINING_ROWS" });
    await assert.rejects(recorded({ training: [...rows, { image: 500, label: 1 }] }), { code: "TRAINING_ROWS" });
    const unflipped = {
      ...features,
      variants: ["none" as const],
      values: features.values.subarray(0, images * featureLength),
    };
    await assert.rejects(recorded({ features: unflipped }), { code: "FEATURES_INVALID", message: /h, v, hv/ });
    await recorded({ features: unflipped, flipProbability: 0, epochs: 1 });
    const short = { ...features, featureLength: 8, values: features.values.subarray(0, images * 4 * 8) };
    assert.throws(() => predictHead(readHead(one.head), short), { code: "FEATURES_INVALID" });
  });

  it("trains without validation rows, and says nothing about them", async () => {
    const { epochs } = await recorded({ validation: [], epochs: 1 });
    assert.deepEqual([epochs[0]?.validationLoss, epochs[0]?.validationAuc], [null, null]);
  });

  it("leaves no tensor behind", async () => {
    const before = hooks.tf.memory().numTensors;
    await recorded({ epochs: 2 });
    assert.equal(hooks.tf.memory().numTensors, before);
  });
});

function batchOf({ features, labels }: { features: number[]; labels: number[] }, weights: [number, number]): Batch {
  return {
    rows: labels.length,
    features: Float32Array.from(features),
    targets: Float32Array.from(labels.flatMap((label) => [1 - label, label])),
    rowWeights: Float32Array.from(labels, (label) => weights[label]!),
  };
}
