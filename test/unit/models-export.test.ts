import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import {
  type BackboneName,
  backbones,
  type ExportFormat,
  exportModel,
  flipImage,
  flipVariants,
  loadTensorFlow,
  ModelsError,
  readSafetensors,
  type StateDict,
  type TestFlips,
  trainedNetwork,
  writeSafetensors,
} from "@mammoflow/models";
import { formulaImage, formulaWeights, relativeError } from "../support/formula-weights.ts";
import { skipUnless } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const execute = promisify(execFile);
const golden = readSafetensors(readFileSync(new URL("../goldens/backbones.safetensors", import.meta.url))).tensors;
const names = ["resnet18", "mobilenetv2", "efficientnet-lite0"] as const;

const weights = new Map(names.map((name) => [name as BackboneName, formulaWeights(name)]));

/** The first rows of the classifier with 1000 classes: their logits are the first of its logits. */
function head(name: BackboneName, outputs: number): StateDict {
  const { logitsLayer, featureLength } = backbones[name].architecture;
  const whole = weights.get(name)!;
  return new Map([
    [
      "weight",
      {
        shape: [outputs, featureLength],
        data: whole.get(`${logitsLayer}.weight`)!.data.slice(0, outputs * featureLength),
      },
    ],
    ["bias", { shape: [outputs], data: whole.get(`${logitsLayer}.bias`)!.data.slice(0, outputs) }],
  ]);
}

const network = (name: BackboneName, outputs = 2) =>
  trainedNetwork(name, weights.get(name)!, writeSafetensors(head(name, outputs)), "head.safetensors");

const expected = (name: string, sizePx: number): number[] =>
  Array.from(golden.get(`${name}/${sizePx}/logits`)!.data.subarray(0, 2));
const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

interface Answer {
  logits: ArrayLike<number>;
  probability: number;
}

function assertAnswer({ logits, probability }: Answer, wanted: number[]): void {
  assert.ok(relativeError(logits, wanted) < 1e-4, `${Array.from(logits).join()} instead of ${wanted.join()}`);
  assert.ok(Math.abs(probability - sigmoid((wanted[1]! - wanted[0]!) / 2)) < 1e-5);
}

