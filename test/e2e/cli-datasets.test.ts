import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import type { DatasetStatistics } from "@mammoflow/dataset";
import type { RunConfig } from "@mammoflow/jobs";
import { runCli } from "../support/cli.ts";
import { generic } from "../support/layouts/generic.ts";
import { rsna2022 } from "../support/layouts/rsna-2022.ts";
import { redis, skipUnless } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("pictures that are no DICOM", function () {
  this.timeout(240_000);
  const folder = useTemporaryFolder();
  const data = (): string => join(folder.path, "pictures");

  /** Ten patients of four views, each view as another kind of file; malignant ones have a bright spot. */
  before(async () => {
    mkdirSync(data());
    const [width, height] = [96, 128];
    const lines = ["file,finding,patient,machine"];
    for (let patient = 0; patient < 10; patient++)
      for (const [index, kind] of ["png", "jpg", "tif", "pgm"].entries()) {
        const isMalignant = patient % 3 === 0;
        const pixels = Uint8Array.from({ length: width * height }, (_, place) => {
          const [x, y] = [place % width, Math.floor(place / width)];
          const isSpot = isMalignant && (x - 20 - index) ** 2 + (y - 50 - patient) ** 2 < 60;
          return x ** 2 + (y - 64) ** 2 < 3600 ? (isSpot ? 230 : 120 + ((x * 7 + y * 3) % 20)) : 4;
        });
        const picture = sharp(pixels, { raw: { width, height, channels: 1 } }).toColourspace("b-w");
        const bytes =
          kind === "pgm"
            ? Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), pixels])
            : await picture.toFormat(kind === "tif" ? "tiff" : kind === "jpg" ? "jpeg" : "png").toBuffer();
        writeFileSync(join(data(), `${patient}-${index}.${kind}`), bytes);
        lines.push(`${patient}-${index}.${kind},${isMalignant ? 1 : 0},p${patient},m${patient % 2}`);
      }
    writeFileSync(join(data(), "table.csv"), `${lines.join("\n")}\n`);
  });

  it("go through preprocess, and never in the place of each other or of themselves", async () => {
    const out = join(folder.path, "png");
    const done = await runCli(["preprocess", data(), "--out", out, "--size", "64", "--json"]);
    assert.equal(done.code, 0, done.stderr);
    assert.equal((JSON.parse(done.stdout.trim().split("\n").at(-1)!) as { images: number }).images, 40);
    assert.deepEqual(
      readdirSync(out)
        .toSorted((a, b) => a.localeCompare(b))
        .slice(0, 2),
      ["0-0.png", "0-1.png"],
    );
    const inPlace = await runCli(["preprocess", data(), "--out", data()]);
    assert.equal(inPlace.code, 1);
    assert.match(inPlace.stderr, /0-0\.png would be overwritten by what is made of it/);
    const twice = [join(data(), "0-0.png"), join(out, "0-0.png")];
    assert.match((await runCli(["preprocess", ...twice, "--out", join(folder.path, "x")])).stderr, /would both be/);
  });

  it("go through a run to a report that says only what the table says", async function () {
    skipUnless(this, redis);
    const columns = ["path=file", "label=finding", "patient=patient", "group=machine"].flatMap((role) => [
      "--column",
      role,
    ]);
    const choices = ["--models", "efficientnet-lite0", "--imbalance", "none", "--weights", "none", "--epochs", "2"];
    const out = join(folder.path, "out");
    const submit = await runCli(
      ["submit", join(data(), "table.csv"), "--out", out, ...columns, ...choices, "--size", "64", "--json"],
      { MAMMOFLOW_HOME: join(folder.path, "home") },
    );
    assert.equal(submit.code, 0, submit.stderr);
    const outcome = JSON.parse(submit.stdout) as { runId: string; state: string; completed: number; report: string };
    assert.deepEqual([outcome.state, outcome.completed], ["done", 10]);
    const report = readFileSync(outcome.report, "utf8");
    assert.match(
      report,
      /Malignant where column finding says so; one row per image\. The split was made here, by seed 1\./,
    );
    assert.match(report, /column finding; whether a reading, a biopsy/);
    assert.doesNotMatch(report, /<h4>BI-RADS|<h4>Breast density|undefined|BI-RADS null/);
    const run = join(out, "runs", outcome.runId);
    const [line] = readFileSync(join(run, "manifest.jsonl"), "utf8").split("\n");
    const first = JSON.parse(line!) as Record<string, unknown>;
    assert.deepEqual([first["patientId"], first["groups"], first["birads"]], ["p0", { machine: "m0" }, null]);
    const predictions = readFileSync(join(run, "models/efficientnet-lite0-none-head-s1/predictions.csv"), "utf8");
    assert.match(predictions, /^p\d,\d-\d,p\d,pictures,,,,,,,[01],1,0\.\d+,0\.\d+,m\d\r$/m);
  });
});

