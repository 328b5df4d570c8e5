import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseExplanations } from "@mammoflow/evaluation";
import {
  jsonBytes,
  linesBytes,
  objectNames,
  planExperiments,
  runConfigBytes,
  type FeaturesIndex,
  type ManifestLine,
  type RunConfig,
} from "@mammoflow/jobs";
import { createProcessPool, loadSettings, type CallOptions, type ProcessPool } from "@mammoflow/runtime";
import { openStore, type ObjectStore } from "@mammoflow/storage";
import { readInputs } from "../../services/train-worker/src/experiment-inputs.ts";
import type { LearnAnswer, LearnRequest } from "../../services/train-worker/src/learn-child.ts";
import { openActivations } from "../../services/train-worker/src/open-activations.ts";
import { createFeatureTaker } from "../../services/train-worker/src/take-features.ts";
import { datasetOfRun, manifestLine, runConfig } from "../fixtures/run-parts.ts";
import { greyPng } from "../support/grey-png.ts";
import { cacheDir } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const backbone = "efficientnet-lite0";
const sizePx = 64;
const images = 40;

/** A run whose images are prepared: 20 patients of two images, every fourth patient malignant. */
async function prepareRun(store: ObjectStore, runId: string): Promise<{ config: RunConfig; manifest: ManifestLine[] }> {
  const config = runConfig({
    runId,
    dataset: datasetOfRun(20, images),
    recipe: {},
    activationShardImages: 16,
    experiments: planExperiments({
      backbones: [backbone],
      strategies: ["sampler"],
      parts: ["head", "last-block", "all"],
      seeds: [1],
    }),
    training: { epochs: 3, batchSize: 8, learningRate: 0.01 },
    testFlips: "all",
    aggregation: "max",
    protocol: { name: "recommended", changed: [{ option: "epochs", from: "30", to: "3" }] },
  });
  const manifest: ManifestLine[] = [];
  for (let image = 0; image < images; image++) {
    const patient = Math.floor(image / 2);
    const png = greyPng(sizePx, 40 + image * 3 + (patient % 4 === 0 ? 60 : 0));
    const address = objectNames.image(runId, `study${patient}`, `image${image}`);
    await store.putOnce(address, png);
    manifest.push(
      manifestLine({
        imageId: `image${image}`,
        studyId: `study${patient}`,
        laterality: image % 2 === 0 ? "L" : "R",
        split: patient % 5 < 2 ? "test" : "training",
        label: patient % 4 === 0 ? 1 : 0,
        address,
        pngSha256: createHash("sha256").update(png).digest("hex"),
        geometry: {
          cropBox: { x: 0, y: 0, width: sizePx, height: sizePx },
          isMirrored: false,
          contentBox: { x: 0, y: 0, width: sizePx, height: sizePx },
        },
      }),
    );
  }
  await store.putOnce(objectNames.config(runId), runConfigBytes(config));
  await store.putOnce(objectNames.manifest(runId), linesBytes(manifest));
  return { config, manifest };
}

/** Takes features and activations of the run's images, as the extract stage does; gives what became of each shard. */
async function extract(store: ObjectStore, runId: string): Promise<{ done: string[]; index: FeaturesIndex }> {
  const taker = createFeatureTaker();
  const done: string[] = [];
  const take = async (kind: "features" | "activations", shards: number) => {
    const taken = [];
    for (let shard = 0; shard < shards; shard++)
      taken.push(await taker.take({ runId, backbone, kind, shard }, { store, cacheDir, progress: () => {} }));
    done.push(...taken.map((answer) => answer.done));
    return taken;
  };
  const features = await take("features", 1);
  const activations = await take("activations", 3);
  const addresses = (taken: { address?: string }[]): string[] => taken.map(({ address }) => address!);
  const index: FeaturesIndex = {
    manifestSha256: "0",
    backbones: {
      [backbone]: { features: addresses(features), activations: addresses(activations), weights: features[0]!.weights },
    },
  };
  await store.putOnce(objectNames.features(runId), jsonBytes(index));
  return { done, index };
}

