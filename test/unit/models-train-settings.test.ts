import assert from "node:assert/strict";
import { backbones, type TrainingSettings, trainingSettingsSchema } from "@mammoflow/models";
import { layersOfPart } from "../../packages/models/src/training/part-layers.ts";

describe("training settings", () => {
  it("are the study's unless told", () => {
    const { part, optimizer, learningRate, batchSize, epochs, outputs, flipProbability } = trainingSettingsSchema.parse(
      {},
    );
    assert.deepEqual(
      { part, optimizer, learningRate, batchSize, epochs, outputs, flipProbability },
      {
        part: "head",
        optimizer: "adam",
        learningRate: 3e-4,
        batchSize: 32,
        epochs: 10,
        outputs: 2,
        flipProbability: 0.3,
      },
    );
  });

  it("come back the same from a stored run", () => {
    const settings = trainingSettingsSchema.parse({
      part: "all",
      augmentation: { blurSigmaPx: [0.1, 2] },
      dropout: 0.5,
    });
    assert.deepEqual(trainingSettingsSchema.parse(JSON.parse(JSON.stringify(settings))), settings);
  });

  it("refuse what cannot be done, and say why", () => {
    const refused = (settings: object): string =>
      trainingSettingsSchema.safeParse(settings).error?.issues[0]?.message ?? "";
    assert.match(refused({ augmentation: { brightness: 0.1 } }), /train the part `all`/);
    assert.match(refused({ warmupEpochs: 11 }), /longer than the training/);
    assert.match(refused({ part: "all", augmentation: { blurSigmaPx: [2, 1] } }), /smaller sigma/);
    assert.notEqual(refused({ learningRat: 1 }), "");
    assert.notEqual(refused({ outputs: 3 }), "");
  });
});

describe("the layers of a part", () => {
  const trainedOf = (backbone: keyof typeof backbones, part: TrainingSettings["part"]): string[] => [
    ...layersOfPart(backbones[backbone].architecture, part, 1).trained,
  ];

  it("begin from what was cached, and end in the outputs", () => {
    const { input, layers } = layersOfPart(backbones.resnet18.architecture, "last-block", 1);
    assert.equal(input, "layer3.1");
    const last = layers.at(-1);
    assert.ok(last?.kind === "dense" && last.outputLength === 1);
  });

  it("move in the last block and the classifier, and not between them", () => {
    assert.deepEqual(trainedOf("resnet18", "head"), ["fc"]);
    assert.deepEqual(trainedOf("mobilenetv2", "last-block"), [
      "features.17.conv.0.0",
      "features.17.conv.1.0",
      "features.17.conv.2",
      "classifier.1",
    ]);
    assert.deepEqual(trainedOf("vgg16", "last-block"), ["features.24", "features.26", "features.28", "classifier.6"]);
    assert.ok(trainedOf("resnet50", "last-block").every((name) => name === "fc" || name.startsWith("layer4.")));
    assert.equal(trainedOf("vgg16", "all").length, backbones.vgg16.architecture.layers.length);
  });
});
