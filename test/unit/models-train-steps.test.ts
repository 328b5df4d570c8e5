import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { backbones, type BackboneName, type StateDict, type Tensor, trainingSettingsSchema } from "@mammoflow/models";
import { layersOfPart } from "../../packages/models/src/training/part-layers.ts";
import { createTrainer } from "../../packages/models/src/training/trainer.ts";
import { activationsAtCut, calmWeights, stepBatch, stepImages } from "../support/train-steps.ts";

/** Of a tensor: its norm, its largest element, three elements. */
type Summary = [norm: number, largest: number, ...elements: number[]];

interface Golden {
  backbone: BackboneName;
  part: "all" | "last-block";
  optimizer: "adam" | "adamw" | "sgd";
  rate: number;
  decay: number;
  statistics: "batch" | "running";
  losses: number[];
  /** By number of steps; the optimizer's first memory holds the gradients so far. */
  states: Record<string, Record<string, Summary>>;
}

const goldens = JSON.parse(readFileSync(new URL("../goldens/train-steps.json", import.meta.url), "utf8")) as Record<
  string,
  Golden
>;

const isGradient = (name: string): boolean => /^(exp_avg|momentum_buffer)\./.test(name);

/** The largest difference of a tensor from PyTorch's, in its norm or an element, as a part of `scale`. */
function errorOf({ data }: Tensor, [norm, , ...elements]: Summary, scale: number): number {
  const own = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
  const errors = elements.map((value, place) => Math.abs(data[(7919 * (place + 1)) % data.length]! - value));
  return Math.max(Math.abs(own - norm) / Math.sqrt(data.length), ...errors) / scale;
}

/**
 * Compares every tensor. What is zero but for rounding, as the gradient of a shift that the next normalisation takes out again,
 * is measured by a thousandth of the largest gradient.
 */
function compare(tensors: StateDict, wanted: Record<string, Summary>, tolerance: number): void {
  const largest = Math.max(...Object.entries(wanted).map(([name, [, value]]) => (isGradient(name) ? value : 0)));
  for (const [name, summary] of Object.entries(wanted)) {
    const scale = Math.max(summary[1], isGradient(name) ? largest / 1000 : 0.1);
    const error = errorOf(tensors.get(name)!, summary, scale);
    assert.ok(error <= tolerance, `${name}: ${error}`);
  }
}

describe("training steps of whole networks", function () {
  this.timeout(120_000);

  for (const [name, golden] of Object.entries(goldens))
    it(`${name}: loss, gradients, weights and running statistics are PyTorch's`, async () => {
      const backbone = backbones[golden.backbone];
      const settings = trainingSettingsSchema.parse({
        part: golden.part,
        optimizer: golden.optimizer,
        learningRate: golden.rate,
        weightDecay: golden.decay,
        dropout: 0,
        batchNormStatistics: golden.statistics,
      });
      const part = layersOfPart(backbone.architecture, golden.part, 2);
      const weights = calmWeights(golden.backbone);
      const { shape, examples } =
        golden.part === "all"
          ? { shape: [64, 64], examples: stepImages }
          : await activationsAtCut(backbone, weights, part.input);
      const loss = { logitAdjustment: [0, 0], focalGamma: null };
      const start = { step: 0, tensors: weights };
      const trainer = await createTrainer({
        backbone,
        part,
        exampleShape: shape,
        settings,
        loss,
        dropoutLayers: [],
        weights,
        start,
      });
      try {
        for (const [step, wanted] of golden.losses.entries()) {
          const own = trainer.learn(stepBatch(step, examples(64 * (step % 4))), golden.rate);
          assert.ok(Math.abs(own - wanted) <= 1e-4 * wanted, `loss ${step}: ${own} is not ${wanted}`);
          const state = golden.states[step + 1];
          if (state) compare(trainer.state().tensors, state, 1e-4);
        }
      } finally {
        trainer.close();
      }
    });

  it("take nothing over from the arrays that they begin with", async () => {
    const program = fileURLToPath(new URL("../support/restore-often.ts", import.meta.url));
    const run = promisify(execFile)(process.execPath, [...process.execArgv, program]);
    assert.equal((await run).stdout, "restored\n");
  });
});
