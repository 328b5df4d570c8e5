import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseExplanations, predictionsCsv } from "@mammoflow/evaluation";
import { jsonBytes, linesBytes, objectNames, planExperiments, runConfigBytes } from "@mammoflow/jobs";
import { writeSafetensors } from "@mammoflow/models";
import { openStore, type ObjectStore } from "@mammoflow/storage";
import sharp from "sharp";
import { explainErrors } from "../../services/train-worker/src/explain-errors.ts";
import { createExplainers } from "../../services/train-worker/src/explain/explainers.ts";
import { predictionOf } from "../../services/train-worker/src/judge-experiment.ts";
import { manifestLine, runConfig } from "../fixtures/run-parts.ts";
import { runCli } from "../support/cli.ts";
import { formulaClassifier } from "../support/formula-weights.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const sizePx = 64;
const runId = "explained";
const box = { x: 36, y: 20, width: 16, height: 16 };

/** Half an ellipse of tissue, with a bright square where a lesion is. */
function breastPng(hasLesion: boolean, level: number): Promise<Buffer> {
  const pixels = Buffer.alloc(sizePx * sizePx);
  for (let y = 0; y < sizePx; y++)
    for (let x = 0; x < sizePx; x++) {
      if (Math.hypot(x / 58, (y - 32) / 28) > 1) continue;
      const isLesion = hasLesion && x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
      pixels[y * sizePx + x] = isLesion ? 250 : level + ((x * 5 + y * 3) % 30);
    }
  return sharp(pixels, { raw: { width: sizePx, height: sizePx, channels: 1 } })
    .png()
    .toBuffer();
}

/** Six test images of three patients, every other one malignant, with an experiment that has been trained. */
async function writeRun(store: ObjectStore, experiments: ReturnType<typeof planExperiments>): Promise<void> {
  const lines = Array.from({ length: 6 }, (_, index) => {
    const label = index % 2 === 0 ? (1 as const) : (0 as const);
    const studyId = `study-${Math.floor(index / 2)}`;
    const imageId = `image-${index}`;
    const findings = label === 1 ? [{ categories: ["Mass"], birads: 5, box }] : [];
    const address = objectNames.image(runId, studyId, imageId);
    return manifestLine({ studyId, imageId, label, findings, split: "test", address });
  });
  for (const [index, line] of lines.entries())
    await store.putOnce(line.address, await breastPng(line.label === 1, 60 + 8 * index));
  await store.putOnce(objectNames.config(runId), runConfigBytes(runConfig({ runId, weights: "none", experiments })));
  await store.putOnce(objectNames.manifest(runId), linesBytes(lines));
  for (const { name } of experiments) {
    const object = (file: string): string => objectNames.experiment(runId, name, file);
    const { weight, bias } = formulaClassifier(512);
    const tensors = new Map([
      ["fc.weight", { shape: [2, 512], data: weight }],
      ["fc.bias", { shape: [2], data: bias }],
    ]);
    const metadata = { kind: "trained-model", backbone: "resnet18", part: "head", outputs: "benign,malignant" };
    await store.putOnce(object("model/model.safetensors"), writeSafetensors(tensors, metadata));
    await store.putOnce(object("model/model.json"), jsonBytes({ threshold: 0.35 }));
    const predictions = lines.map((line, index) => predictionOf(line, 0.1 * (index + 1)));
    await store.putOnce(object("predictions.csv"), Buffer.from(predictionsCsv(predictions, null)));
  }
}

