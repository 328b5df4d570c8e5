import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type Backbone, type BackboneName, backbones, type StateDict, trainingSettingsSchema } from "@mammoflow/models";
import { readSafetensors } from "../../packages/models/src/formats/safetensors.ts";
import { layersOfPart } from "../../packages/models/src/training/part-layers.ts";
import { createTrainer } from "../../packages/models/src/training/trainer.ts";
import { formulaTensors, sketchOf } from "../support/formula-weights.ts";
import { activationsAtCut, stepBatch, stepImages } from "../support/train-steps.ts";

const { tensors: goldens, metadata } = readSafetensors(
  readFileSync(new URL("../goldens/train-gradients.safetensors", import.meta.url)),
  "train-gradients.safetensors",
);
const [buckets, rate] = [64, 1e-7];

/** VGG-16's inner dense layers with 64 outputs, as in the golden. */
function slim({ architecture, ...backbone }: Backbone): Backbone {
  const narrow = (length: number): number => (length === 4096 ? 64 : length);
  const layers = architecture.layers.map((layer) =>
    layer.kind === "dense"
      ? { ...layer, inputLength: narrow(layer.inputLength), outputLength: narrow(layer.outputLength) }
      : layer,
  );
  return { ...backbone, architecture: { ...architecture, layers } };
}

/** The formula's weights, with what the golden adds to them. */
function weightsOf(backbone: Backbone, golden: string): StateDict {
  const { layers, logitsLayer } = backbone.architecture;
  const two = layers.map((layer) =>
    layer.kind === "dense" && layer.name === logitsLayer ? { ...layer, outputLength: 2 } : layer,
  );
  const weights = formulaTensors({ ...backbone.architecture, layers: two });
  const branches = new Set(
    layers.filter((layer) => layer.kind === "add" && layer.activation === "none").map(({ input }) => input),
  );
  const quiet = layers.map((layer) =>
    layer.kind === "convolution" && branches.has(layer.name) ? layer.norm?.name : "",
  );
  for (const [name, { data }] of weights) {
    if (quiet.includes(name.replace(/\.weight$/, ""))) data.forEach((value, index) => (data[index] = value / 8));
    const shifts = goldens.get(`${golden}/shifts/${name}`)?.data;
    if (shifts) for (let channel = 0; channel < data.length; channel++) data[channel]! += shifts[channel]!;
  }
  return weights;
}

const lengthOf = (values: Iterable<number>): number => Math.hypot(...values);

describe("gradients of whole networks in float32", function () {
  this.timeout(120_000);

  for (const [golden, names] of Object.entries(metadata))
    it(`${golden}: every loss and gradient within 1e-4 of float64, within ten times PyTorch's own float32 error`, async () => {
      const [, name, partName] = /^(.*?)-(last-block|all)$/.exec(golden)! as unknown as [string, BackboneName, "all"];
      const backbone = slim(backbones[name]);
      const weights = weightsOf(backbone, golden);
      const part = layersOfPart(backbone.architecture, partName, 2);
      const { shape, examples } =
        partName === "all"
          ? { shape: [64, 64], examples: stepImages }
          : await activationsAtCut(backbone, weights, part.input);
      const settings = trainingSettingsSchema.parse({ part: partName, dropout: 0, learningRate: rate });
      const trainer = await createTrainer({
        backbone,
        part,
        exampleShape: shape,
        settings,
        loss: { logitAdjustment: [0, 0], focalGamma: null },
        dropoutLayers: [],
        weights,
        start: { step: 0, tensors: weights },
      });
      const wanted = (kind: string): Float32Array => goldens.get(`${golden}/${kind}`)!.data;
      const parameters = JSON.parse(names) as string[];
      const largest = { own: 0, torch: 0 };
      const before = new Map(parameters.map((parameter) => [parameter, new Float64Array(buckets)]));
      try {
        for (const [step, column] of wanted("columns").entries()) {
          const loss = trainer.learn(stepBatch(step, examples(column)), rate);
          const wantedLoss = wanted("losses")[step]!;
          assert.ok(Math.abs(loss - wantedLoss) <= 1e-4 * wantedLoss, `loss ${step}: ${loss} is not ${wantedLoss}`);
          const { tensors } = trainer.state();
          const norms = wanted("norms").subarray(step * parameters.length, (step + 1) * parameters.length);
          const most = Math.max(...norms);
          for (const [index, parameter] of parameters.entries()) {
            const at = step * parameters.length + index;
            const memory = sketchOf(parameter, tensors.get(`exp_avg.${parameter}`)!.data);
            const gradient = memory.map((sum, bucket) => (sum - 0.9 * before.get(parameter)![bucket]!) / 0.1);
            before.set(parameter, memory);
            const sketch = wanted("sketches").subarray(at * buckets, (at + 1) * buckets);
            const difference = lengthOf(gradient.map((sum, bucket) => sum - sketch[bucket]!));
            if (norms[index]! < 1e-9 * most) {
              // Zero but for rounding, as of a shift that the next normalisation takes out again.
              assert.ok(difference <= 1e-6 * most, `${parameter} at step ${step}: ${difference} of ${most}`);
              continue;
            }
            const error = difference / norms[index]!;
            assert.ok(error <= 1e-4, `${parameter} at step ${step}: ${error}`);
            largest.own = Math.max(largest.own, error);
            largest.torch = Math.max(largest.torch, wanted("float32")[at]!);
          }
        }
      } finally {
        trainer.close();
      }
      assert.ok(largest.own <= 10 * largest.torch, `${largest.own} beside ${largest.torch}`);
    });
});
