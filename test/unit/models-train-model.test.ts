import assert from "node:assert/strict";
import { evaluateBinary } from "@mammoflow/evaluation";
import {
  backbones,
  createExtractor,
  createPredictor,
  type EpochRecord,
  type Examples,
  type Features,
  featureExamples,
  imageExamples,
  imbalanceStrategyNames,
  loadTensorFlow,
  loadWeights,
  predictExamples,
  readModel,
  readSafetensors,
  type StateDict,
  trainModel,
  type TrainModelHooks,
  type TrainModelOptions,
  type TrainingRow,
  type TrainingSettings,
  trainingSettingsSchema,
} from "@mammoflow/models";
import { createRandom } from "@mammoflow/runtime";

const images = 120;
const featureLength = 512;

/** Features in which every fifth image is malignant and shows it in its first numbers; flips change little. */
function someFeatures(): { features: Features; rows: TrainingRow[] } {
  const random = createRandom(11);
  const variants = ["none", "h", "v", "hv"] as const;
  const rows = Array.from({ length: images }, (_, image): TrainingRow => ({ image, label: image % 5 === 0 ? 1 : 0 }));
  const values = new Float32Array(images * variants.length * featureLength);
  for (const { image, label } of rows)
    for (let feature = 0; feature < featureLength; feature++) {
      const base = random.uniform() + (feature < 100 ? 0.3 * label : 0);
      for (let variant = 0; variant < variants.length; variant++)
        values[(image * variants.length + variant) * featureLength + feature] = base + 0.05 * random.uniform();
    }
  const imageIds = rows.map(({ image }) => `image-${image}`);
  return { features: { imageIds, variants: [...variants], featureLength, values }, rows };
}

const { features, rows } = someFeatures();
type Changes = Partial<Omit<TrainModelOptions, "settings">> & { settings?: Partial<TrainingSettings> };

function optionsOf({ settings, ...changes }: Changes): TrainModelOptions {
  return {
    backbone: "resnet18",
    weights: new Map(),
    settings: trainingSettingsSchema.parse({ epochs: 4, seed: 4, dropout: 0.2, ...settings }),
    examples: featureExamples(features),
    training: rows.slice(0, 90),
    validation: rows.slice(90),
    ...changes,
  };
}

const hooks: TrainModelHooks = {
  areaUnderRoc: (probabilities, labels) => evaluateBinary({ probabilities, labels, resamples: 0 }).auc.value,
};

async function recorded(changes: Changes = {}): Promise<{ epoch: number; file: Uint8Array; epochs: EpochRecord[] }> {
  const epochs: EpochRecord[] = [];
  const { epoch, safetensors } = await trainModel(optionsOf(changes), {
    ...hooks,
    onEpoch: (record) => void epochs.push(record),
  });
  return { epoch, file: safetensors, epochs };
}

/** What of a record is a function of the inputs alone. */
const lasting = ({ seconds: _, ...record }: EpochRecord): object => record;

async function assertResumes(changes: Changes, after = 2): Promise<void> {
  const whole = await recorded(changes);
  const resumed = await recorded({ ...changes, resumeFrom: whole.epochs[after - 1]!.checkpoint });
  assert.deepEqual(resumed.epochs.map(lasting), whole.epochs.slice(after).map(lasting));
  assert.deepEqual(resumed.file, whole.file);
  assert.equal(resumed.epoch, whole.epoch);
}

async function probabilities(
  model: Uint8Array,
  examples: Float32Array,
  exampleShape: readonly number[],
  weights: StateDict = new Map(),
): Promise<Float32Array> {
  const predictor = await createPredictor({ model, weights, exampleShape });
  try {
    return await predictor.predict(examples);
  } finally {
    predictor.close();
  }
}

/** The unflipped features, [image, feature]. */
const unflipped = Float32Array.from({ length: images * featureLength }, (_, place) => {
  const image = Math.floor(place / featureLength);
  return features.values[image * 4 * featureLength + (place % featureLength)]!;
});

