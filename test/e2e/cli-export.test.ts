import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { jsonBytes, linesBytes, objectNames, runConfigBytes } from "@mammoflow/jobs";
import { readSafetensors, writeSafetensors } from "@mammoflow/models";
import { openStore } from "@mammoflow/storage";
import { manifestLine, runConfig } from "../fixtures/run-parts.ts";
import { runCli } from "../support/cli.ts";
import { greyPng } from "../support/grey-png.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const run = "trained";
const network = "mobilenetv2-none-head-s1";
const trees = "image-features-none-tree-s1";

describe("mammoflow export", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const runs = (): string => join(folder.path, "runs");

  before(async () => {
    const store = openStore(runs());
    const address = objectNames.image(run, "study", "image");
    await store.putOnce(objectNames.config(run), runConfigBytes(runConfig({ runId: run, weights: "none" })));
    await store.putOnce(objectNames.manifest(run), linesBytes([manifestLine({ address })]));
    await store.putOnce(address, greyPng(96, 40));
    const model = { backbone: "mobilenetv2", weights: { sha256: "random-0" }, threshold: 0.4 };
    await store.putOnce(objectNames.experiment(run, network, "model/model.json"), jsonBytes(model));
    const head = new Map([
      ["classifier.1.weight", { shape: [2, 1280], data: new Float32Array(2 * 1280).fill(0.25) }],
      ["classifier.1.bias", { shape: [2], data: Float32Array.of(-1, 1) }],
    ]);
    await store.putOnce(objectNames.experiment(run, network, "model/model.safetensors"), writeSafetensors(head));
    await store.putOnce(
      objectNames.experiment(run, trees, "model/model.json"),
      jsonBytes({ backbone: "image-features" }),
    );
    await store.close();
  });

  const exported = (experiment: string, format: string, out: string): ReturnType<typeof runCli> =>
    runCli(["export", `${run}/${experiment}`, "--store", runs(), "--format", format, "--out", out, "--json"], {
      MAMMOFLOW_CACHE: join(folder.path, "cache"),
    });

  it("writes a folder for each format, with what is needed to use the model beside it", async () => {
    for (const [format, files] of [
      ["savedmodel", ["mammoflow.json", "saved_model.pb"]],
      ["safetensors", ["mammoflow.json", "model.safetensors"]],
    ] as const) {
      const out = join(folder.path, format);
      const { code, stdout, stderr } = await exported(network, format, out);
      assert.equal(code, 0, stderr);
      assert.deepEqual(readdirSync(out).toSorted(), files);
      assert.deepEqual((JSON.parse(stdout) as { sizePx: number; outputs: number }).sizePx, 96);
      const facts = JSON.parse(readFileSync(join(out, "mammoflow.json"), "utf8")) as Record<string, unknown>;
      assert.deepEqual(
        [facts["backbone"], facts["threshold"], facts["run"], facts["sizePx"]],
        ["mobilenetv2", 0.4, run, 96],
      );
    }
    const { tensors, metadata } = readSafetensors(readFileSync(join(folder.path, "safetensors", "model.safetensors")));
    assert.deepEqual(tensors.get("classifier.1.weight")?.shape, [2, 1280]);
    assert.deepEqual(tensors.get("features.0.0.weight")?.shape, [32, 3, 3, 3]);
    assert.equal(metadata["experiment"], network);
    assert.ok(statSync(join(folder.path, "savedmodel", "saved_model.pb")).size > 8e6);
  });

  it("says what to do about trees, unknown experiments and half a name", async () => {
    const out = join(folder.path, "nothing");
    const ofTrees = await exported(trees, "tfjs", out);
    assert.equal(ofTrees.code, 1);
    assert.match(ofTrees.stderr, /plain JSON that needs no export/);
    const unknown = await exported("nobody", "tfjs", out);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /holds no trained model nobody/);
    const half = await runCli(["export", run, "--store", runs(), "--format", "tfjs", "--out", out]);
    assert.equal(half.code, 2);
    assert.match(half.stderr, /not RUN\/EXPERIMENT/);
  });
});