describe("explaining an experiment", function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const store = (): string => join(folder.path, "store");
  const planned = planExperiments({ backbones: ["resnet18"], strategies: ["none"], parts: ["head"], seeds: [1] });
  const [{ name }] = planned as [(typeof planned)[0]];
  const tree = { ...planned[0]!, name: "features-none-tree-s1", part: "tree" as const };

  before(async () => {
    await writeRun(openStore(store()), [...planned, tree]);
  });

  it("writes a page with the worst errors, their pictures and what the scores were measured against", async () => {
    const out = join(folder.path, "page");
    const result = await runCli([
      "explain",
      `${runId}/${name}`,
      "--store",
      store(),
      "--worst",
      "3",
      "--out",
      out,
      "--json",
    ]);
    assert.equal(result.code, 0, result.stderr);
    const explanations = parseExplanations(JSON.parse(result.stdout), "stdout");
    // Malignant images below .35 are 0 and 2; benign ones above it 3 and 5, of which the more suspicious is worse.
    assert.deepEqual(
      explanations.images.map(({ imageId }) => imageId),
      ["image-0", "image-2", "image-5", "image-3"],
    );
    assert.deepEqual(explanations.counts, { images: 6, falseNegatives: 2, falsePositives: 2 });
    assert.deepEqual([explanations.pointing?.images, explanations.pointing?.patients], [3, 3]);
    const { chance, hits, hitsAboveChance } = explanations.pointing!;
    assert.ok(Math.abs(hits.value! - chance.value! - hitsAboveChance.value!) < 1e-9);
    assert.ok(chance.value! > 0.08 && chance.value! < 0.25, `${chance.value}`); // 16 x 16 px of about 2,600
    assert.equal(explanations.removal?.images, 3);
    const page = readFileSync(join(out, "index.html"), "utf8");
    assert.equal(page.match(/<img src="data:image\/png/g)?.length, 4);
    for (const { picture } of explanations.images) {
      const { width, format } = await sharp(join(out, picture)).metadata();
      assert.deepEqual([width, format], [2 * 2 * sizePx + 8, "png"]);
    }
    assert.match(result.stderr, /scoring maps .* 6 of 6/);
  });

  it("explains an image that is asked for by occlusion", async () => {
    const out = join(folder.path, "asked");
    const args = ["--images", "image-3", "--method", "occlusion", "--out", out];
    const result = await runCli(["explain", `${runId}/${name}`, "--store", store(), ...args]);
    assert.equal(result.code, 0, result.stderr);
    const { images, method } = parseExplanations(JSON.parse(readFileSync(join(out, "explanations.json"), "utf8")), out);
    assert.deepEqual([method, images.length, images[0]?.imageId, images[0]?.isHit], ["occlusion", 1, "image-3", null]);
    assert.ok(existsSync(join(out, "image-3.png")));
    assert.match(result.stdout, /index\.html: 1 image/);
  });

  it("says what is wrong and what to do: half a name, unknown experiments and images, what is no network", async () => {
    const asked = async (target: string, ...args: string[]) => runCli(["explain", target, "--store", store(), ...args]);
    const half = await asked(runId);
    assert.equal(half.code, 2);
    assert.match(half.stderr, /is not RUN\/EXPERIMENT/);
    const unknown = await asked(`${runId}/vgg16-none-head-s1`);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, new RegExp(`its experiments are ${name}`));
    assert.match((await asked(`${runId}/${name}`, "--images", "image-99")).stderr, /no image image-99/);
    assert.match((await asked(`${runId}/${tree.name}`)).stderr, /is no network/);
  });

  it("puts pictures of the worst errors beside a model once, and none beside a tree", async () => {
    const opened = openStore(store());
    const deps = { store: opened, explainers: createExplainers(folder.path) };
    await explainErrors(runId, planned[0]!, deps);
    const object = (file: string): string => objectNames.experiment(runId, name, `explanations/${file}`);
    const stored = await opened.get(object("explanations.json"));
    const { images } = parseExplanations(JSON.parse(stored!.bytes.toString()), "the store");
    assert.equal(images.length, 4);
    for (const { picture } of images) assert.ok(await opened.exists(object(picture)));
    await opened.delete(object(images[0]!.picture));
    await explainErrors(runId, planned[0]!, deps);
    assert.equal(await opened.exists(object(images[0]!.picture)), false); // done is done
    await explainErrors(runId, tree, deps);
    assert.equal(
      await opened.exists(objectNames.experiment(runId, tree.name, "explanations/explanations.json")),
      false,
    );
  });
});