describe("training a model", function () {
  this.timeout(120_000);

  it("predicts of an image the mean of its four flips' probabilities, as counted by hand", async () => {
    const { file } = await recorded();
    const ofAll = await probabilities(file, features.values, [featureLength]); // image by image, flip by flip
    const predictor = await createPredictor({ model: file, weights: new Map(), exampleShape: [featureLength] });
    try {
      const asked = [7, 0, 119, ...Array.from({ length: 40 }, (_, place) => 2 * place)];
      const examples = featureExamples(features);
      const flipped = await predictExamples(predictor, examples, asked, "all");
      const plain = await predictExamples(predictor, examples, asked, "none");
      for (const [place, image] of asked.entries()) {
        const [none, h, v, hv] = ofAll.subarray(4 * image, 4 * image + 4) as unknown as [
          number,
          number,
          number,
          number,
        ];
        assert.ok(Math.abs(flipped[place]! - (none + h + v + hv) / 4) < 1e-6);
        assert.ok(Math.abs(plain[place]! - none) < 1e-6);
        assert.notEqual(flipped[place], plain[place]);
      }
    } finally {
      predictor.close();
    }
  });

  describe("of features", () => {
    it("learns: validation loss falls, and malignant validation images rank above benign ones", async () => {
      const { epochs } = await recorded({ settings: { epochs: 20, learningRate: 0.003 } });
      assert.ok(epochs.at(-1)!.validationLoss! < epochs[0]!.validationLoss!);
      assert.ok(epochs.at(-1)!.validationAuc! > 0.9);
      assert.deepEqual(
        epochs.map(({ epoch }) => epoch),
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
    });

    for (const strategy of imbalanceStrategyNames)
      it(`resumes bit for bit under the strategy ${strategy}`, () => assertResumes({ settings: { strategy } }));

    it("resumes bit for bit with everything on", () =>
      assertResumes({
        settings: {
          optimizer: "adamw",
          weightDecay: 0.1,
          schedule: "cosine",
          warmupEpochs: 1,
          labelSmoothing: 0.1,
          accumulateBatches: 2,
          batchSize: 16,
          emaDecay: 0.9,
          earlyStoppingEpochs: 3,
          outputs: 1,
          firstBatchSizes: [4, 8, 8],
        },
      }));

    it("gives the same bytes twice, and others for another seed", async () => {
      const [first, again] = [await recorded(), await recorded()];
      const other = await recorded({ settings: { seed: 5 } });
      assert.deepEqual(first.file, again.file);
      assert.notDeepEqual(first.file, other.file);
    });

    it("goes on to more epochs from the last checkpoint of a shorter training", async () => {
      const short = await recorded({ settings: { epochs: 2 } });
      const longer = await recorded({ resumeFrom: short.epochs[1]!.checkpoint });
      assert.deepEqual(longer.file, (await recorded()).file);
    });

    it("does not go on from a shorter training where the learning rate follows the length", async () => {
      const short = await recorded({ settings: { epochs: 2, schedule: "cosine" } });
      const longer = recorded({ settings: { schedule: "cosine" }, resumeFrom: short.epochs[1]!.checkpoint });
      await assert.rejects(longer, { code: "CHECKPOINT_MISMATCH" });
    });

    it("stops early, and gives the epoch with the lowest validation loss", async () => {
      const settings = { epochs: 60, learningRate: 0.03, earlyStoppingEpochs: 4, strategy: "none" as const };
      const { epoch, epochs, file } = await recorded({ settings });
      const losses = epochs.map(({ validationLoss }) => validationLoss!);
      assert.ok(epochs.length < 60);
      assert.equal(epoch, losses.indexOf(Math.min(...losses)) + 1);
      assert.equal(epochs.length, epoch + 4);
      const best = await recorded({ settings: { ...settings, epochs: epoch } });
      assert.deepEqual(readModel(file).tensors, readModel(best.file).tensors);
      const afterEnd = await recorded({ settings, resumeFrom: epochs.at(-1)!.checkpoint });
      assert.deepEqual([afterEnd.epochs, afterEnd.file], [[], file]);
      await assert.rejects(recorded({ settings, validation: [] }), { code: "TRAINING_ROWS", message: /validation/ });
    });

    it("writes a file that PyTorch's names fit, and predicts from it in the study's sense", async () => {
      const { file, epochs } = await recorded({ metadata: { recipe: "study" } });
      const { tensors, metadata } = readSafetensors(file);
      assert.deepEqual(
        [...tensors].map(([name, { shape }]) => [name, shape]),
        [
          ["fc.weight", [2, 512]],
          ["fc.bias", [2]],
        ],
      );
      const { backbone, part, outputs, recipe, epoch } = metadata;
      assert.deepEqual(
        [backbone, part, outputs, recipe, epoch],
        ["resnet18", "head", "benign,malignant", "study", "4"],
      );
      const [weight, bias] = [tensors.get("fc.weight")!.data, tensors.get("fc.bias")!.data];
      const predicted = await probabilities(file, unflipped, [featureLength]);
      predicted.forEach((probability, image) => {
        const logit = (output: number): number =>
          unflipped
            .subarray(image * featureLength, (image + 1) * featureLength)
            .reduce((sum, value, place) => sum + value * weight[output * featureLength + place]!, bias[output]!);
        const wanted = 1 / (1 + Math.exp((logit(0) - logit(1)) / 2));
        assert.ok(Math.abs(probability - wanted) < 1e-5);
      });
      const judged = predicted.subarray(90);
      const labels = Uint8Array.from(rows.slice(90), ({ label }) => label);
      assert.ok(Math.abs(hooks.areaUnderRoc(judged, labels)! - epochs.at(-1)!.validationAuc!) < 1e-9);
    });

    it("trains one output as well, whose sigmoid is the probability", async () => {
      const { file, epochs } = await recorded({ settings: { outputs: 1, epochs: 20, learningRate: 0.003 } });
      const { tensors, metadata } = readSafetensors(file);
      assert.equal(metadata["outputs"], "malignant");
      assert.ok(epochs.at(-1)!.validationAuc! > 0.9);
      const [weight, bias] = [tensors.get("fc.weight")!, tensors.get("fc.bias")!.data];
      assert.deepEqual(weight.shape, [1, featureLength]);
      const [first] = await probabilities(file, unflipped, [featureLength]);
      const logit = weight.data.reduce((sum, value, place) => sum + value * unflipped[place]!, bias[0]!);
      assert.ok(Math.abs(first! - 1 / (1 + Math.exp(-logit))) < 1e-5);
    });

    it("gives the moving average of the weights where one is kept", async () => {
      const { file, epochs } = await recorded({ settings: { emaDecay: 0.9 } });
      const { tensors } = readSafetensors(epochs.at(-1)!.checkpoint);
      assert.deepEqual(readModel(file).tensors.get("fc.weight"), tensors.get("ema.fc.weight"));
      assert.notDeepEqual(tensors.get("ema.fc.weight"), tensors.get("fc.weight"));
    });

    it("counts an image as often as it has rows", async () => {
      const settings = { strategy: "none" as const, epochs: 20, learningRate: 0.003 };
      const repeated = [...rows.slice(0, 90), ...Array.from({ length: 60 }, () => rows[0]!)];
      const first = async (training: TrainingRow[]): Promise<number> =>
        (await probabilities((await recorded({ settings, training })).file, unflipped, [featureLength]))[0]!;
      assert.ok((await first(repeated)) > (await first(rows.slice(0, 90))) + 0.05);
    });

    it("shifts towards the rarer class by weights and logit adjustment", async () => {
      const mean = async (strategy: TrainingSettings["strategy"]): Promise<number> => {
        const { file } = await recorded({ settings: { strategy, epochs: 20, learningRate: 0.003 } });
        const all = await probabilities(file, unflipped, [featureLength]);
        return all.reduce((sum, value) => sum + value, 0) / images;
      };
      const plain = await mean("none");
      for (const strategy of ["weighted-loss", "logit-adjustment", "oversample"] as const)
        assert.ok((await mean(strategy)) > plain + 0.03, strategy);
    });

    it("stops between batches when it is aborted, with the reason", async () => {
      const controller = new AbortController();
      let epochs = 0;
      const onEpoch = (): void => {
        epochs++;
        if (epochs === 2) controller.abort(new Error("the run was cancelled"));
      };
      const options = optionsOf({ settings: { epochs: 1000 } });
      await assert.rejects(trainModel(options, { ...hooks, onEpoch }, controller.signal), /the run was cancelled/);
      assert.equal(epochs, 2);
    });

    it("says that it diverged instead of going on with numbers that are none", async () => {
      const values = features.values.map((value, index) => (index % 7000 === 0 ? Number.NaN : value));
      const broken = recorded({ examples: featureExamples({ ...features, values }) });
      await assert.rejects(broken, { code: "TRAINING_DIVERGED", message: /epoch 1.*NaN/ });
      await assert.rejects(recorded({ settings: { learningRate: 1e6 } }), { code: "TRAINING_DIVERGED" });
      // One step an epoch: the loss before it says nothing of what it did.
      const settings = { learningRate: 1e39, batchSize: 90, epochs: 1, optimizer: "sgd" as const, weightDecay: 1 };
      await assert.rejects(recorded({ settings }), { code: "TRAINING_DIVERGED", message: /fc\.weight/ });
    });

    it("refuses what it cannot train on, and says what to do", async () => {
      const one = await recorded({ settings: { epochs: 1 } });
      const resumeFrom = one.epochs[0]!.checkpoint;
      await assert.rejects(recorded({ resumeFrom, settings: { seed: 99 } }), { code: "CHECKPOINT_MISMATCH" });
      await assert.rejects(recorded({ resumeFrom: one.file }), { code: "CHECKPOINT_INVALID" });
      const benign = rows.filter(({ label }) => label === 0);
      await assert.rejects(recorded({ training: benign }), { code: "TRAINING_ROWS" });
      await assert.rejects(recorded({ training: [...rows, { image: 500, label: 1 }] }), { code: "TRAINING_ROWS" });
      const variants = ["none" as const];
      const examples = featureExamples({ ...features, variants, values: unflipped });
      await assert.rejects(recorded({ examples }), { code: "FEATURES_INVALID", message: /h, v, hv/ });
      await recorded({ examples, settings: { flipProbability: 0, epochs: 1 } });
      await assert.rejects(probabilities(one.epochs[0]!.checkpoint, unflipped, [featureLength]), {
        code: "MODEL_INVALID",
      });
    });

    it("trains without validation rows, and says nothing about them", async () => {
      const { epochs } = await recorded({ validation: [], settings: { epochs: 1 } });
      assert.deepEqual([epochs[0]?.validationLoss, epochs[0]?.validationAuc], [null, null]);
    });

    it("leaves no tensor and no session behind", async () => {
      const tf = await loadTensorFlow();
      const before = [tf.memory().numTensors, tf.node.getNumOfSavedModels()];
      await recorded({ settings: { epochs: 2 } });
      assert.deepEqual([tf.memory().numTensors, tf.node.getNumOfSavedModels()], before);
    });
  });

  describe("of images", () => {
    const side = 32;
    /** Malignant images have a bright square somewhere. */
    const pictures = Array.from({ length: 24 }, (_, image) => {
      const random = createRandom(image);
      const pixels = Uint8Array.from({ length: side * side }, () => 40 + random.below(60));
      const [left, top] = [random.below(20), random.below(20)];
      if (image % 3 === 0) for (let y = top; y < top + 8; y++) pixels.fill(230, y * side + left, y * side + left + 8);
      return pixels;
    });
    const examples = imageExamples(
      pictures.map((_, image) => `image-${image}`),
      side,
      (image) => pictures[image]!,
    );
    const pictureRows = pictures.map((_, image): TrainingRow => ({ image, label: image % 3 === 0 ? 1 : 0 }));
    const augmentation = {
      brightness: 0.1,
      contrast: 0.1,
      blurSigmaPx: [0.1, 2] as [number, number],
      rotationDegrees: 5,
      translation: 0.05,
    };
    let weights: StateDict;
    before(async () => {
      weights = (await loadWeights("mobilenetv2", { cacheDir: "", from: "none", seed: 1 })).stateDict;
    });

    const changes = (settings: Partial<TrainingSettings>): Changes => ({
      backbone: "mobilenetv2",
      weights,
      examples,
      training: pictureRows.slice(0, 18),
      validation: pictureRows.slice(18),
      settings: { part: "all", batchSize: 6, epochs: 2, ...settings },
    });

    it("resumes bit for bit with augmented images and every layer trained", () =>
      assertResumes(changes({ augmentation, optimizer: "sgd", learningRate: 1e-3 }), 1));

    it("predicts from the file what it validated", async () => {
      const { file, epochs } = await recorded(changes({ learningRate: 1e-3 }));
      const model = readModel(file);
      assert.equal(model.part, "all");
      assert.ok(model.tensors.has("features.17.conv.1.1.running_var"));
      assert.notDeepEqual(model.tensors.get("features.0.0.weight"), weights.get("features.0.0.weight"));
      const all = Float32Array.from(pictures.slice(18).flatMap((pixels) => [...pixels]));
      const predicted = await probabilities(file, all, [side, side]);
      const labels = Uint8Array.from(pictureRows.slice(18), ({ label }) => label);
      assert.equal(hooks.areaUnderRoc(predicted, labels), epochs.at(-1)!.validationAuc);
    });

    it("trains the last block on activations, and predicts from images what it predicts from them", async () => {
      const { architecture } = backbones.mobilenetv2;
      const cut = architecture.layers.find(({ name }) => name === architecture.lastBlock)!.input;
      const extractor = await createExtractor({
        backbone: "mobilenetv2",
        stateDict: weights,
        sizePx: side,
        flips: false,
        outputs: [cut],
      });
      const all = Uint8Array.from(pictures.flatMap((pixels) => [...pixels]));
      const { shape, data } = (await extractor.extract(all))[cut]!;
      await extractor.close();
      const exampleShape = shape.slice(2);
      const length = data.length / pictures.length;
      const activations: Examples = {
        ...examples,
        shape: exampleShape,
        variants: ["none"],
        read: (image, _variant, target) => target.set(data.subarray(image * length, (image + 1) * length)),
      };
      const options = changes({ part: "last-block", learningRate: 1e-3, flipProbability: 0 });
      const { file } = await recorded({ ...options, examples: activations });
      const { tensors } = readModel(file);
      assert.ok(tensors.has("features.17.conv.2.weight") && tensors.has("classifier.1.bias"));
      assert.ok(!tensors.has("features.16.conv.2.weight") && !tensors.has("features.18.0.weight"));
      const fromActivations = await probabilities(file, data, exampleShape, weights);
      const fromImages = await probabilities(file, Float32Array.from(all), [side, side], weights);
      fromActivations.forEach((probability, image) => assert.ok(Math.abs(probability - fromImages[image]!) < 1e-4));
    });
  });
});
