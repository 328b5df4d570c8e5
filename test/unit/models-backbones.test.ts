import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import {
  type BackboneName,
  backboneNames,
  backbones,
  createExtractor,
  loadTensorFlow,
  loadWeights,
  ModelsError,
  readSafetensors,
  type StateDict,
  type Tensor,
} from "@mammoflow/models";
import { loadSettings } from "@mammoflow/runtime";
import { parametersOf } from "../../packages/models/src/architectures/parameters.ts";
import { runLayers } from "../../packages/models/src/run-layers.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { formulaImage, formulaWeights, relativeError } from "../support/formula-weights.ts";

const golden = readSafetensors(readFileSync(new URL("../goldens/backbones.safetensors", import.meta.url))).tensors;
const goldenOf = (name: string): Float32Array => golden.get(name)!.data;
const sizes = [64, 224, 256];

const rowOutputs = (name: BackboneName): string[] => (hasClassifier(name) ? ["features", "logits"] : ["features"]);

/** Mean, root mean square and 64 values spread over a stage's activations, as test/goldens/backbones.py picks them. */
function summaryOf(values: Float32Array): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  const picked = Array.from({ length: 64 }, (_, index) => values[(index * 7919 + 13) % values.length]!);
  return [mean, Math.sqrt(square), ...picked];
}