describe("an experiment in a train worker", function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const storeNamed = (name: string): ObjectStore => openStore(join(folder.path, name));
  /** Every object of an experiment by its name, but what it took. */
  const filesOf = async (name: string, experiment: string): Promise<Map<string, string>> => {
    const store = storeNamed(name);
    const prefix = objectNames.experiment("run", experiment, "");
    const files = new Map<string, string>();
    for await (const object of store.list(prefix))
      files.set(object.slice(prefix.length), (await store.get(object))!.bytes.toString("latin1"));
    files.delete("energy.json");
    return files;
  };

  const energy = loadSettings();
  const request = {
    kind: "experiment",
    runId: "run",
    cacheDir,
    gcsEndpoint: undefined,
    energy,
    memoryMb: 100,
  } as const;
  const killer = () => {
    const controller = new AbortController();
    return { signal: controller.signal, abort: () => controller.abort(new Error("killed")) };
  };
  let pool: ProcessPool<LearnRequest, LearnAnswer>;

  before(async () => {
    const module = pathToFileURL(join(import.meta.dirname, "../../services/train-worker/src/learn-child.ts"));
    const environment = { TF_CPP_MIN_LOG_LEVEL: "3" };
    pool = createProcessPool({ module, size: 1, deadlineMs: 60_000, memoryMb: 8000, environment });
    for (const name of ["whole", "killed"]) {
      await prepareRun(storeNamed(name), "run");
      await extract(storeNamed(name), "run");
    }
  });

  for (const part of ["head", "last-block", "all"])
    it(`of part ${part} whose process is killed goes on after its last epoch, and ends with the same bytes`, async () => {
      const experiment = `${backbone}-sampler-${part}-s1`;
      const train = async (name: string, options: CallOptions = {}): Promise<unknown> =>
        pool.call({ ...request, storeAddress: storeNamed(name).address, experiment }, options);
      const doneIn = async (name: string): Promise<unknown> => ((await train(name)) as { done: unknown }).done;
      const epochs: unknown[] = [];
      const onProgress = (body: unknown): unknown => epochs.push((body as { epoch: number }).epoch);

      assert.equal(await doneIn("whole"), "now");
      const { signal, abort } = killer();
      const killed = train("killed", { signal, onProgress: (body) => [onProgress(body), abort()] });
      await assert.rejects(killed, /killed/);
      assert.deepEqual(epochs, [1]);
      await train("killed", { onProgress });
      assert.deepEqual(epochs, [1, 2, 3]);

      const [whole, resumed] = [await filesOf("whole", experiment), await filesOf("killed", experiment)];
      for (const file of ["model/model.safetensors", "checkpoints/3.safetensors", "predictions.csv", "metrics.json"])
        assert.ok(whole.has(file), file);
      assert.deepEqual(resumed, whole);
      assert.equal(await doneIn("whole"), "before");

      const { images } = parseExplanations(JSON.parse(whole.get("explanations/explanations.json")!), experiment);
      assert.ok(images.length > 0, "some of its errors are explained");
      for (const { picture } of images) assert.ok(whole.has(`explanations/${picture}`));
    });

  it("says with the model how its probabilities are made, calibrated and decided, as the predictions have it", async () => {
    const store = storeNamed("whole");
    const read = async (file: string): Promise<string> =>
      (await store.get(objectNames.experiment("run", `${backbone}-sampler-head-s1`, file)))!.bytes.toString();
    const model = JSON.parse(await read("model/model.json")) as {
      testFlips: string;
      aggregation: string;
      protocol: object;
      threshold: number;
      calibration: { image: { slope: number; intercept: number; temperature: number } };
      operatingPoints: { image: { threshold: number; calibratedThreshold: number } };
    };
    assert.deepEqual([model.testFlips, model.aggregation], ["all", "max"]);
    assert.match(await read("args.yaml"), /name: recommended\n.*changed:\n.*option: epochs\n.*from: "30"\n.*to: "3"\n/);
    const { slope, intercept, temperature } = model.calibration.image;
    assert.ok(slope > 0 && temperature > 0);
    const calibrated = (probability: number): number =>
      1 / (1 + Math.exp(-(slope * Math.log(probability / (1 - probability)) + intercept)));
    const { threshold, calibratedThreshold } = model.operatingPoints.image;
    assert.ok(Math.abs(calibrated(threshold) - calibratedThreshold) < 1e-9);
    for (const file of ["predictions.csv", "validation-predictions.csv"]) {
      const [head, ...lines] = (await read(file))
        .trim()
        .split("\r\n")
        .map((line) => line.split(","));
      const cell = (line: string[], name: string): number => Number(line[head!.indexOf(name)]);
      assert.ok(lines.length > 0);
      for (const line of lines) {
        const probability = cell(line, "probability");
        assert.ok(Math.abs(calibrated(probability) - cell(line, "calibrated")) < 1e-9);
        assert.equal(cell(line, "calibrated") >= calibratedThreshold, probability >= threshold);
      }
    }
  });

  after(() => pool.close());

  it("shares features and activations with every run of the same images", async () => {
    const store = storeNamed("shared");
    await prepareRun(store, "first");
    await prepareRun(store, "second");
    const first = await extract(store, "first");
    const second = await extract(store, "second");
    assert.deepEqual(new Set(first.done), new Set(["now"]));
    assert.deepEqual(new Set(second.done), new Set(["before"]));
    assert.deepEqual(second.index.backbones, first.index.backbones);
  });

  it("reads the same activations from memory and, where they do not fit, from a file", async () => {
    const inputs = await readInputs("run", `${backbone}-sampler-last-block-s1`, storeNamed("whole"));
    const inMemory = await openActivations(inputs, 2 ** 30);
    const inFile = await openActivations(inputs, 0);
    const length = inMemory.examples.shape.reduce((product, side) => product * side, 1);
    for (const image of [0, 17, images - 1])
      for (const variant of inMemory.examples.variants) {
        const [one, other] = [new Float32Array(length), new Float32Array(length)];
        await inMemory.examples.read(image, variant, one);
        await inFile.examples.read(image, variant, other);
        assert.ok(one.some((value) => value !== 0));
        assert.deepEqual(other, one);
      }
    inMemory.close();
    inFile.close();
  });
});
