import assert from "node:assert/strict";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  readDataset,
  validateDataset,
  validationHtml,
  formatValidation,
  writePhantomDataset,
  type BiradsRule,
  type Study,
  type StudyImage,
  type ValidationReport,
} from "@mammoflow/dataset";
import { decodePixels, readDicom, writeDicom, type DicomSpec } from "@mammoflow/dicom";
import { burnLabel } from "../../packages/dataset/src/phantom/burn-label.ts";
import { encapsulated, withTransferSyntax } from "../support/encapsulated-dicom.ts";
import { greyPng } from "../support/grey-png.ts";
import { inspectHere } from "../support/inspect-here.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const rule: BiradsRule = { malignantFrom: 3, excludeBirads: [], rows: "images" };

describe("validating a data set", function () {
  this.timeout(20_000);
  const folder = useTemporaryFolder();
  let studies: Study[] = [];
  let images: StudyImage[] = [];
  const root = () => join(folder.path, "phantoms");
  const pathOf = ({ source }: StudyImage) => join(root(), source);

  before(() => writePhantomDataset({ out: join(folder.path, "made"), studies: 8, scale: 0.05, seed: 3 }));

  beforeEach(async () => {
    rmSync(root(), { recursive: true, force: true });
    cpSync(join(folder.path, "made"), root(), { recursive: true });
    studies = (await readDataset(root(), rule)).studies;
    images = studies.flatMap((study) => study.images);
  });

  const validate = (pixels = false) => validateDataset(root(), rule, { pixels, inspect: inspectHere });
  /** Errors and warnings: code to count. */
  const found = ({ errors, warnings }: ValidationReport) => ({
    errors: Object.fromEntries(errors.map(({ code, count }) => [code, count])),
    warnings: Object.fromEntries(warnings.map(({ code, count }) => [code, count])),
  });
  const issue = ({ errors, warnings, information }: ValidationReport, code: string) => {
    const one = [...errors, ...warnings, ...information].find((each) => each.code === code);
    assert.ok(one, `${code} is not among what was found`);
    return one;
  };
  /** An image of each split, and one that shares a study with neither. */
  const imageIn = (split: Study["split"], study = 0, image = 0) =>
    studies.filter((each) => each.split === split)[study]!.images[image]!;

  function replaceWith(image: StudyImage, change: Partial<DicomSpec>): void {
    const spec: DicomSpec = {
      rows: image.heightPx!,
      columns: image.widthPx!,
      samples: Uint16Array.from({ length: image.heightPx! * image.widthPx! }, (_, index) => index % 4096),
      bitsStored: 12,
      photometricInterpretation: "MONOCHROME2",
      laterality: image.laterality!,
      viewPosition: image.viewPosition!,
      sopInstanceUid: image.imageId,
    };
    writeFileSync(pathOf(image), writeDicom({ ...spec, ...change }));
  }

  describe("by headers", () => {
    it("finds nothing in a sound one, says what it is made of, and tells its progress", async () => {
      const seen: string[] = [];
      const report = await validateDataset(root(), rule, {
        pixels: false,
        inspect: inspectHere,
        onProgress: (look, done, files) => seen.push(`${look} ${done}/${files}`),
      });
      assert.deepEqual(found(report), { errors: {}, warnings: {} });
      assert.deepEqual([report.studies, report.images], [8, 32]);
      assert.deepEqual(
        seen,
        Array.from({ length: 33 }, (_, index) => `header ${index}/32`),
      );
      const makers = issue(report, "MAKERS");
      assert.equal(makers.count, 32);
      assert.deepEqual(Object.keys(makers.by!), ["SIEMENS", "Planmed"]);
      assert.deepEqual(issue(report, "PATIENTS").by, { "nothing: whether splits share patients is unknown": 32 });
      assert.match(formatValidation(report), /32 images, headers checked .*: nothing to complain of\.$/);
    });

    it("tells absent images from those of another size, side or view than their rows", async () => {
      const [missing, small, side, view] = images as [StudyImage, StudyImage, StudyImage, StudyImage];
      rmSync(pathOf(missing));
      replaceWith(small, { rows: 10, columns: 20, samples: new Uint16Array(200) });
      replaceWith(side, { laterality: side.laterality === "L" ? "R" : "L" });
      replaceWith(view, { viewPosition: view.viewPosition === "CC" ? "MLO" : "CC" });
      const report = await validate();
      assert.deepEqual(found(report), {
        errors: { IMAGE_MISSING: 1 },
        warnings: { SIZE_DIFFERS: 1, LATERALITY_DIFFERS: 1, VIEW_DIFFERS: 1 },
      });
      assert.deepEqual(issue(report, "IMAGE_MISSING").examples, [missing.source]);
      assert.deepEqual(issue(report, "SIZE_DIFFERS").examples, [
        `${small.source}: 20 x 10, annotated ${small.widthPx} x ${small.heightPx!}`,
      ]);
      assert.deepEqual(issue(report, "LATERALITY_DIFFERS").examples, [
        `${side.source}: ${side.laterality === "L" ? "R" : "L"}, annotated ${side.laterality}`,
      ]);
      assert.match(issue(report, "VIEW_DIFFERS").examples[0]!, new RegExp(view.source));
    });

    it("counts what cannot be read by its reason, and needs no pixels to see that a file is cut short", async () => {
      const [cut, cutInHeader, noDicom, noImage, noCodec, endless, cutFragment] = images as StudyImage[] & {
        length: 7;
      };
      truncateSync(pathOf(cut!), readFileSync(pathOf(cut!)).length - 2);
      truncateSync(pathOf(cutInHeader!), 600);
      writeFileSync(pathOf(noDicom!), "no DICOM");
      rmSync(pathOf(noImage!));
      mkdirSync(pathOf(noImage!));
      const native = writeDicom({
        rows: 2,
        columns: 2,
        samples: new Uint8Array(4),
        bitsStored: 8,
        photometricInterpretation: "MONOCHROME2",
      });
      writeFileSync(
        pathOf(noCodec!),
        withTransferSyntax(native, "1.2.840.10008.1.2.4.100", encapsulated([new Uint8Array(4)])),
      );
      rmSync(pathOf(endless!));
      symlinkSync("/dev/zero", pathOf(endless!));
      const fragments = withTransferSyntax(native, "1.2.840.10008.1.2.5", encapsulated([new Uint8Array(100_000)]));
      writeFileSync(pathOf(cutFragment!), fragments.subarray(0, fragments.length - 20));

      const report = await validate();
      assert.deepEqual(found(report), { errors: { IMAGE_UNREADABLE: 7 }, warnings: {} });
      const { by, examples } = issue(report, "IMAGE_UNREADABLE");
      assert.deepEqual(by, {
        DICOM_TRUNCATED: 2,
        SOURCE_UNREADABLE: 2,
        DICOM_NO_PIXELS: 1,
        DICOM_NOT_DICOM: 1,
        DICOM_UNSUPPORTED_SYNTAX: 1,
      });
      assert.equal(examples.length, 5);
      const named = [cut, noImage, noDicom, noCodec, cutInHeader].map((image) => image!.source); // one of each reason
      assert.deepEqual(
        named.filter((source) => !examples.some((example) => example.includes(source))),
        [],
      );
      assert.match(examples[0]!, /cut short/);
    });

    it("reads 64 KiB of a file, and more only where a header is longer", async () => {
      for (const image of images)
        replaceWith(image, { rows: 400, columns: 500, samples: new Uint16Array(200_000).fill(9) });
      const short = await validate();
      assert.equal(short.bytesRead, 32 * 65_536);
      assert.ok(short.sizeBytes > 32 * 400_000);
      replaceWith(images[0]!, {
        rows: 400,
        columns: 500,
        samples: new Uint16Array(200_000),
        imageComments: "x".repeat(65_530),
        manufacturer: "Lorad",
      });
      const long = await validate();
      assert.equal(issue(long, "MAKERS").by!["Lorad"], 1);
      assert.ok(long.bytesRead > 31 * 65_536 + 400_000);
    });

    it("finds equal files, and says whether they are in both splits", async () => {
      copyFileSync(pathOf(imageIn("training", 0, 0)), pathOf(imageIn("training", 0, 1)));
      copyFileSync(pathOf(imageIn("training", 0, 0)), pathOf(imageIn("training", 1, 0)));
      copyFileSync(pathOf(imageIn("training", 1, 1)), pathOf(imageIn("test", 0, 2)));
      const report = await validate();
      const counts = found(report);
      assert.deepEqual(counts.errors, { DUPLICATE_ACROSS_SPLITS: 1 });
      assert.equal(counts.warnings["DUPLICATE_CONTENT"], 1);
      const sources = [imageIn("training", 0, 0), imageIn("training", 0, 1), imageIn("training", 1, 0)];
      const named = issue(report, "DUPLICATE_CONTENT").examples[0]!.split(" = ").toSorted();
      assert.deepEqual(named, sources.map(({ source }) => source).toSorted());
      assert.match(
        issue(report, "DUPLICATE_ACROSS_SPLITS").examples[0]!,
        /\((training|test)\) = .*\((training|test)\)$/,
      );
      const byPixels = await validate(true);
      assert.deepEqual(issue(byPixels, "DUPLICATE_CONTENT"), issue(report, "DUPLICATE_CONTENT"));
      assert.deepEqual(issue(byPixels, "DUPLICATE_ACROSS_SPLITS"), issue(report, "DUPLICATE_ACROSS_SPLITS"));
    });

    it("finds a patient in both splits by the header, and prints nobody's Patient ID", async () => {
      replaceWith(imageIn("training", 0), { patientId: "Doe^Jane-4711" });
      replaceWith(imageIn("training", 1), { patientId: "Roe^Jim-4712" });
      replaceWith(imageIn("test", 0), { patientId: "Doe^Jane-4711" });
      const report = await validate();
      assert.deepEqual(found(report).errors, { PATIENT_IN_BOTH_SPLITS: 1 });
      const [training, test] = ["training", "test"].map(
        (split) => studies.find((study) => study.split === split)!.studyId,
      );
      assert.deepEqual(issue(report, "PATIENT_IN_BOTH_SPLITS").examples, [
        `training: study ${training}; test: study ${test}`,
      ]);
      assert.equal(issue(report, "PATIENTS").by!["Patient ID in the header"], 3);
      assert.doesNotMatch(JSON.stringify(report) + validationHtml(report), /Doe|471[12]/);
    });

    it("takes a Patient ID that stands for nobody for none", async () => {
      for (const patientId of ["ANONYMOUS", "0000", "Site-7"]) {
        for (const image of images) replaceWith(image, { patientId });
        const report = await validate();
        assert.deepEqual(found(report), { errors: {}, warnings: {} }, patientId);
        assert.match(Object.keys(issue(report, "PATIENTS").by!)[0]!, /^nothing/);
      }
    });

    it("finds boxes that are not in the image as it is", async () => {
      const boxed = images.find(({ findings }) => findings?.some(({ box }) => box))!;
      const { box } = boxed.findings!.find((finding) => finding.box)!;
      const columns = Math.floor(box!.x + box!.width) - 1;
      replaceWith(boxed, { columns, samples: new Uint16Array(columns * boxed.heightPx!) });
      const report = await validate();
      assert.deepEqual(Object.keys(found(report).warnings), ["SIZE_DIFFERS", "BOX_OUTSIDE"]);
      assert.match(
        issue(report, "BOX_OUTSIDE").examples[0]!,
        new RegExp(`^${boxed.source}: .* of ${columns} x ${boxed.heightPx!}$`),
      );
    });

    it("names studies without a standard view, files that no table names, and more than one frame", async () => {
      const table = join(root(), "breast-level_annotations.csv");
      const dropped = imageIn("training", 0, 1);
      const rows = readFileSync(table, "utf8").split("\n");
      writeFileSync(table, rows.filter((row) => !row.includes(dropped.imageId)).join("\n"));
      writeFileSync(join(root(), "forgotten.DCM"), "anything");
      writeFileSync(join(root(), "notes.txt"), "no image");
      const several = imageIn("test", 0, 0);
      replaceWith(several, { frames: 2, samples: new Uint16Array(2 * several.heightPx! * several.widthPx!) });
      const report = await validate();
      assert.deepEqual(found(report), {
        errors: {},
        warnings: { STUDY_INCOMPLETE: 1, SEVERAL_FRAMES: 1, FILE_UNLISTED: 2, ANNOTATIONS: 1 }, // its line of findings
      });
      assert.match(
        issue(report, "STUDY_INCOMPLETE").examples[0]!,
        new RegExp(`: no ${dropped.laterality}-${dropped.viewPosition}$`),
      );
      assert.deepEqual(
        issue(report, "FILE_UNLISTED").examples.toSorted(),
        ["forgotten.DCM", dropped.source].toSorted(),
      );
      assert.deepEqual(issue(report, "SEVERAL_FRAMES").examples, [`${several.source}: 2 frames`]);
    });

    it("takes images that the label rule leaves out for listed ones", async () => {
      const options = { ...rule, excludeBirads: [2] };
      const report = await validateDataset(root(), options, { pixels: false, inspect: inspectHere });
      assert.ok(report.images < 32);
      assert.deepEqual(Object.keys(found(report).warnings), ["STUDY_INCOMPLETE"]); // of the others, and no FILE_UNLISTED
    });

    it("needs neither sizes nor a split in the tables, and compares patients by them where they name them", async () => {
      const data = join(folder.path, "rsna");
      const lines = ["site_id,patient_id,image_id,laterality,view,age,cancer,BIRADS,implant,density,machine_id"];
      for (let patient = 0; patient < 20; patient++) {
        mkdirSync(join(data, "train_images", `${patient}`), { recursive: true });
        lines.push(`1,${patient},${patient}1,L,CC,50,${patient % 2},,0,B,7`);
        const header = {
          patientId: "same",
          laterality: "L",
          viewPosition: "CC",
          sopInstanceUid: `1.${patient}`,
        } as const;
        const samples = new Uint8Array(60);
        const picture = { rows: 6, columns: 10, samples, bitsStored: 8, photometricInterpretation: "MONOCHROME2" };
        const path = join(data, "train_images", `${patient}`, `${patient}1.dcm`);
        writeFileSync(path, writeDicom({ ...picture, ...header }));
      }
      mkdirSync(join(data, "test_images", "99"), { recursive: true });
      writeFileSync(join(data, "test_images", "99", "991.dcm"), "of a test set");
      writeFileSync(join(data, "train.csv"), lines.join("\n"));
      const report = await validateDataset(data, {}, { pixels: false, inspect: inspectHere });
      assert.deepEqual(found(report), { errors: {}, warnings: { STUDY_INCOMPLETE: 20, FILE_UNLISTED: 1 } });
      assert.deepEqual(issue(report, "PATIENTS").by, { "the table": 20 });
      assert.deepEqual(issue(report, "FILE_UNLISTED").examples, ["test_images/99/991.dcm"]);
    });

    it("reads pictures that are not DICOM, and tells what is wrong with them", async () => {
      const data = join(folder.path, "pictures");
      mkdirSync(data, { recursive: true });
      const lines = ["file,cancer,person"];
      for (let index = 0; index < 20; index++) {
        lines.push(`${index}.png,${index % 2},${index}`);
        writeFileSync(join(data, `${index}.png`), greyPng(12 + index, 100));
      }
      truncateSync(join(data, "3.png"), 20);
      writeFileSync(join(data, "4.png"), "no picture");
      writeFileSync(join(data, "table.csv"), lines.join("\n"));
      const columns = { path: "file", label: "cancer", patient: "person" };
      const options = [join(data, "table.csv"), { columns }] as const;
      const report = await validateDataset(...options, { pixels: false, inspect: inspectHere });
      assert.deepEqual(issue(report, "IMAGE_UNREADABLE").by, { DICOM_NOT_DICOM: 1, IMAGE_CORRUPT: 1 });
      assert.deepEqual(issue(report, "TRANSFER_SYNTAXES").by, { "not DICOM": 18 });
      assert.deepEqual(found(report).warnings, {});
      const byPixels = await validateDataset(...options, { pixels: true, inspect: inspectHere });
      assert.deepEqual(found(byPixels).errors, { IMAGE_UNREADABLE: 2, IMAGE_BLANK: 18 });
    });

    it("reports by maker what headers say about burnt-in annotation, and what is odd about them", async () => {
      replaceWith(images[0]!, { burnedInAnnotation: "YES", manufacturer: "Lorad" });
      replaceWith(images[1]!, { burnedInAnnotation: "NO", manufacturer: "Lorad" });
      replaceWith(images[2]!, { burnedInAnnotation: "YES" });
      replaceWith(images[3]!, { windows: [{ center: 100, width: 0 }], voiLutFunction: "LINEAR" });
      const report = await validate();
      assert.deepEqual(issue(report, "BURNED_IN_ANNOTATION").by, { Lorad: 1, "maker not named": 1 });
      assert.deepEqual(found(report), { errors: {}, warnings: { BURNED_IN_ANNOTATION: 2, HEADER_ODD: 1 } });
      assert.match(issue(report, "HEADER_ODD").examples[0]!, new RegExp(`^${images[3]!.source}: .*window`));
    });

    it("counts all and shows the first few", async () => {
      for (const image of images.slice(0, 9)) rmSync(pathOf(image));
      const report = await validate();
      const { count, examples } = issue(report, "IMAGE_MISSING");
      assert.equal(count, 9);
      assert.deepEqual(
        examples,
        images.slice(0, 5).map(({ source }) => source),
      );
      assert.match(formatValidation(report), /error +9 {2}images that are listed but absent \[IMAGE_MISSING\]/);
      assert.match(validationHtml(report), /and 4 more/);
    });

    it("reports tables that cannot be read instead of throwing", async () => {
      rmSync(join(root(), "breast-level_annotations.csv"));
      const { errors, images: count } = await validate();
      assert.deepEqual([errors[0]!.code, count], ["DATASET_NOT_RECOGNISED", 0]);
    });
  });

  describe("by pixels", () => {
    const isSiemens = ({ groups }: StudyImage) => groups["machine"] === "Mammomat Inspiration";

    /** The same image with a text of its own beside the breast. */
    async function burnText(image: StudyImage, text: string, maker: string): Promise<void> {
      const file = readDicom(readFileSync(pathOf(image)), image.source);
      const { samples, rows, columns, bitsStored } = await decodePixels(file);
      const own = Uint16Array.from(samples);
      const brightest = file.isInverted ? 0 : 2 ** bitsStored - 1;
      burnLabel(own, { rows, columns, pixelMm: 1.7 }, text, image.laterality!, brightest);
      const { photometricInterpretation } = file;
      replaceWith(image, { samples: own, bitsStored, photometricInterpretation, manufacturer: maker });
    }

    it("finds nothing in a sound one but the view labels that Siemens burns in", async () => {
      const report = await validate(true);
      const siemens = images.filter(isSiemens).length;
      assert.ok(siemens > 0 && siemens < 32);
      assert.deepEqual(found(report), { errors: {}, warnings: { VIEW_LABEL: siemens } });
      assert.deepEqual(issue(report, "VIEW_LABEL").by, { SIEMENS: siemens });
      assert.equal(report.bytesRead, report.sizeBytes);
    });

    it("warns of text where none is expected, and of more than a view label where one is", async () => {
      const other = images.filter((image) => !isSiemens(image))[0]!;
      const siemens = images.filter(isSiemens)[0]!;
      await burnText(other, "R-MLO", "Planmed");
      await burnText(siemens, "MOLOCOLMOCOL", "SIEMENS");
      const report = await validate(true);
      assert.deepEqual(issue(report, "BURNT_IN_TEXT").by, { Planmed: 1, SIEMENS: 1 });
      assert.deepEqual(issue(report, "BURNT_IN_TEXT").examples.toSorted(), [other.source, siemens.source].toSorted());
      assert.equal(issue(report, "VIEW_LABEL").count, images.filter(isSiemens).length - 1);
    });

    it("finds blank frames and pixels that cannot be decoded, which headers do not show", async () => {
      const [blank, broken] = images as [StudyImage, StudyImage];
      replaceWith(blank, { samples: new Uint16Array(blank.heightPx! * blank.widthPx!).fill(77) });
      const native = writeDicom({
        rows: broken.heightPx!,
        columns: broken.widthPx!,
        samples: new Uint16Array(broken.heightPx! * broken.widthPx!),
        bitsStored: 12,
        photometricInterpretation: "MONOCHROME2",
      });
      writeFileSync(
        pathOf(broken),
        withTransferSyntax(native, "1.2.840.10008.1.2.4.90", encapsulated([Buffer.from("no stream")])),
      );
      assert.deepEqual(found(await validate()).errors, {});
      const report = await validate(true);
      assert.deepEqual(found(report).errors, { IMAGE_UNREADABLE: 1, IMAGE_BLANK: 1 });
      assert.deepEqual(issue(report, "IMAGE_UNREADABLE").by, { DICOM_CORRUPT: 1 });
      assert.deepEqual(issue(report, "IMAGE_BLANK").examples, [blank.source]);
    });
  });

  it("writes a page that shows everything, needs nothing else, and lets no name of a file become markup", async () => {
    writeFileSync(join(root(), "<img src=x>.dcm"), "");
    const report = await validate();
    const html = validationHtml(report);
    assert.match(html, /&lt;img src=x&gt;\.dcm/);
    assert.doesNotMatch(html, /<img|<script|http|url\(/);
    assert.match(html, new RegExp(`SIEMENS</th><td>${issue(report, "MAKERS").by!["SIEMENS"]}<`));
  });
});
