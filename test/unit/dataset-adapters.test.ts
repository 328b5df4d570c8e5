import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatasetError, readDataset, type Dataset, type StudyImage } from "@mammoflow/dataset";
import { UsageError } from "@mammoflow/runtime";
import { cbisDdsm, writeCbis, type CbisDownload } from "../support/layouts/cbis-ddsm.ts";
import { inbreast } from "../support/layouts/inbreast.ts";
import { writeText, writeTinyDicom } from "../support/layouts/layout.ts";
import { rsna2022 } from "../support/layouts/rsna-2022.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const imageOf = ({ studies }: Dataset, imageId: string): StudyImage =>
  studies.flatMap(({ images }) => images).find((image) => image.imageId === imageId)!;

describe("recognising a data set", () => {
  const folder = useTemporaryFolder();

  it("says what it looked for when nothing is known there", async () => {
    mkdirSync(join(folder.path, "empty"));
    await assert.rejects(readDataset(join(folder.path, "empty")), (error) => {
      assert.ok(error instanceof DatasetError);
      assert.equal(error.code, "DATASET_NOT_RECOGNISED");
      assert.match(error.message, /breast-level_annotations\.csv \(VinDr-Mammo\); train\.csv .*\(RSNA-2022\)/);
      assert.match(error.message, /mass_case_description_train_set\.csv.*INbreast\.csv.*--column path=/);
      return true;
    });
  });

  it("does not choose between two", async () => {
    const root = join(folder.path, "both");
    await inbreast.write(root);
    await cbisDdsm.write(root);
    await assert.rejects(readDataset(root), /files of CBIS-DDSM .* and of INbreast .*--dataset cbis-ddsm or inbreast/);
    assert.equal((await readDataset(root, { dataset: "inbreast" })).adapter, "inbreast");
  });

  it("takes no train.csv of something else for RSNA's", async () => {
    const root = join(folder.path, "cats");
    writeText(root, "train.csv", ["id,label", "1,cat"]);
    writeText(root, "train_images/1.txt", [""]);
    await assert.rejects(readDataset(root), { code: "DATASET_NOT_RECOGNISED" });
  });

  it("refuses a name that it does not know, and columns for a data set that has its own", async () => {
    await assert.rejects(
      readDataset(folder.path, { dataset: "ddsm" }),
      (error) => error instanceof UsageError && /vindr-mammo, rsna-2022/.test(error.message),
    );
    await assert.rejects(
      readDataset(folder.path, { dataset: "inbreast", columns: { path: "x" } }),
      (error) => error instanceof UsageError && /columns of its own/.test(error.message),
    );
  });
});

describe("RSNA-2022", () => {
  const folder = useTemporaryFolder();
  const root = (): string => join(folder.path, "rsna");
  before(() => rsna2022.write(root()));

  it("labels by cancer, keeps every view, and what machine, site, age and implant it was", async () => {
    const dataset = await readDataset(root());
    const first = dataset.studies[0]!;
    assert.deepEqual([first.studyId, first.patientId, first.images.length], ["10006", "10006", 4]);
    assert.deepEqual(
      { ...first.images[0]!, findings: undefined },
      {
        imageId: "462822612",
        seriesId: null,
        laterality: "L",
        viewPosition: "CC",
        birads: 0,
        density: null,
        heightPx: null,
        widthPx: null,
        label: 1,
        rows: 1,
        source: "train_images/10006/462822612.dcm",
        groups: { site: "2", machine: "29", age: "40-49", implant: "no" },
        findings: undefined,
      },
    );
    assert.deepEqual(
      first.images.map(({ label }) => label),
      [1, 1, 0, 0],
    );
    assert.equal(imageOf(dataset, "462822912").groups["age"], undefined, "no age is given");
    assert.equal(imageOf(dataset, "462823312").groups["implant"], "yes");
    const views = new Set(dataset.studies.flatMap(({ images }) => images.map(({ viewPosition }) => viewPosition)));
    assert.deepEqual([...views].map(String).toSorted(), ["AT", "CC", "LM", "LMO", "ML", "MLO"]);
    assert.deepEqual(dataset.excluded, [], "BI-RADS 0 is a call-back here and leaves nothing out");
  });
});

