import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePhantomDataset } from "@mammoflow/dataset";
import { runCli } from "../support/cli.ts";
import { redis, skipUnless, weights } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

interface Outcome {
  runId: string;
  state: string;
  submitted: number;
  completed: number;
  failed: number;
  report: string;
  summary: { preprocessing: { failures: { subject: string; reason: string }[] }; experiments: { name: string }[] };
}

describe("a run with bad studies in its data set", function () {
  this.timeout(240_000);
  const folder = useTemporaryFolder();

  it("fails each alone with its reason, loses none, and retries them once they are mended", async function () {
    skipUnless(this, redis);
    skipUnless(this, weights);
    const data = join(folder.path, "data");
    const environment = { MAMMOFLOW_HOME: join(folder.path, "home") };
    await writePhantomDataset({ out: data, studies: 24, scale: 0.05, seed: 3 });
    // Benign studies of the training split, so that both classes stay in both splits.
    const rows = readFileSync(join(data, "breast-level_annotations.csv"), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    const birads = new Map<string, string[]>();
    for (const [study = "", , , , , , , assessment = "", , split = ""] of rows.slice(1))
      birads.set(study, [...(birads.get(study) ?? []), `${assessment} ${split}`]);
    const benign = [...birads]
      .filter(([, all]) => all.every((each) => /BI-RADS [12] training/.test(each)))
      .map(([study]) => study);
    const fileOf = (study: string): string => join(data, "images", study, readdirSync(join(data, "images", study))[0]!);
    const [absent, text, truncated, syntax] = benign as [string, string, string, string];
    const originals = [absent, text, truncated, syntax].map((study) => ({
      file: fileOf(study),
      bytes: readFileSync(fileOf(study)),
    }));
    rmSync(originals[0]!.file);
    writeFileSync(originals[1]!.file, "this is a text");
    truncateSync(originals[2]!.file, Math.floor(statSync(originals[2]!.file).size / 2));
    // The UID of explicit little endian becomes that of MPEG-2 video, padded to the same length.
    const swapped = Buffer.from(originals[3]!.bytes);
    const at = swapped.indexOf("1.2.840.10008.1.2.1");
    swapped.write("1.2.840.10008.1.2.9", at, "latin1");
    writeFileSync(originals[3]!.file, swapped);

    const submit = await runCli(
      [
        "submit",
        data,
        "--out",
        join(folder.path, "out"),
        "--models",
        "efficientnet-lite0",
        "--imbalance",
        "none",
        "--baselines",
        "none",
        "--epochs",
        "2",
        "--size",
        "64",
        "--json",
      ],
      environment,
    );
    assert.equal(submit.code, 0, submit.stderr);
    const outcome = JSON.parse(submit.stdout) as Outcome;
    assert.deepEqual([outcome.state, outcome.submitted, outcome.completed, outcome.failed], ["done", 24, 20, 4]);
    const reasons = new Map(outcome.summary.preprocessing.failures.map(({ subject, reason }) => [subject, reason]));
    assert.match(reasons.get(absent)!, /absent/);
    assert.match(reasons.get(text)!, /not.*DICOM/i);
    assert.match(reasons.get(truncated)!, /ends|truncated|bytes/i);
    assert.match(reasons.get(syntax)!, /1\.2\.840\.10008\.1\.2\.9/);
    for (const [study, reason] of reasons) assert.match(reason, new RegExp(study), "the reason names the file");

    for (const { file, bytes } of originals) writeFileSync(file, bytes);
    const retry = await runCli(
      ["retry", outcome.runId, "--failed", "--out", join(folder.path, "out"), "--json"],
      environment,
    );
    assert.equal(retry.code, 0, retry.stderr);
    const mended = JSON.parse(retry.stdout) as Outcome;
    assert.deepEqual(
      [mended.state, mended.completed, mended.failed, mended.summary.experiments.length],
      ["done", 24, 0, 1],
    );
    assert.match(readFileSync(mended.report, "utf8"), /Research use only/);
  });
});