describe("exported models", function () {
  this.timeout(60_000);
  const temporary = useTemporaryFolder();

  function written(
    name: BackboneName,
    format: ExportFormat,
    sizePx: number,
    { outputs = 2, flips = "none" }: { outputs?: number; flips?: TestFlips } = {},
  ): string {
    const folder = join(temporary.path, `${name}-${format}-${sizePx}-${outputs}-${flips}`);
    mkdirSync(folder, { recursive: true });
    const files = exportModel(network(name, outputs), format, { sizePx, flips, generatedBy: "test", metadata: {} });
    for (const [file, bytes] of files) writeFileSync(join(folder, file), bytes);
    return folder;
  }

  async function bySavedModel(folder: string, sizePx: number, image = formulaImage(sizePx)): Promise<Answer> {
    const tf = await loadTensorFlow();
    const model = await tf.node.loadSavedModel(folder);
    const images = tf.tensor3d(image, [1, sizePx, sizePx], "int32");
    const { logits, probability } = model.predict({ images }) as unknown as Record<
      string,
      { dataSync(): Float32Array }
    >;
    model.dispose();
    return { logits: logits!.dataSync(), probability: probability!.dataSync()[0]! };
  }

  for (const name of names)
    it(`give what PyTorch gives, as a SavedModel: ${name}`, async () => {
      assertAnswer(await bySavedModel(written(name, "savedmodel", 224), 224), expected(name, 224));
    });

  for (const name of names)
    it(`give the same in TensorFlow.js without a native library: ${name}`, async () => {
      const sizePx = 64;
      const folder = written(name, "tfjs", sizePx);
      const wanted = await bySavedModel(written(name, "savedmodel", sizePx), sizePx);
      const tf = await loadTensorFlow();
      const before = tf.getBackend();
      await tf.setBackend("cpu"); // TensorFlow.js's own kernels
      try {
        const model = await tf.loadGraphModel(`file://${folder}/model.json`);
        const image = tf.tensor3d(formulaImage(sizePx), [1, sizePx, sizePx], "int32");
        const { logits, probability } = model.predict({ images: image }) as Record<
          string,
          { dataSync(): Float32Array }
        >;
        assertAnswer(
          { logits: logits!.dataSync(), probability: probability!.dataSync()[0]! },
          Array.from(wanted.logits),
        );
        model.dispose();
      } finally {
        await tf.setBackend(before);
      }
    });

  it("give the mean over the four flips where the model was judged by them, here and in TensorFlow.js", async () => {
    const sizePx = 64;
    const original = Uint8Array.from(formulaImage(sizePx));
    const plain = written("mobilenetv2", "savedmodel", sizePx);
    const alone: number[] = [];
    for (const variant of flipVariants) {
      const turned = new Uint8Array(original.length);
      flipImage(original, sizePx, variant, turned);
      alone.push((await bySavedModel(plain, sizePx, turned)).probability);
    }
    assert.ok(new Set(alone).size > 1, "flips tell something new");
    const mean = alone.reduce((sum, one) => sum + one, 0) / 4;
    const answer = await bySavedModel(written("mobilenetv2", "savedmodel", sizePx, { flips: "all" }), sizePx);
    assert.ok(Math.abs(answer.probability - mean) < 1e-5, `${answer.probability} instead of ${mean}`);
    assert.equal(answer.logits.length, 8, "of each flip");
    const tf = await loadTensorFlow();
    const before = tf.getBackend();
    await tf.setBackend("cpu");
    try {
      const folder = written("mobilenetv2", "tfjs", sizePx, { flips: "all" });
      const model = await tf.loadGraphModel(`file://${folder}/model.json`);
      const images = tf.tensor3d(formulaImage(sizePx), [1, sizePx, sizePx], "int32");
      const { probability } = model.predict({ images }) as Record<string, { dataSync(): Float32Array }>;
      assert.ok(Math.abs(probability!.dataSync()[0]! - mean) < 1e-4);
      model.dispose();
    } finally {
      await tf.setBackend(before);
    }
  });

  it("split tfjs weights into files that a browser keeps", () => {
    const files = exportModel(network("mobilenetv2"), "tfjs", {
      sizePx: 64,
      flips: "none",
      generatedBy: "test",
      metadata: {},
    });
    const shards = [...files].filter(([file]) => file.endsWith(".bin"));
    assert.ok(shards.length > 1 && shards.every(([, bytes]) => bytes.length <= 4 * 1024 * 1024));
  });

  it("with one output have its sigmoid as their probability", async () => {
    const { logits, probability } = await bySavedModel(written("resnet18", "savedmodel", 224, { outputs: 1 }), 224);
    assert.equal(logits.length, 1);
    assert.ok(relativeError(logits, expected("resnet18", 224).slice(0, 1)) < 1e-4);
    assert.ok(Math.abs(probability - sigmoid(logits[0]!)) < 1e-6);
  });

  it("take tensors that were trained inside the backbone", () => {
    const stem = { shape: [64, 3, 7, 7], data: new Float32Array(64 * 3 * 7 * 7).fill(0.5) };
    const { logitsLayer } = backbones.resnet18.architecture;
    const trained = new Map([...head("resnet18", 2)].map(([key, tensor]) => [`${logitsLayer}.${key}`, tensor]));
    const file = writeSafetensors(trained.set("conv1.weight", stem));
    const { stateDict } = trainedNetwork("resnet18", weights.get("resnet18")!, file, "model.safetensors");
    assert.equal(stateDict.get("conv1.weight")!.data[0], 0.5);
    assert.deepEqual(stateDict.get("fc.weight")!.shape, [2, 512]);
  });

  it("are refused without a trained classifier", () => {
    assert.throws(
      () => trainedNetwork("resnet18", weights.get("resnet18")!, writeSafetensors(new Map()), "model.safetensors"),
      (error: unknown) => error instanceof ModelsError && error.code === "EXPORT_MISFIT",
    );
  });

  /** Runs the script by the Python named in a variable, else `python3`; skips the test where that lacks the libraries. */
  async function inPython(test: Mocha.Context, needs: "tensorflow" | "torch", parameters: string[]): Promise<Answer[]> {
    const variable = `PYTHON_WITH_${needs.toUpperCase()}`;
    const script = new URL("../goldens/load-exports.py", import.meta.url).pathname;
    const image = join(temporary.path, "image.bin");
    writeFileSync(image, formulaImage(224));
    const [kind = "", ...models] = parameters;
    // oxlint-disable-next-line node/no-process-env -- which Python the peers are installed in
    const python = process.env[variable] ?? "python3";
    const run = await execute(python, [script, kind, image, "224", ...models]).catch(
      (error: Error & { code?: unknown }) => {
        if (error.code === 3 || error.code === "ENOENT") return undefined;
        throw error;
      },
    );
    const reason = `Python has no ${needs}: name one that has by ${variable}`;
    skipUnless(test, { needs: "python", isThere: run !== undefined, reason });
    return JSON.parse(run!.stdout.trim().split("\n").at(-1)!) as Answer[];
  }

  it("load in Python's TensorFlow", async function () {
    this.timeout(300_000);
    const folders = names.map((name) => written(name, "savedmodel", 224));
    const answers = await inPython(this, "tensorflow", ["savedmodel", ...folders]);
    for (const [index, name] of names.entries()) assertAnswer(answers[index]!, expected(name, 224));
  });

  it("load in PyTorch", async function () {
    this.timeout(300_000);
    const files = names.map((name) => `${name}=${join(written(name, "safetensors", 224), "model.safetensors")}`);
    const answers = await inPython(this, "torch", ["safetensors", ...files]);
    for (const [index, name] of names.entries()) assertAnswer(answers[index]!, expected(name, 224));
  });
});
