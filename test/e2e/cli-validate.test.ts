import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFileSync, cpSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { readDataset, writePhantomDataset, type ValidationReport } from "@mammoflow/dataset";
import { runCli, startCli } from "../support/cli.ts";
import { descendants } from "../support/processes.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { isAlive, until } from "../support/waiting.ts";

describe("mammoflow validate", function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const sound = (): string => join(folder.path, "sound");
  const bent = (): string => join(folder.path, "bent");

  before(async () => {
    await writePhantomDataset({ out: sound(), studies: 8, scale: 0.05, seed: 2 });
    cpSync(sound(), bent(), { recursive: true });
    const { studies } = await readDataset(sound());
    const [missing, cut, one, same] = studies.flatMap(({ images }) => images.map(({ source }) => join(bent(), source)));
    rmSync(missing!);
    truncateSync(cut!, 10_000);
    copyFileSync(one!, same!);
  });

  it("ends with 0 on a sound data set, and says what it looked at", async () => {
    const headers = await runCli(["validate", sound()]);
    assert.equal(headers.code, 0, headers.stderr);
    assert.match(headers.stdout, /8 studies, 32 images, headers checked \(.*\): nothing to complain of\.\n$/);
    assert.match(headers.stderr, /headers +[█]+ 32\/32 files/);
    const pixels = await runCli(["validate", sound(), "--pixels", "--jobs", "3"]);
    assert.equal(pixels.code, 0, pixels.stderr);
    assert.match(pixels.stdout, /warning +\d+ .*SIEMENS \(\d+\) \[VIEW_LABEL\]/);
  });

  it("ends with 1 on errors, and says the same on the terminal, in JSON and in HTML, with one process or three", async () => {
    const html = join(folder.path, "validation.html");
    const result = await runCli(["validate", bent(), "--json", "--html", html, "--jobs", "3"]);
    assert.equal(result.code, 1, result.stderr);
    const report = JSON.parse(result.stdout) as ValidationReport;
    const counts = [...report.errors, ...report.warnings].map(({ code, count }): [string, number] => [code, count]);
    assert.deepEqual(counts.slice(0, 2), [
      ["IMAGE_MISSING", 1],
      ["IMAGE_UNREADABLE", 1],
    ]);
    assert.ok(counts.some(([code]) => code === "DUPLICATE_CONTENT"));
    const page = readFileSync(html, "utf8");
    const text = (await runCli(["validate", bent(), "--jobs", "1"])).stdout;
    for (const [code, count] of counts) {
      assert.match(text, new RegExp(` ${count} .*\\[${code}\\]`));
      assert.match(page, new RegExp(`<b>${count}</b>[^<]*<code>${code}</code>`));
    }
  });

  it("reports tables that it cannot read as an error, and wrong usage with 2", async () => {
    const result = await runCli(["validate", folder.path]);
    assert.equal(result.code, 1);
    assert.match(result.stdout, /error +1 .*\[DATASET_NOT_RECOGNISED\]/);
    assert.equal((await runCli(["validate", sound(), "--jobs", "0"])).code, 2);
    const unwritable = await runCli(["validate", sound(), "--html", join(folder.path, "no", "such", "folder.html")]);
    assert.equal(unwritable.code, 1);
    assert.match(unwritable.stderr, /folder\.html cannot be written/);
  });

  it("ends at once with 130 on Ctrl-C, and leaves no process behind", async function () {
    if (process.platform !== "linux") this.skip(); // elsewhere the children cannot be listed
    const child = startCli(["validate", sound(), "--pixels", "--jobs", "2"]);
    const ended = once(child, "exit");
    let children: number[] = [];
    await until(() => (children = descendants(child.pid!)).length >= 2);
    const stoppedAt = Date.now();
    child.kill("SIGINT");
    assert.deepEqual(await ended, [130, null]);
    assert.ok(Date.now() - stoppedAt < 10_000);
    await until(() => !children.some(isAlive));
  });
});
