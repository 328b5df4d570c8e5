import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeDataset, readDataset, writePhantomDataset, type BiradsRule } from "@mammoflow/dataset";
import { decodePixels, readDicom } from "@mammoflow/dicom";
import { UsageError } from "@mammoflow/runtime";
import { planStudies } from "../../packages/dataset/src/phantom/plan-studies.ts";
import { renderPhantom } from "../../packages/dataset/src/phantom/render-phantom.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const rule: BiradsRule = { malignantFrom: 3, excludeBirads: [], rows: "images" };

/** File name to hash, of everything under a folder. */
function hashesOf(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const bytes = readFileSync(join(parentPath, name));
      return [join(parentPath, name).slice(root.length), createHash("sha256").update(bytes).digest("hex")];
    }),
  );
}

describe("a phantom data set", () => {
  const folder = useTemporaryFolder();
  const out = (name: string) => join(folder.path, name);

  it("has the same bytes for the same seed, and others for another", async () => {
    await writePhantomDataset({ out: out("one"), studies: 8, scale: 0.06, seed: 1 });
    await writePhantomDataset({ out: out("again"), studies: 8, scale: 0.06, seed: 1 });
    await writePhantomDataset({ out: out("two"), studies: 8, scale: 0.06, seed: 2 });
    assert.deepEqual(hashesOf(out("again")), hashesOf(out("one")));
    assert.notDeepEqual(Object.keys(hashesOf(out("two"))), Object.keys(hashesOf(out("one"))));
  });

  it("is read like VinDr-Mammo, with boxes and list literals, and sums that hold", async () => {
    const summary = await writePhantomDataset({ out: out("read"), studies: 20, scale: 0.05, seed: 5 });
    const dataset = await readDataset(out("read"), { ...rule, rows: "findings" });
    const { total, splits, comparison } = describeDataset(dataset);
    assert.deepEqual([summary.images, total.images, total.malignantImages], [80, 80, summary.malignantImages]);
    assert.deepEqual(summary.splits, { training: splits.training.studies, test: splits.test.studies });
    assert.equal(splits.test.studies, 4);
    assert.equal(comparison.isDisjoint, true);
    assert.deepEqual(Object.values(total.views), [20, 20, 20, 20]);
    const images = dataset.studies.flatMap((study) => study.images);
    for (const { label, findings, widthPx, heightPx, imageId, studyId } of images.map((image) => ({
      ...image,
      studyId: image.source.split("/")[1]!,
    }))) {
      assert.match(imageId + studyId, /^[0-9a-f]{64}$/);
      assert.equal(
        findings!.some(({ box }) => box !== null),
        label === 1,
      );
      for (const { box, categories, birads } of findings!) {
        if (!box) continue;
        assert.ok(box.x >= 0 && box.width > 0 && box.x + box.width <= widthPx! + 1e-6, "box within the image");
        assert.ok(box.y >= 0 && box.height > 0 && box.y + box.height <= heightPx! + 1e-6, "box within the image");
        assert.ok(categories.length > 0 && birads! >= 3);
      }
    }
    const sums = readFileSync(join(out("read"), "SHA256SUMS.txt"), "utf8")
      .trim()
      .split("\n");
    assert.equal(sums.length, 80);
    const [sum, path] = sums[0]!.split("  ") as [string, string];
    assert.equal(
      createHash("sha256")
        .update(readFileSync(join(out("read"), path)))
        .digest("hex"),
      sum,
    );
  });

  it("writes files as the makers do: sizes, bits, MONOCHROME1, header facts that agree with the annotations", async () => {
    await writePhantomDataset({ out: out("makers"), studies: 24, scale: 0.05, seed: 2 });
    const { studies } = await readDataset(out("makers"), rule);
    const seen = new Set<string>();
    for (const image of studies.flatMap((study) => study.images)) {
      const header = readDicom(readFileSync(join(out("makers"), image.source)), image.source);
      assert.deepEqual([header.rows, header.columns], [image.heightPx, image.widthPx]);
      assert.deepEqual([header.laterality, header.viewPosition], [image.laterality, image.viewPosition]);
      assert.ok(header.windows[0]!.width > 1000);
      const { samples } = await decodePixels(header);
      assert.ok(Math.max(...samples) < 2 ** header.bitsStored);
      seen.add(`${header.manufacturer} ${header.photometricInterpretation} ${header.bitsStored} ${header.rows}`);
    }
    assert.ok(seen.has("SIEMENS MONOCHROME2 12 176"), [...seen].join());
    assert.ok(seen.has("Planmed MONOCHROME1 14 141"), [...seen].join());
  });

  it("has both classes in both splits under either rule, from 8 studies on", () => {
    for (const count of [8, 9, 10, 13, 27, 40]) {
      for (const seed of [1, 2, 3]) {
        const plans = planStudies(count, seed);
        for (const split of ["training", "test"]) {
          const birads = plans
            .filter((study) => study.split === split)
            .flatMap(({ breasts }) => breasts.map((breast) => breast.birads));
          assert.ok(
            birads.some((value) => value >= 4) && birads.some((value) => value < 3),
            `${count} ${seed} ${split}`,
          );
        }
      }
    }
  });

  it("refuses fewer than 8 studies, an impossible scale and a folder with files, before it writes anything", async () => {
    mkdirSync(out("full"), { recursive: true });
    writeFileSync(join(out("full"), "mine.txt"), "mine");
    await assert.rejects(writePhantomDataset({ out: out("few"), studies: 7 }), UsageError);
    await assert.rejects(writePhantomDataset({ out: out("few"), studies: 8.5 }), UsageError);
    for (const scale of [0, 0.01, 1.5, NaN]) {
      await assert.rejects(writePhantomDataset({ out: out("few"), studies: 8, scale }), /scale/);
    }
    await assert.rejects(writePhantomDataset({ out: out("full"), studies: 8 }), /has files already/);
    assert.deepEqual(readdirSync(out("full")), ["mine.txt"]);
    assert.equal(existsSync(out("few")), false);
  });

  it("appears whole or not at all", async () => {
    const interrupted = writePhantomDataset({
      out: out("half"),
      studies: 8,
      scale: 0.05,
      onStudy: (written) => assert.ok(written < 3, "interrupted"),
    });
    await assert.rejects(interrupted, /interrupted/);
    assert.equal(existsSync(out("half")), false);
    await writePhantomDataset({ out: out("half"), studies: 8, scale: 0.05 });
    assert.equal(existsSync(`${out("half")}.partial`), false);
    assert.equal((await readDataset(out("half"), rule)).studies.length, 8);
  });
});

