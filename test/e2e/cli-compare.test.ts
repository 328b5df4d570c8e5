import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { comparisonSchema, predictionsCsv, type ComparedExperiment } from "@mammoflow/evaluation";
import { jsonBytes, objectNames, runConfigBytes } from "@mammoflow/jobs";
import { openStore } from "@mammoflow/storage";
import { comparedExperimentsFixture } from "../fixtures/run-summary.ts";
import { runCli } from "../support/cli.ts";
import { rehearsedConfig } from "../support/rehearsed-run.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

/** What a run leaves in its store that a comparison is made from; the last experiment has left nothing. */
async function storeRun(
  folder: string,
  runId: string,
  entries: ComparedExperiment[],
  recipeHash: string,
): Promise<void> {
  const store = openStore(folder, undefined);
  const experiments = entries.map(({ experiment: { name, backbone, strategy, seed } }) => {
    return { name, backbone, strategy, part: "head" as const, seed };
  });
  const config = { ...rehearsedConfig(runId, 400), recipeHash, experiments };
  await store.putOnce(objectNames.config(runId), runConfigBytes(config));
  for (const { experiment, predictions } of entries.slice(0, -1)) {
    const put = (file: string, bytes: Buffer): Promise<unknown> =>
      store.putOnce(objectNames.experiment(runId, experiment.name, file), bytes);
    await put("metrics.json", jsonBytes(experiment));
    await put("predictions.csv", Buffer.from(predictionsCsv(predictions, null)));
  }
}

describe("mammoflow compare", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const store = (): string => join(folder.path, "store");
  const compare = (...args: string[]): ReturnType<typeof runCli> =>
    runCli(["compare", ...args, "--resamples", "100"], { MAMMOFLOW_HOME: join(folder.path, "home") });

  before(async () => {
    const entries = comparedExperimentsFixture();
    await storeRun(store(), "monday", entries.slice(0, 5), "1");
    await storeRun(store(), "tuesday", entries.slice(5), "2");
  });

  it("puts the models of two runs side by side, seeds as one, and says which experiment has left nothing", async () => {
    const { code, stdout, stderr } = await compare("monday", "tuesday", "--out", store());
    assert.equal(code, 0, stderr);
    assert.match(stdout, /efficientnet-lite0-sampler-head of monday\n {4}mean of 3 seeds/);
    assert.match(stdout, /resnet18-sampler-head of tuesday\n {4}mean of 3 seeds/);
    assert.match(stdout, /^run\.recipeHash: 1 \([\d, ]+\)\nrun\.recipeHash: 2 \(/m);
    assert.match(stderr, /monday: efficientnet-lite0-sampler\+weighted-loss-head-s1 has left no result/);
  });

  it("finds runs by the address of their folder; writes JSON, CSV and a page", async () => {
    const [csv, html] = [join(folder.path, "c.csv"), join(folder.path, "c.html")];
    const address = join(store(), "runs", "monday");
    const { code, stdout } = await compare(address, "--level", "patient", "--json", "--csv", csv, "--html", html);
    assert.equal(code, 0);
    const comparison = comparisonSchema.parse(JSON.parse(stdout));
    assert.deepEqual([comparison.level, comparison.rows.length], ["patient", 2]);
    assert.match(readFileSync(csv, "utf8"), /^kind,run,name,/);
    assert.match(readFileSync(html, "utf8"), /2 models on the same \d+ patients/);
  });

  it("says what to do about a run, a model or a store that is not there", async () => {
    const unknown = await compare("sunday", "--out", store());
    assert.deepEqual([unknown.code, unknown.stdout], [1, ""]);
    assert.match(unknown.stderr, /holds no run sunday/);
    const model = await compare("monday", "--out", store(), "--against", "vgg16");
    assert.match(model.stderr, /No row is named vgg16: give one of efficientnet-lite0-/);
    const lost = await compare("monday");
    assert.match(lost.stderr, /No queue runs here that knows where monday lies: give its store with --out/);
    assert.equal((await compare("monday", "--out", store(), "--threshold", "2")).code, 2);
  });
});
