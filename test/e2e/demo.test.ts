import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ManifestLine } from "@mammoflow/jobs";
import { imbalanceStrategyNames } from "@mammoflow/models";
import { redis, skipUnless, weights } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const root = join(import.meta.dirname, "../..");

interface Outcome {
  runId: string;
  state: string;
  submitted: number;
  completed: number;
  report: string;
  comparison: string;
  models: string[];
  summary: {
    experiments: {
      name: string;
      backbone: string;
      strategy: string;
      energy: object;
      hashes: Record<string, string>;
    }[];
    notRun: { backbone: string; reason: string }[];
  };
}

describe("mammoflow demo, compiled", function () {
  this.timeout(240_000);
  const folder = useTemporaryFolder();

  it("takes phantoms to a report with every strategy, and can be run again in the same folder", async function () {
    skipUnless(this, redis);
    skipUnless(this, weights);
    const run = async (): Promise<Outcome> => {
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [join(root, "bin/mammoflow.mjs"), "demo", "--out", folder.path, "--studies", "8", "--scale", "0.1", "--json"],
        { maxBuffer: 2 ** 26 },
      );
      return JSON.parse(stdout) as Outcome;
    };
    const outcome = await run();
    assert.deepEqual([outcome.state, outcome.submitted, outcome.completed], ["done", 8, 8]);
    const ran = outcome.summary.experiments.filter(({ backbone }) => backbone === "efficientnet-lite0");
    assert.deepEqual(ran.map(({ strategy }) => strategy).toSorted(), [...imbalanceStrategyNames].toSorted());
    const trees = outcome.summary.experiments.filter(({ backbone }) => backbone === "image-features");
    assert.equal(trees.length, 4, "trees and boosted trees, with and without class weights");
    for (const { backbone, reason } of outcome.summary.notRun)
      assert.match(reason, new RegExp(`mammoflow weights pull ${backbone}`));
    for (const model of outcome.models) {
      assert.ok(existsSync(join(model, "model.json")), model);
      assert.ok(
        ["model.safetensors", "trees.json"].some((file) => existsSync(join(model, file))),
        model,
      );
    }
    assert.match(readFileSync(outcome.comparison, "utf8"), /always-benign/);
    const report = readFileSync(outcome.report, "utf8");
    assert.doesNotMatch(report, /(src|href)="https?:/, "the report asks nothing of the network");

    const manifest = readFileSync(join(folder.path, "runs", outcome.runId, "manifest.jsonl"), "utf8")
      .trim()
      .split("\n");
    for (const line of manifest) {
      const { label, findings } = JSON.parse(line) as Pick<ManifestLine, "label" | "findings">;
      const boxes = findings!.flatMap(({ box }) => box ?? []);
      assert.equal(boxes.length > 0, label === 1, "every lesion that was drawn is in the picture");
      for (const { x, y, width, height } of boxes)
        assert.ok(x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= 256.01 && y + height <= 256.01, line);
    }

    const data = join(folder.path, "phantoms-8-0.1-1", "images");
    const png = join(folder.path, "png");
    await promisify(execFile)(process.execPath, [
      join(root, "bin/mammoflow.mjs"),
      "preprocess",
      data,
      "--recipe",
      "mammogram",
      "--out",
      png,
    ]);
    const images = join(folder.path, "runs", outcome.runId, "images");
    for (const name of readdirSync(images, { recursive: true, encoding: "utf8" }).filter((each) =>
      each.endsWith(".png"),
    ))
      assert.deepEqual(
        readFileSync(join(png, name)),
        readFileSync(join(images, name)),
        "preprocess is the workers' code",
      );

    const again = await run();
    assert.equal(again.state, "done");
    assert.notEqual(again.runId, outcome.runId);
    // What it took may differ, and the manifest names the run.
    const numbersOf = ({ energy: _, hashes, ...result }: Outcome["summary"]["experiments"][number]): object => ({
      ...result,
      hashes: { ...hashes, manifest: "" },
    });
    assert.deepEqual(
      again.summary.experiments.map(numbersOf),
      outcome.summary.experiments.map(numbersOf),
      "the same seed gives the same numbers",
    );
  });
});