describe("a phantom data set on a disk that refuses", () => {
  const folder = useTemporaryFolder();

  it("says which folder could not be written", async () => {
    writeFileSync(join(folder.path, "file"), "");
    const out = join(folder.path, "file", "phantoms");
    await assert.rejects(writePhantomDataset({ out, studies: 8, scale: 0.05 }), {
      code: "PHANTOM_NOT_WRITTEN",
      message: /could not be written to .*phantoms \(.*; make room there or name another folder/,
    });
  });
});

describe("a phantom image", () => {
  const plans = planStudies(40, 1).flatMap(({ breasts }) => breasts.flatMap(({ images }) => images));
  const siemens = plans.filter(({ maker }) => maker.hasBurntInLabel);

  it("has its breast at the chest wall's side, on a dark background", () => {
    for (const plan of [
      siemens.find(({ laterality }) => laterality === "L")!,
      siemens.find(({ laterality }) => laterality === "R")!,
    ]) {
      const { samples, rows, columns } = renderPhantom(plan, 0.06);
      const columnMean = (column: number) => {
        let sum = 0;
        for (let row = Math.round(rows * 0.2); row < rows; row++) sum += samples[row * columns + column]!;
        return sum / rows;
      };
      const [wall, far] = plan.laterality === "L" ? [2, columns - 3] : [columns - 3, 2];
      assert.ok(columnMean(wall) > 200 && columnMean(far) === 0);
    }
  });

  it("differs from the same breast without its lesion at the lesion only", () => {
    const plan = plans.find(({ lesions }) => lesions.length === 1)!;
    const scale = 0.1;
    const sick = renderPhantom(plan, scale);
    const healthy = renderPhantom({ ...plan, lesions: [] }, scale);
    const [box] = sick.boxes as [(typeof sick.boxes)[0]];
    const margin = box.xmax - box.xmin;
    let outside = 0;
    let inside = 0;
    sick.samples.forEach((value, index) => {
      if (value === healthy.samples[index]) return;
      const [x, y] = [index % sick.columns, Math.floor(index / sick.columns)];
      const isNear = x > box.xmin - margin && x < box.xmax + margin && y > box.ymin - margin && y < box.ymax + margin;
      if (isNear) inside += 1;
      else outside += 1;
    });
    assert.equal(outside, 0);
    assert.ok(inside > 20);
  });

  it("keeps its lesion in place when the scale changes", () => {
    const plan = plans.find(({ lesions }) => lesions.length === 1)!;
    const small = renderPhantom(plan, 0.05).boxes[0]!;
    const large = renderPhantom(plan, 0.2).boxes[0]!;
    assert.ok(Math.abs(large.xmin - 4 * small.xmin) < 8 && Math.abs(large.ymax - 4 * small.ymax) < 8);
  });
});
