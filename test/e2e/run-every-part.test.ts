import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { writePhantomDataset } from "@mammoflow/dataset";
import { parseExplanations, parsePredictions, runSummarySchema } from "@mammoflow/evaluation";
import { runCli } from "../support/cli.ts";
import { redis, skipUnless } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("a run of every part of two networks, trees beside them, tested on another data set too", function () {
  this.timeout(300_000);
  const folder = useTemporaryFolder();
  const path = (name: string): string => join(folder.path, name);

  it("leaves a judged model for each, whose threshold validation chose, and a report of them all", async function () {
    skipUnless(this, redis);
    await writePhantomDataset({ out: path("here"), studies: 12, scale: 0.05, seed: 1 });
    await writePhantomDataset({ out: path("there"), studies: 8, scale: 0.05, seed: 2 });
    const grid = "backbone=efficientnet-lite0,resnet18 imbalance=sampler part=head,last-block,all seed=1";
    const choices = ["--grid", grid, "--weights", "none", "--size", "64", "--epochs", "2", "--early-stopping", "1"];
    choices.push("--feature-type", "float16");
    const { code, stdout, stderr } = await runCli(
      ["submit", path("here"), "--test-on", path("there"), "--out", path("out"), ...choices, "--json"],
      { MAMMOFLOW_HOME: path("home") },
    );
    assert.equal(code, 0, stderr);
    const outcome = JSON.parse(stdout) as {
      runId: string;
      state: string;
      completed: number;
      report: string;
      summary: unknown;
    };
    assert.deepEqual([outcome.state, outcome.completed], ["done", 20]);

    const summary = runSummarySchema.parse(outcome.summary);
    assert.equal(summary.protocol!.name, "recommended");
    assert.match(stderr, /Protocol recommended, but for: recipe mammogram at 64 px instead of mammogram; epochs 2 /);
    assert.deepEqual(summary.notRun, []);
    const networks = ["efficientnet-lite0", "resnet18"].flatMap((backbone) =>
      ["head", "last-block", "all"].map((part) => `${backbone}-sampler-${part}-s1`),
    );
    const trees = ["tree", "boosted"].map((kind) => `image-features-weighted-loss-${kind}-s1`);
    assert.deepEqual(summary.experiments.map(({ name }) => name).toSorted(), [...networks, ...trees].toSorted());

    for (const { name, backbone, epochs, chosenEpoch, chosenBecause, judgement, hashes } of summary.experiments) {
      const models = join(dirname(dirname(outcome.report)), "models", name);
      const read = (file: string): string => readFileSync(join(models, file), "utf8");
      const model = JSON.parse(read("model/model.json")) as { threshold: number; operatingPoints: { image: object } };
      const [image] = judgement!.levels;
      const [chosen] = image!.operatingPoints;
      assert.equal(model.threshold, chosen!.threshold, name);
      assert.ok(chosen!.validation!.cases > 0, "chosen on validation");
      assert.deepEqual(judgement!.transfer!.trainedOn, ["here"]);
      assert.ok(judgement!.transfer!.inside && judgement!.transfer!.outside, "inside and outside side by side");

      const tested = parsePredictions(read("predictions.csv"), name);
      const validated = parsePredictions(read("validation-predictions.csv"), name);
      assert.deepEqual(new Set(tested.map(({ source }) => source)), new Set(["here", "there"]));
      const patients = new Set(tested.map(({ patientId }) => patientId));
      assert.ok(validated.length > 0 && validated.every(({ patientId }) => !patients.has(patientId)), "nobody in both");
      assert.ok(
        tested.every(({ manufacturer }) => manufacturer !== null),
        "by the header",
      );

      if (backbone === "image-features") continue;
      assert.ok(chosenEpoch !== undefined && chosenEpoch <= epochs.length);
      assert.match(chosenBecause!, /lowest validation loss/);
      assert.match(read("report.html"), /lowest validation loss/);
      const losses = epochs.map(({ validationLoss }) => validationLoss!);
      assert.equal(
        chosenEpoch,
        losses.indexOf(Math.min(...losses)) + 1,
        `${name} took the epoch that validation chose`,
      );
      assert.equal(read("results.csv").trim().split("\n").length, epochs.length + 1);
      assert.ok(hashes!["model.safetensors"]);
      const { images, counts } = parseExplanations(JSON.parse(read("explanations/explanations.json")), name);
      assert.equal(images.length, Math.min(counts.falseNegatives, 4) + Math.min(counts.falsePositives, 4));
      for (const { picture } of images) assert.ok(read(`explanations/${picture}`).length > 0);
    }
    const cache = path("out/cache/features");
    const shards = readdirSync(cache).map((name) => readFileSync(join(cache, name)).toString("latin1", 8, 65_536));
    const ofNetworks = shards.filter((head) => !head.includes('"backbone":"image-features"'));
    assert.ok(ofNetworks.length >= 4);
    for (const head of ofNetworks) assert.match(head, /"dtype":"F16"/, head.slice(0, 120));
    const [comparison] = summary.comparisons!;
    assert.equal(comparison!.rows.length, 8);
    assert.equal(comparison!.cases, 8, "on the test images of what they learnt from");
    const report = readFileSync(outcome.report, "utf8");
    assert.match(report, /<strong>Protocol<\/strong> recommended, but for: recipe mammogram at 64 px instead of/);
    assert.match(report, /A breast(&#39;|')s probability is the mean over its views/);
    assert.match(report, /mean over the image(&#39;|')s four flips/);
  });
});
