import assert from "node:assert/strict";
import { cpSync, chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePhantomDataset } from "@mammoflow/dataset";
import { runCli, type CliResult } from "../support/cli.ts";
import { redis, skipUnless } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("bad input to the command line", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const good = (): string => join(folder.path, "good");

  before(async () => {
    await writePhantomDataset({ out: good(), studies: 8, scale: 0.05, seed: 1 });
  });

  /** A copy of the good data set whose breast-level file went through `change`. */
  const withCsv = (name: string, change: (csv: string) => string): string => {
    const path = join(folder.path, name);
    cpSync(good(), path, { recursive: true });
    const csv = join(path, "breast-level_annotations.csv");
    writeFileSync(csv, change(readFileSync(csv, "utf8")));
    return path;
  };

  /** One sentence on standard error that names the input, nothing on standard output, no stack trace. */
  const assertRefused = ({ code, stdout, stderr }: CliResult, expectedCode: number, pattern: RegExp): void => {
    assert.equal(code, expectedCode, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, pattern);
    assert.doesNotMatch(stderr, /\n\s+at /);
    assert.equal(stderr.split("\n").filter((line) => line.startsWith("mammoflow:")).length, 1, stderr);
  };

  it("names a missing CSV column", async () => {
    const data = withCsv("no-column", (csv) => csv.replace("breast_birads", "birads"));
    assertRefused(await runCli(["stats", data]), 1, /breast-level_annotations\.csv.*breast_birads/);
  });

  it("names an unknown value and its line", async () => {
    const data = withCsv("odd-value", (csv) => csv.replace("BI-RADS 1", "BI-RADS 9"));
    assertRefused(await runCli(["stats", data]), 1, /breast-level_annotations\.csv.*line \d+.*BI-RADS 9/);
  });

  it("says that a data set is empty", async () => {
    const data = withCsv("empty", (csv) => csv.slice(0, csv.indexOf("\n") + 1));
    assertRefused(await runCli(["stats", data]), 1, /empty|no image|no row/i);
  });

  it("says that a folder is no data set", async () => {
    assertRefused(await runCli(["stats", join(folder.path, "nowhere")]), 1, /nowhere/);
  });

  it("says that only one class is left", async () => {
    const data = withCsv("one-class", (csv) => csv.replace(/BI-RADS [3-5]/g, "BI-RADS 2"));
    assertRefused(await runCli(["submit", data, "--out", join(folder.path, "out"), "--dry-run"]), 1, /malignant/);
  });

  it("names a queue that does not answer", async () => {
    const result = await runCli(["submit", good(), "--out", join(folder.path, "out")], {
      REDIS_URL: "redis://127.0.0.1:1",
    });
    assertRefused(result, 1, /127\.0\.0\.1:1 does not answer.*REDIS_URL/);
  });

  it("says how to start a queue when none runs", async () => {
    assertRefused(await runCli(["status"], { MAMMOFLOW_HOME: join(folder.path, "home") }), 1, /mammoflow up/);
  });

  it("names a folder that cannot be written", async function () {
    skipUnless(this, redis);
    const file = join(folder.path, "a-file");
    writeFileSync(file, "");
    const locked = join(folder.path, "locked");
    mkdirSync(locked);
    chmodSync(locked, 0o500);
    // Root may write everywhere, so a file in the folder's place stands for the refusal.
    const out = process.getuid?.() === 0 ? file : locked;
    const result = await runCli(["submit", good(), "--out", out], { MAMMOFLOW_HOME: join(folder.path, "home") });
    assert.equal(result.code, 1, result.stderr);
    assert.match(result.stderr, /mammoflow: Could not write .*(choose another name or folder|may write to)/);
  });

  it("refuses wrong usage with exit code 2 and the option's name", async () => {
    for (const [args, pattern] of [
      [["submit", good()], /--out/],
      [["submit", good(), "--out", "x", "--models", "resnet99"], /resnet99.*resnet18/],
      [["demo", "--studies", "7"], /8 or more/],
      [["frobnicate"], /unknown command/],
      [["stats"], /data set/],
      [["retry", "some-run"], /--failed/],
    ] as const) {
      const result = await runCli([...args]);
      assert.equal(result.code, 2, `${args.join(" ")}: ${result.stderr}`);
      assert.match(result.stderr, pattern);
    }
  });

  it("preprocess names the bad file, does the others, and ends with 1", async () => {
    const data = join(folder.path, "mixed");
    cpSync(join(good(), "images"), data, { recursive: true });
    writeFileSync(join(data, "note.dcm"), "this is a text");
    const result = await runCli(["preprocess", data, "--out", join(folder.path, "png"), "--json", "--jobs", "2"]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /failed: .*note\.dcm: .*not.*DICOM/);
    const outcome = JSON.parse(result.stdout.trim().split("\n").at(-1)!) as { images: number; failed: number };
    assert.deepEqual([outcome.images, outcome.failed], [32, 1]);
    rmSync(data, { recursive: true });
  });
});
