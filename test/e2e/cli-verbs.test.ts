import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writePhantomDataset } from "@mammoflow/dataset";
import { readSafetensors } from "@mammoflow/models";
import sharp from "sharp";
import { runCli } from "../support/cli.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("verbs that need no queue", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const data = (): string => join(folder.path, "data");
  const png = (): string => join(folder.path, "png");

  before(async () => {
    await writePhantomDataset({ out: data(), studies: 8, scale: 0.05, seed: 2 });
  });

  const filesIn = (path: string): string[] =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted((a, b) => a.localeCompare(b));

  it("preprocess keeps the folders and does the steps that its options ask for", async () => {
    const result = await runCli([
      "preprocess",
      join(data(), "images"),
      "--out",
      png(),
      "--size",
      "96",
      "--crop",
      "none",
      "--no-clahe",
      "--json",
    ]);
    assert.equal(result.code, 0, result.stderr);
    const line = JSON.parse(result.stdout) as Record<string, number>;
    assert.deepEqual(Object.keys(line), ["images", "failed", "seconds", "images_per_s", "peak_rss_mb"]);
    assert.equal(line["images"], 32);
    const relative = (root: string): string[] =>
      filesIn(root).map((path) => path.slice(root.length).replace(/\.(png|dicom)$/, ""));
    assert.deepEqual(relative(png()), relative(join(data(), "images")));
    const { width, height, channels } = await sharp(filesIn(png())[0]).metadata();
    assert.deepEqual([width, height, channels], [96, 96, 1]);
  });

  it("embed writes features and logits that others can read, and says that random weights are random", async () => {
    const out = join(folder.path, "features.safetensors");
    const images = filesIn(png()).slice(0, 3);
    const result = await runCli(["embed", "--backbone", "resnet18", "--weights", "none", "--out", out, ...images]);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stderr, /RANDOM/);
    const { tensors } = readSafetensors(readFileSync(out), out);
    assert.deepEqual(tensors.get("features")?.shape, [3, 512]);
    assert.deepEqual(tensors.get("logits")?.shape, [3, 1000]);
  });

  it("embed refuses missing weights and names the command that fetches them", async () => {
    const result = await runCli(
      ["embed", "--backbone", "resnet18", "--out", join(folder.path, "x.safetensors"), filesIn(png())[0]!],
      {
        MAMMOFLOW_CACHE: join(folder.path, "empty-cache"),
      },
    );
    assert.equal(result.code, 1);
    assert.match(result.stderr, /mammoflow weights pull resnet18/);
  });

  it("stats counts the same on the terminal, in JSON and in HTML", async () => {
    const html = join(folder.path, "stats.html");
    const json = await runCli(["stats", data(), "--json", "--html", html]);
    const { total } = JSON.parse(json.stdout) as { total: { images: number; studies: number } };
    assert.deepEqual([total.images, total.studies], [32, 8]);
    assert.match(readFileSync(html, "utf8"), /BI-RADS/);
    assert.match((await runCli(["stats", data()])).stdout, /images +\d+ +\d+ +32/);
  });

  it("doctor and weights list say what is there and what to do about what is missing", async () => {
    const findings = JSON.parse((await runCli(["doctor", "--json"])).stdout) as {
      part: string;
      state: string;
      advice?: string;
    }[];
    assert.equal(findings.find(({ part }) => part === "TensorFlow")?.state, "ok");
    const list = await runCli(["weights", "list"], { MAMMOFLOW_CACHE: join(folder.path, "empty-cache") });
    assert.match(list.stdout, /resnet18 +missing.*mammoflow weights pull resnet18/);
    const empty = await runCli(["doctor"], { MAMMOFLOW_CACHE: join(folder.path, "empty-cache"), PATH: "" });
    assert.equal(empty.code, 1);
    assert.match(empty.stdout, /failed +queue.*\n.*npm run setup/);
  });
});

describe("doctor of a deployment", () => {
  for (const [target, program] of [
    ["compose", "docker"],
    ["k8s", "kubectl"],
  ] as const)
    it(`says in one line that ${program} is not there`, async () => {
      const { code, stdout } = await runCli(["doctor", "--target", target, "--json"], { PATH: "/nowhere" });
      assert.equal(code, 1);
      const findings = JSON.parse(stdout) as { state: string; detail: string; advice: string }[];
      assert.deepEqual(
        findings.map(({ state, detail }) => `${state}: ${detail}`),
        [`failed: ${program} is not on PATH`],
      );
      assert.match(String(findings[0]?.advice), /install .*https:/i);
    });

  it("refuses a target that it does not know", async () => {
    const { code, stderr } = await runCli(["doctor", "--target", "mainframe"]);
    assert.equal(code, 2);
    assert.match(stderr, /machine, compose, k8s, gcs/);
  });
});
