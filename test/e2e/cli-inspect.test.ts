import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readDataset, writePhantomDataset, type StudyImage } from "@mammoflow/dataset";
import { parseRecipe, prepareImage } from "@mammoflow/imaging";
import sharp from "sharp";
import { runCli } from "../support/cli.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

interface InspectionJson {
  stages: { name: string; widthPx: number; heightPx: number; geometry: object }[];
  histogram: { low: number; high: number; counts: number[] };
  header: Record<string, unknown>;
  chestWall: string;
  warnings: string[];
  findings: { categories: string[]; boxInOutput: { x: number; y: number; width: number; height: number } | null }[];
}

describe("mammoflow inspect", function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const data = (): string => join(folder.path, "data");
  let malignant: StudyImage;

  before(async () => {
    await writePhantomDataset({ out: data(), studies: 8, scale: 0.1, seed: 2 });
    const { studies } = await readDataset(data(), {});
    malignant = studies
      .flatMap(({ images }) => images)
      .find(({ label, laterality }) => label === 1 && laterality === "R")!;
  });
  const file = (): string => join(data(), malignant.source);

  it("shows header, histogram, every step and the lesions as text, and no escape sequence outside a terminal", async () => {
    const result = await runCli(["inspect", file(), "--recipe", "mammogram", "--boxes", data()], {
      TERM: "xterm-kitty",
      KITTY_WINDOW_ID: "1",
    });
    assert.equal(result.code, 0, result.stderr);
    assert.ok(!result.stdout.includes("\u001b"));
    assert.match(result.stdout, /laterality +R/);
    assert.match(result.stdout, /chest wall +on the right of the frame/);
    assert.match(result.stdout, /[▁▂▃▄▅▆▇█]{10}/);
    const steps = ["file", "scale", "orient", "mask", "crop", "resize", "clahe"];
    for (const [index, step] of steps.entries())
      assert.match(result.stdout, new RegExp(` ${index} ${step} +\\d+ x \\d+ `));
    assert.match(result.stdout, /BI-RADS [345]: \d+ x \d+ px at \d+, \d+; in the output \d+ x \d+ px at \d+, \d+/);
  });

  it("writes one picture and one page, with the lesion's box on every step", async () => {
    const [png, html] = [join(folder.path, "steps.png"), join(folder.path, "steps.html")];
    const args = ["inspect", file(), "--recipe", "mammogram", "--png", png, "--html", html];
    assert.equal((await runCli([...args, "--boxes", join(data(), "finding_annotations.csv")])).code, 0);
    const amberPixels = async (picture: Buffer | string): Promise<number> => {
      const { data: pixels, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      let amber = 0;
      for (let at = 0; at < pixels.length; at += info.channels) if (pixels[at]! - pixels[at + 2]! > 150) amber++;
      return amber;
    };
    assert.ok((await amberPixels(png)) > 100);
    const page = readFileSync(html, "utf8");
    assert.doesNotMatch(page, /(src|href)="https?:/, "the page asks nothing of the network");
    const pictures = [...page.matchAll(/src="data:image\/png;base64,([^"]+)"/g)].map(([, text]) =>
      Buffer.from(text!, "base64"),
    );
    assert.equal(pictures.length, 7);
    for (const picture of pictures) assert.ok((await amberPixels(picture)) > 10);
    assert.equal((await runCli(args)).code, 0);
    assert.equal(await amberPixels(png), 0, "without --boxes there is none");
  });

  it("says the same in JSON as preparing the image does, by a recipe from a file", async () => {
    const yaml = join(folder.path, "mine.yaml");
    const text = `steps:
  - { step: scale, from: percentiles, padding: black, bits: 16, lowPercent: 1, highPercent: 99 }
  - { step: orient, breast: left }
  - { step: crop, method: breast, marginPx: 4 }
  - { step: resize, method: area, fit: pad, widthPx: 90, heightPx: 120 }
`;
    writeFileSync(yaml, text);
    const result = await runCli(["inspect", file(), "--recipe", yaml, "--boxes", data(), "--json"]);
    assert.equal(result.code, 0, result.stderr);
    const inspected = JSON.parse(result.stdout) as InspectionJson;
    const prepared = await prepareImage(readFileSync(file()), parseRecipe(text, yaml), "a.dicom");
    const last = inspected.stages.at(-1)!;
    assert.deepEqual(last.geometry, prepared.geometry);
    assert.deepEqual([last.widthPx, last.heightPx], [90, 120]);
    assert.deepEqual([inspected.chestWall, inspected.warnings], [prepared.chestWall, prepared.warnings]);
    assert.deepEqual(inspected.header, prepared.header);
    assert.equal((await sharp(prepared.png).metadata()).depth, "ushort");
    assert.equal(
      inspected.histogram.counts.reduce((sum, count) => sum + count),
      malignant.widthPx! * malignant.heightPx!,
    );
    assert.ok(inspected.findings.some(({ boxInOutput }) => boxInOutput !== null));
  });

  it("matches to another image, and says what is wrong with an option, a recipe or a file", async () => {
    const matched = await runCli(["inspect", file(), "--match-to", file(), "--json"]);
    const { stages } = JSON.parse(matched.stdout) as InspectionJson;
    assert.deepEqual(
      stages.map(({ name }) => name),
      ["file", "scale", "orient", "mask", "crop", "resize", "match", "clahe"],
    );

    const recipe = join(folder.path, "bare.yaml");
    writeFileSync(recipe, "steps: [{ step: scale, from: voi }]\n");
    const noResize = await runCli(["inspect", file(), "--recipe", recipe, "--size", "64"]);
    assert.equal(noResize.code, 2);
    assert.match(noResize.stderr, /--size 64: the recipe .*bare.yaml has no resize step/);
    writeFileSync(recipe, "steps: [{ step: scale, from: voi, colour: red }]\n");
    const wrongField = await runCli(["inspect", file(), "--recipe", recipe]);
    assert.equal(wrongField.code, 1);
    assert.match(wrongField.stderr, /colour/);
    assert.match((await runCli(["inspect", join(folder.path, "none.dicom")])).stderr, /none.dicom cannot be read/);
    const stranger = await runCli(["inspect", file(), "--boxes", join(folder.path, "none.csv")]);
    assert.equal(stranger.code, 1);
    assert.match(stranger.stderr, /none.csv does not exist/);
  });
});