describe("backbones", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();

  for (const name of backboneNames) {
    describe(name, () => {
      let weights: StateDict;
      before(() => {
        weights = formulaWeights(name);
        if (!hasClassifier(name)) for (const part of ["weight", "bias"]) weights.delete(`fc.${part}`);
      });

      it("has as many parameters as its publisher states", () => {
        const trained = parametersOf(backbones[name].architecture).filter(({ role }) => !role.startsWith("running"));
        const count = trained.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
        assert.equal(count, backbones[name].parameters);
      });

      for (const sizePx of sizes) {
        it(`computes the stages, features and logits that PyTorch does, at ${sizePx} px`, async () => {
          const { stages } = backbones[name].architecture;
          const found = await extracted(name, weights, sizePx, [...stages, ...rowOutputs(name)]);
          for (const row of rowOutputs(name))
            assert.ok(relativeError(found[row]!.data, goldenOf(`${name}/${sizePx}/${row}`)) < 1e-4, row);
          for (const stage of stages) {
            const summary = summaryOf(found[stage]!.data);
            assert.ok(relativeError(summary, goldenOf(`${name}/${sizePx}/stages/${stage}`)) < 1e-4, stage);
          }
        });
      }

      // An odd side cannot be cut into the blocks of a first layer that steps over pixels.
      for (const sizePx of [96, 75])
        it(`computes the same as a graph and layer by layer, at ${sizePx} px`, async () => {
          const { stages } = backbones[name].architecture;
          const graph = await extracted(name, weights, sizePx, [...stages, ...rowOutputs(name)]);
          const image = Float32Array.from(formulaImage(sizePx));
          const tf = await loadTensorFlow();
          const layers = tf.tidy(() =>
            runLayers(tf, backbones[name], weights, tf.tensor4d(image, [1, sizePx, sizePx, 1])),
          );
          assert.ok(relativeError(graph["features"]!.data, layers.features.dataSync()) < 1e-4);
          if (hasClassifier(name)) assert.ok(relativeError(graph["logits"]!.data, layers.logits!.dataSync()) < 1e-4);
          for (const stage of stages) {
            const { shape, data } = graph[stage]!;
            assert.deepEqual(shape, [1, ...layers.stages[stage]!.shape]);
            assert.ok(relativeError(data, layers.stages[stage]!.dataSync()) < 1e-4, stage);
          }
          tf.dispose(layers);
        });

      it("is cut at its last block: nothing from there on needs anything before but the block's input", () => {
        const { layers, lastBlock, stages } = backbones[name].architecture;
        const start = layers.findIndex((layer) => layer.name === lastBlock);
        assert.ok(start > 0);
        const inside = new Set([layers[start]!.input]);
        for (const layer of layers.slice(start)) {
          assert.ok(inside.has(layer.input), `${layer.name} takes ${layer.input}`);
          if (layer.kind === "add") assert.ok(inside.has(layer.other), `${layer.name} takes ${layer.other}`);
          inside.add(layer.name);
        }
        assert.ok(stages.some((stage) => inside.has(stage) && stage !== layers[start]!.input));
      });
    });
  }

  for (const name of ["efficientnet-lite0", "resnet18"] as const) {
    describe(`${name}, flipped`, () => {
      const weights = formulaWeights(name);

      it("gives the outputs of every flip in the order none, h, v, hv", async () => {
        const sizePx = 64;
        const outputs = ["features", backbones[name].architecture.stages[1]!];
        const images = [formulaImage(sizePx), formulaImage(sizePx).map((grey) => (grey * 7) & 255)];
        const all = await createExtractor({ backbone: name, stateDict: weights, sizePx, flips: true, outputs });
        const one = await createExtractor({ backbone: name, stateDict: weights, sizePx, flips: false, outputs });
        const together = await all.extract(Uint8Array.from(images.flatMap((image) => [...image])));
        for (const [imageIndex, image] of images.entries()) {
          for (const [variantIndex, flip] of [flipNone, flipH, flipV, flipHv].entries()) {
            const alone = await one.extract(flip(image, sizePx));
            for (const output of outputs) {
              const { shape, data } = together[output]!;
              assert.deepEqual(shape, [2, 4, ...alone[output]!.shape.slice(2)]);
              const start = (imageIndex * 4 + variantIndex) * alone[output]!.data.length;
              const rows = data.subarray(start, start + alone[output]!.data.length);
              assert.ok(relativeError(rows, alone[output]!.data) < 1e-4, output);
            }
          }
        }
        await Promise.all([all.close(), one.close()]);
      });
    });
  }

  it("computes what PyTorch does with EfficientNet-Lite0's published weights", async function () {
    const { cacheDir } = loadSettings();
    const loaded = await loadWeights("efficientnet-lite0", { cacheDir }).catch((error: unknown) => {
      if (error instanceof ModelsError && error.code === "WEIGHTS_MISSING") return undefined;
      throw error;
    });
    if (loaded === undefined) {
      console.log("      (skipped: the weights are not in the cache; `npm run setup` fetches them)");
      this.skip();
    }
    for (const sizePx of sizes) {
      const { features, logits } = await extracted("efficientnet-lite0", loaded.stateDict, sizePx, [
        "features",
        "logits",
      ]);
      assert.ok(relativeError(features.data, goldenOf(`efficientnet-lite0-published/${sizePx}/features`)) < 1e-4);
      assert.ok(relativeError(logits.data, goldenOf(`efficientnet-lite0-published/${sizePx}/logits`)) < 1e-4);
    }
  });

  it("gives the same features whatever else is in the batch, however long it is", async () => {
    const stateDict = formulaWeights("mobilenetv2");
    const outputs = ["features", "logits"] as const;
    const extractor = await createExtractor({ backbone: "mobilenetv2", stateDict, sizePx: 32, flips: false, outputs });
    const image = formulaImage(32);
    const alone = (await extractor.extract(image)).features.data;
    const batch = Array.from({ length: 70 }, (_, index) =>
      index % 3 === 0 ? image : image.map((grey) => grey ^ index),
    );
    const { features, logits } = await extractor.extract(Uint8Array.from(batch.flatMap((pixels) => [...pixels])));
    assert.deepEqual(features.shape, [70, 1, 1280]);
    assert.deepEqual(logits.shape, [70, 1, 1000]);
    for (let index = 0; index < 70; index += 3)
      assert.ok(relativeError(features.data.subarray(index * 1280, (index + 1) * 1280), alone) < 1e-5);
    assert.equal((await extractor.extract(new Uint8Array(0))).features.data.length, 0);
    await extractor.close();
  });

  it("holds no tensors and no files after a batch", async () => {
    const tf = await loadTensorFlow();
    const tensorsBefore = tf.memory().numTensors;
    const usual = process.env["TMPDIR"];
    process.env["TMPDIR"] = folder.path;
    try {
      const stateDict = formulaWeights("mobilenetv2");
      const outputs = ["features"] as const;
      const extractor = await createExtractor({ backbone: "mobilenetv2", stateDict, sizePx: 32, flips: true, outputs });
      await extractor.extract(formulaImage(32));
      await extractor.close();
    } finally {
      if (usual === undefined) delete process.env["TMPDIR"];
      else process.env["TMPDIR"] = usual;
    }
    assert.equal(tf.memory().numTensors, tensorsBefore);
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it("computes nearly the same in bfloat16, in the same types and shapes", async () => {
    for (const name of ["resnet18", "efficientnet-lite0"] as const) {
      const common = { backbone: name, stateDict: formulaWeights(name), sizePx: 64, flips: true };
      const options = { ...common, outputs: ["features", "logits"] as const };
      const exact = await createExtractor(options);
      const rough = await createExtractor({ ...options, precision: "bfloat16" });
      const [wanted, found] = [await exact.extract(formulaImage(64)), await rough.extract(formulaImage(64))];
      await Promise.all([exact.close(), rough.close()]);
      assert.ok(relativeError(found.features.data, wanted.features.data) > 1e-5, "it rounds");
      const likeness = cosine(found.features.data, wanted.features.data);
      assert.ok(likeness > 0.999, `${name}: ${likeness}`);
      assert.deepEqual(found.logits.shape, wanted.logits.shape);
    }
  });

  it("names the stages there are when it is asked for another", async () => {
    const stateDict = formulaWeights("resnet18");
    await assert.rejects(extracted("resnet18", stateDict, 64, ["layer9"]), {
      code: "STAGE_UNKNOWN",
      message: /no stage layer9.*layer4\.1/,
    });
  });

  it("needs no weights of layers that nothing asked needs", async () => {
    const stateDict = formulaWeights("resnet18");
    for (const name of stateDict.keys()) if (/^(layer[34]|fc)\./.test(name)) stateDict.delete(name);
    const { "layer2.1": stage } = await extracted("resnet18", stateDict, 32, ["layer2.1"]);
    assert.deepEqual(stage.shape, [1, 1, 4, 4, 128]);
    await assert.rejects(extracted("resnet18", stateDict, 32, ["features"]), { code: "WEIGHTS_MISMATCH" });
  });

  it("refuses weights of another network and images of another size, in one sentence each", async () => {
    const wrong = extracted("resnet18", formulaWeights("mobilenetv2"), 64, ["features"]);
    await assert.rejects(wrong, { code: "WEIGHTS_MISMATCH", message: /conv1\.weight should be \[64, 3, 7, 7\]/ });
    const extractor = await createExtractor({
      backbone: "resnet18",
      stateDict: formulaWeights("resnet18"),
      sizePx: 64,
      flips: false,
      outputs: ["features"],
    });
    await assert.rejects(extractor.extract(new Uint8Array(100)), { code: "IMAGES_MISFIT" });
    await extractor.close();
  });
});

/** What a network says about the image that every test sees. */
async function extracted<const Output extends string>(
  backbone: BackboneName,
  stateDict: StateDict,
  sizePx: number,
  outputs: readonly Output[],
): Promise<Record<Output, Tensor>> {
  const extractor = await createExtractor({ backbone, stateDict, sizePx, flips: false, outputs });
  try {
    return await extractor.extract(formulaImage(sizePx));
  } finally {
    await extractor.close();
  }
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, index) => sum + value * y[index]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** RadImageNet's file holds none. */
const hasClassifier = (name: BackboneName): boolean => name !== "radimagenet-resnet50";

const flipNone = (image: Uint8Array): Uint8Array => image;
const flipHv = (image: Uint8Array): Uint8Array => image.toReversed();
const flipH = (image: Uint8Array, size: number): Uint8Array =>
  image.map((_, index) => image[index - (index % size) + size - 1 - (index % size)]!);
const flipV = (image: Uint8Array, size: number): Uint8Array => flipH(flipHv(image), size);