describe("CBIS-DDSM", () => {
  const folder = useTemporaryFolder();
  const written = (name: string, download: CbisDownload): string => {
    writeCbis(join(folder.path, name), download);
    return join(folder.path, name);
  };

  it("takes an image with several lesions once, malignant when one of them is, with all its findings", async () => {
    const image = imageOf(await readDataset(written("several", "dates")), "P_00004_RIGHT_CC");
    assert.deepEqual([image.label, image.birads, image.density, image.rows], [1, 5, "C", 1]);
    assert.deepEqual(image.findings, [
      { categories: ["Mass"], birads: 0, box: null },
      { categories: ["Mass"], birads: 5, box: null },
    ]);
  });

  it("joins the mass and the calcifications of one image, and says so", async () => {
    const dataset = await readDataset(written("both", "dates"));
    const image = imageOf(dataset, "P_00008_LEFT_CC");
    assert.deepEqual([image.label, image.birads, image.groups], [0, 3, { lesion: "Mass and Calcification" }]);
    assert.match(dataset.warnings.join(" "), /1 images are in the tables of both kinds of lesion/);
    assert.equal(imageOf(dataset, "P_00005_RIGHT_MLO").density, null, "0 is no density");
  });

  it("puts a patient of both parts into the test split, and says so", async () => {
    const { studies, warnings } = await readDataset(written("parts", "dates"));
    assert.deepEqual(
      studies.map(({ studyId, split }) => [studyId, split]),
      [
        ["P_00001", "training"],
        ["P_00004", "training"],
        ["P_00008", "training"],
        ["P_00009", "test"],
        ["P_00016", "test"],
        ["P_00005", "training"],
        ["P_00038", "test"],
      ],
    );
    assert.match(warnings.join(" "), /1 patients are in the training part .* their 1 training images are in the test/);
  });

  it("finds the files of every kind of download by the case's folder", async () => {
    const sources: Record<CbisDownload, RegExp> = {
      "as listed": /^Mass-Training_P_00001_LEFT_CC\/[\d.]+\/[\d.]+\/000000\.dcm$/,
      uids: /^CBIS-DDSM\/Mass-Training_P_00001_LEFT_CC\/[\d.]+\/[\d.]+\/1-1\.dcm$/,
      dates:
        /^manifest-\w+\/CBIS-DDSM\/Mass-Training_P_00001_LEFT_CC\/.*\/1\.000000-full mammogram images-24515\/1-1\.dcm$/,
    };
    for (const [download, source] of Object.entries(sources) as [CbisDownload, RegExp][]) {
      const dataset = await readDataset(written(`download ${download}`, download));
      assert.match(imageOf(dataset, "P_00001_LEFT_CC").source, source);
    }
  });

  it("takes the full mammogram where a case holds several files, and counts cases without any", async () => {
    const root = written("odd", "dates");
    const images = join(root, "manifest-ZkhPvrLo5216730872708713142/CBIS-DDSM");
    const facing = { laterality: "L", viewPosition: "CC" };
    writeTinyDicom(
      images,
      "Mass-Training_P_00001_LEFT_CC/07-20-2016-DDSM-NA-30288/0.1-cropped images-1/1-1.dcm",
      facing,
    );
    rmSync(join(images, "Mass-Test_P_00016_LEFT_CC"), { recursive: true });
    const dataset = await readDataset(root);
    assert.match(imageOf(dataset, "P_00001_LEFT_CC").source, /full mammogram/);
    assert.match(dataset.warnings.join(" "), /1 cases hold several files/);
    assert.match(dataset.warnings.join(" "), /1 images have no file in a folder of their case/);
    assert.match(imageOf(dataset, "P_00016_LEFT_CC").source, /^Mass-Test_P_00016_LEFT_CC\//);
  });

  it("reads the masses alone, without the calcifications", async () => {
    const root = written("masses", "uids");
    for (const part of ["train", "test"]) rmSync(join(root, `calc_case_description_${part}_set.csv`));
    writeText(root, "mass_case_description_test_set.csv", [
      readFileSync(join(root, "mass_case_description_test_set.csv"), "utf8").trimEnd(),
      `P_00017,2,LEFT,MLO,1,mass,OVAL,OBSCURED,5,MALIGNANT,5,Mass-Test_P_00017_LEFT_MLO/1/2/000000.dcm,x,x`,
    ]);
    assert.deepEqual(
      (await readDataset(root)).studies.map(({ studyId }) => studyId),
      ["P_00001", "P_00004", "P_00008", "P_00009", "P_00016", "P_00017"],
    );
  });

  it("does not let a path lead out of the folder", async () => {
    const root = written("path", "uids");
    const table = join(root, "mass_case_description_train_set.csv");
    writeFileSync(table, readFileSync(table, "utf8").replace("LEFT_CC/1.3.6", "LEFT_CC/../../../1.3.6"));
    await assert.rejects(readDataset(root), /mass_case.*line \d+: image file path is .*expected a path that begins/);
  });
});

describe("INbreast", () => {
  const folder = useTemporaryFolder();
  const root = (): string => join(folder.path, "inbreast");
  beforeEach(async () => {
    rmSync(root(), { recursive: true, force: true });
    await inbreast.write(root());
  });

  it("tells patients apart by the files' names, and their studies by date", async () => {
    const { studies } = await readDataset(root());
    assert.deepEqual(
      studies.slice(0, 3).map(({ studyId, patientId, images }) => [studyId, patientId, images.length]),
      [
        ["61b13c59bcba1490-201001", "61b13c59bcba1490", 4],
        ["61b13c59bcba1490-201102", "61b13c59bcba1490", 2],
        ["61b13c59bcba1491-201001", "61b13c59bcba1491", 4],
      ],
    );
    assert.equal(new Set(studies.slice(0, 2).map(({ split }) => split)).size, 1);
  });

  it("reads 4a to 4c as 4, a blank density as none, MLO where the file says ML, and labels by BI-RADS", async () => {
    const dataset = await readDataset(root(), { malignantFrom: 4 });
    const image = imageOf(dataset, "20587210");
    assert.deepEqual(
      [image.birads, image.label, image.viewPosition, image.density, image.source],
      [4, 1, "MLO", "D", "AllDICOMs/20587210_61b13c59bcba1493_MG_R_ML_ANON.dcm"],
    );
    assert.equal(imageOf(dataset, "20587408").density, null);
    assert.equal(imageOf(dataset, "20587108").label, 0, "BI-RADS 3");
  });

  it("turns outlines into boxes, a point into one of a pixel, and an outline without points into nothing", async () => {
    const dataset = await readDataset(root());
    assert.deepEqual(imageOf(dataset, "20587210").findings, [
      { categories: ["Mass"], birads: null, box: { x: 3, y: 2, width: 6, height: 5 } },
      { categories: ["Calcification"], birads: null, box: { x: 12, y: 5, width: 1, height: 1 } },
    ]);
    assert.deepEqual(imageOf(dataset, "20586908").findings, [], "BI-RADS 1 has no outlines");
    renameSync(join(root(), "AllXML"), join(root(), "elsewhere"));
    assert.equal(imageOf(await readDataset(root()), "20587210").findings, undefined);
  });

  it("names the outlines that cannot be read", async () => {
    const path = join(root(), "AllXML/20587210.xml");
    for (const text of ["no XML", "<plist><dict></dict></plist>", readFileSync(path, "utf8").replace("(4.5", "(x")]) {
      writeFileSync(path, text);
      await assert.rejects(readDataset(root()), (error) => {
        assert.ok(error instanceof DatasetError);
        assert.equal(error.code, "DATASET_UNREADABLE_OUTLINES");
        assert.ok(error.message.startsWith(path), error.message);
        return true;
      });
    }
  });

  it("counts images whose file is missing, each as a patient of its own", async () => {
    rmSync(join(root(), "AllDICOMs/20587210_61b13c59bcba1493_MG_R_ML_ANON.dcm"));
    const dataset = await readDataset(root());
    assert.match(dataset.warnings.join(" "), /1 images have no file in AllDICOMs/);
    assert.equal(imageOf(dataset, "20587210").source, "AllDICOMs/20587210.dcm");
  });
});
