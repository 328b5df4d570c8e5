import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
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
import { openStore, type ObjectStore } from "@mammoflow/storage";
import { createExperimentMemory } from "../../services/train-worker/src/experiment-memory.ts";
import { readInputs } from "../../services/train-worker/src/experiment-inputs.ts";
import { openActivations } from "../../services/train-worker/src/open-activations.ts";
import { runExperiment } from "../../services/train-worker/src/run-experiment.ts";
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
      parts: ["head", "last-block"],
      seeds: [1],
    }),
    training: { epochs: 3, batchSize: 8, learningRate: 0.01 },
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
  const depsOf = (store: ObjectStore, progress: (body: object) => void = () => {}) => ({
    store,
    cacheDir,
    progress,
    memory: createExperimentMemory({ cacheDir, limitMb: 100 }),
  });
  const metricsOf = async (store: ObjectStore, experiment: string): Promise<unknown> =>
    JSON.parse((await store.get(objectNames.experiment("run", experiment, "metrics.json")))!.bytes.toString());

  before(async () => {
    for (const name of ["whole", "killed"]) {
      await prepareRun(storeNamed(name), "run");
      await extract(storeNamed(name), "run");
    }
  });

  for (const part of ["head", "last-block"])
    it(`of part ${part} that is stopped goes on after its last epoch, and ends as if it had not stopped`, async () => {
      const experiment = `${backbone}-sampler-${part}-s1`;
      const whole = storeNamed("whole");
      assert.deepEqual(await runExperiment({ runId: "run", experiment }, depsOf(whole)), { done: "now" });
      const killed = storeNamed("killed");
      const epochs: number[] = [];
      const stopAfter = (last: number) => (body: object) => {
        const { epoch } = body as { epoch: number };
        epochs.push(epoch);
        if (epoch === last) throw new Error("killed");
      };
      await assert.rejects(runExperiment({ runId: "run", experiment }, depsOf(killed, stopAfter(2))), /killed/);
      await runExperiment({ runId: "run", experiment }, depsOf(killed, stopAfter(99)));
      assert.deepEqual(epochs, [1, 2, 3]);
      assert.deepEqual(await metricsOf(killed, experiment), await metricsOf(whole, experiment));
      assert.deepEqual(await runExperiment({ runId: "run", experiment }, depsOf(whole)), { done: "before" });
    });

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
