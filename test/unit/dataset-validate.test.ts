import assert from "node:assert/strict";
import { rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readDataset, validateDataset, writePhantomDataset, type LabelRule, type StudyImage } from "@mammoflow/dataset";
import { writeDicom, type DicomSpec } from "@mammoflow/dicom";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const rule: LabelRule = { malignantFrom: 3, excludeBirads: [], rows: "images" };

describe("validating a data set", () => {
  const folder = useTemporaryFolder();
  let images: StudyImage[] = [];
  const root = () => join(folder.path, "phantoms");

  beforeEach(async () => {
    rmSync(root(), { recursive: true, force: true });
    await writePhantomDataset({ out: root(), studies: 8, scale: 0.05, seed: 3 });
    images = (await readDataset(root(), rule)).studies.flatMap((study) => study.images);
  });

  function replaceWith(image: StudyImage, change: Partial<DicomSpec>): void {
    const spec: DicomSpec = {
      rows: image.heightPx,
      columns: image.widthPx,
      samples: Uint16Array.from({ length: image.heightPx * image.widthPx }, (_, index) => index % 4096),
      bitsStored: 12,
      photometricInterpretation: "MONOCHROME2",
      laterality: image.laterality,
      viewPosition: image.viewPosition,
    };
    writeFileSync(join(root(), image.source), writeDicom({ ...spec, ...change }));
  }

  it("finds nothing in a sound one, and tells its progress", async () => {
    const seen: number[] = [];
    const report = await validateDataset(root(), rule, { pixels: true, onProgress: (done) => seen.push(done) });
    assert.deepEqual(report.errors, []);
    assert.deepEqual(report.warnings, []);
    assert.deepEqual([report.studies, report.images], [8, 32]);
    assert.deepEqual(
      seen,
      Array.from({ length: 32 }, (_, index) => index + 1),
    );
  });

  it("names images that are missing, broken, of another size, side or view", async () => {
    const [missing, cut, noDicom, small, side, view] = images as [
      StudyImage,
      StudyImage,
      StudyImage,
      StudyImage,
      StudyImage,
      StudyImage,
    ];
    rmSync(join(root(), missing.source));
    truncateSync(join(root(), cut.source), 5000);
    writeFileSync(join(root(), noDicom.source), "no DICOM");
    replaceWith(small, { rows: 10, columns: 20, samples: new Uint16Array(200) });
    replaceWith(side, { laterality: side.laterality === "L" ? "R" : "L" });
    replaceWith(view, { viewPosition: view.viewPosition === "CC" ? "MLO" : "CC" });

    const { errors, warnings } = await validateDataset(root(), rule, { pixels: false });
    const found = Object.fromEntries([...errors, ...warnings].map((issue) => [issue.code, issue]));
    assert.deepEqual(found["IMAGE_MISSING"]!.examples, [missing.source]);
    assert.equal(found["IMAGE_UNREADABLE"]!.count, 2);
    assert.ok(found["IMAGE_UNREADABLE"]!.examples.every((text, index) => text.includes([cut, noDicom][index]!.source)));
    assert.match(
      found["SIZE_DIFFERS"]!.examples[0]!,
      new RegExp(`${small.source}: 20 x 10, annotated ${small.widthPx}`),
    );
    assert.match(found["LATERALITY_DIFFERS"]!.examples[0]!, new RegExp(side.source));
    assert.match(found["VIEW_DIFFERS"]!.examples[0]!, new RegExp(view.source));
    assert.equal(errors.length + warnings.length, 5);
  });

  it("finds blank frames when it looks at pixels, and only then", async () => {
    const [image] = images as [StudyImage];
    replaceWith(image, { samples: new Uint16Array(image.heightPx * image.widthPx).fill(77) });
    assert.deepEqual((await validateDataset(root(), rule, { pixels: false })).errors, []);
    const { errors } = await validateDataset(root(), rule, { pixels: true });
    assert.deepEqual(
      errors.map(({ code, examples }) => [code, examples]),
      [["IMAGE_BLANK", [image.source]]],
    );
  });

  it("counts all and shows the first few", async () => {
    for (const image of images.slice(0, 9)) rmSync(join(root(), image.source));
    const { errors } = await validateDataset(root(), rule, { pixels: false });
    assert.equal(errors[0]!.count, 9);
    assert.equal(errors[0]!.examples.length, 5);
    assert.match(errors[0]!.message, /^9 images/);
  });

  it("reports annotations that cannot be read instead of throwing", async () => {
    rmSync(join(root(), "breast-level_annotations.csv"));
    const { errors, images: count } = await validateDataset(root(), rule, { pixels: false });
    assert.deepEqual([errors[0]!.code, count], ["DATASET_MISSING_FILE", 0]);
  });
});