describe("the command line on data sets of other layouts", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const rsna = (): string => join(folder.path, "rsna");
  const table = (): string => generic.path(join(folder.path, "table"));

  before(async () => {
    await rsna2022.write(rsna());
    await generic.write(join(folder.path, "table"));
  });

  it("describes one that it recognises, and one that a file of columns explains", async () => {
    const recognised = await runCli(["stats", rsna(), "--split-seed", "3", "--test-share", "0.3"]);
    assert.equal(recognised.code, 0, recognised.stderr);
    assert.match(recognised.stdout, /rsna \(rsna-2022\)\nMalignant where the breast had cancer \(column cancer\)/);
    assert.match(recognised.stdout, /Split made here by seed 3: 30 % of the patients/);

    const columns = join(folder.path, "columns.yaml");
    writeFileSync(columns, "path: Datei\nlabel: Diagnose\npatient: Person\nstudy: Untersuchung\n");
    const args = ["stats", table(), "--columns", columns, "--column", "group=Haus", "--positive", "Karzinom", "--json"];
    const explained = await runCli(args);
    assert.equal(explained.code, 0, explained.stderr);
    const statistics = JSON.parse(explained.stdout) as DatasetStatistics;
    assert.deepEqual(
      [statistics.adapter, statistics.total.images, statistics.total.malignantImages],
      ["generic", 40, 10],
    );
    assert.deepEqual(statistics.total.groups, { Haus: { "Haus 1": 14, "Haus 2": 12 } });
  });

  it("plans a run with the split that was made, its groups and its patients", async () => {
    const plan = await runCli(["submit", rsna(), "--out", join(folder.path, "out"), "--dry-run", "--json"]);
    assert.equal(plan.code, 0, plan.stderr);
    const { config } = JSON.parse(plan.stdout) as { config: RunConfig };
    assert.equal(config.dataset.sources[0]?.adapter, "rsna-2022");
    assert.deepEqual(config.dataset.madeSplit, { seed: 1, testShare: 0.2 });
    assert.ok("malignantWhere" in config.dataset.labelRule, "labels of its own");
  });

  it("refuses what does not fit, with exit code 2", async () => {
    for (const [args, pattern] of [
      [["stats", rsna(), "--malignant-from", "4"], /RSNA-2022 has labels of its own/],
      [["stats", rsna(), "--rows", "findings"], /lists no findings/],
      [["stats", rsna(), "--dataset", "ddsm"], /vindr-mammo, rsna-2022/],
      [["stats", rsna(), "--test-share", "1.5"], /between 0 and 1/],
      [["stats", table()], /say what its columns mean/],
      [["validate", table(), "--column", "colour=x"], /no role colour/],
      [["stats", table(), "--columns", join(folder.path, "none.yaml")], /none\.yaml cannot be read/],
    ] as const) {
      const { code, stderr } = await runCli([...args]);
      assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, pattern);
    }
  });
});
