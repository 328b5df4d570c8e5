import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  combineDatasets,
  DatasetError,
  datasetAdapters,
  describeDataset,
  formatStatistics,
  openDatasetFiles,
  readDataset,
  statisticsHtml,
  type Dataset,
  type DatasetOptions,
} from "@mammoflow/dataset";
import { readDicom } from "@mammoflow/dicom";
import { indexedStudySchema } from "@mammoflow/jobs";
import { AppError, UsageError } from "@mammoflow/runtime";
import { copyToBucket } from "../support/copy-to-bucket.ts";
import { useGcsEmulator } from "../support/gcs-emulator.ts";
import { cbisDdsm } from "../support/layouts/cbis-ddsm.ts";
import { generic } from "../support/layouts/generic.ts";
import { inbreast } from "../support/layouts/inbreast.ts";
import type { Layout } from "../support/layouts/layout.ts";
import { rsna2022 } from "../support/layouts/rsna-2022.ts";
import { vindrMammo } from "../support/layouts/vindr-mammo.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const layouts = [vindrMammo, rsna2022, cbisDdsm, inbreast, generic];

describe("every data set that can be read", () => {
  it("has a layout here that it must keep the contract on", () => {
    assert.deepEqual(
      datasetAdapters.map(({ name }) => name),
      layouts.map(({ adapter }) => adapter),
    );
  });

  for (const layout of layouts) describe(layout.adapter, () => keepsTheContract(layout));
});

describe("data sets in a bucket", function () {
  this.timeout(20_000);
  const emulator = useGcsEmulator();
  const folder = useTemporaryFolder();

  for (const layout of layouts)
    it(`reads ${layout.adapter} as from its folder`, async () => {
      const root = join(folder.path, layout.adapter);
      await layout.write(root);
      const address = `gs://${emulator.bucket}/${layout.adapter}`;
      await copyToBucket(root, address, emulator.endpoint);
      const { root: _, ...here } = await readDataset(layout.path(root), layout.options);
      const path = layout.path(root).replace(root, address);
      for (const given of [path, `${path}/`]) {
        const { root: there, ...read } = await readDataset(given, {
          ...layout.options,
          gcsEndpoint: emulator.endpoint,
        });
        assert.equal(there, address);
        assert.deepEqual(read, here);
      }
    });

  it("says what to do about an address where nothing is", async () => {
    const read = (address: string): Promise<Dataset> => readDataset(address, { gcsEndpoint: emulator.endpoint });
    await assert.rejects(read(`gs://${emulator.bucket}/nowhere`), {
      code: "DATASET_MISSING_FILE",
      message: /nowhere does not exist; give the folder/,
    });
    await assert.rejects(read("gs://no-such-bucket/data"), {
      code: "STORAGE_GCS",
      message: /is the bucket's name right\?/,
    });
    for (const address of ["s3://bucket/data", "gs:/bucket/data", "gs://", "gs:///data"])
      await assert.rejects(read(address), (error) => {
        assert.ok(error instanceof AppError && error.code === "STORAGE_ADDRESS", address);
        assert.ok(error.message.startsWith(JSON.stringify(address.replace(/(?<=[^/])\/+$/, ""))), error.message);
        return true;
      });
  });
});

/** What every adapter does, whatever the tables and folders of its data set look like. */
function keepsTheContract(layout: Layout): void {
  const folder = useTemporaryFolder();
  const root = (): string => join(folder.path, "data");
  const read = (options: DatasetOptions = {}): Promise<Dataset> =>
    readDataset(layout.path(root()), { ...layout.options, ...options });
  const table = (): string => join(root(), layout.table);
  let original: string;

  before(async () => {
    await layout.write(root());
    original = readFileSync(table(), "utf8");
  });
  afterEach(() => writeFileSync(table(), original));

  const imagesOf = ({ studies }: Dataset) => studies.flatMap(({ images }) => images);

  it("is recognised by its files, and takes no other's for its own", async () => {
    const files = await openDatasetFiles(layout.path(root()), undefined);
    for (const adapter of datasetAdapters)
      assert.equal(await adapter.detect(files), adapter.name === layout.adapter, adapter.name);
    assert.equal((await read()).adapter, layout.adapter);
  });

  it("finds every image's file, below its folder", async () => {
    for (const { source } of imagesOf(await read())) {
      assert.doesNotMatch(source, /^\/|\\|(^|\/)\.\.(\/|$)/);
      assert.ok(existsSync(join(root(), source)), source);
      assert.ok(readDicom(readFileSync(join(root(), source)), source).rows > 0, source);
    }
  });

  it("gives ids that are unique and may be part of an object's name", async () => {
    const dataset = await read();
    const ids = [dataset.studies.map(({ studyId }) => studyId), imagesOf(dataset).map(({ imageId }) => imageId)];
    for (const some of ids) {
      assert.equal(new Set(some).size, some.length);
      for (const id of some) assert.match(id, /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
    }
  });

  it("labels images of both classes in both splits", async () => {
    const { studies } = await read();
    const kinds = studies.flatMap(({ split, images }) => images.map(({ label }) => `${split} ${label}`));
    assert.deepEqual([...new Set(kinds)].toSorted(), ["test 0", "test 1", "training 0", "training 1"]);
  });

  it("puts no patient into both splits", async () => {
    const dataset = await read();
    const splits = new Map<string, string>();
    for (const { patientId, studyId, split } of dataset.studies) {
      const patient = patientId ?? studyId;
      assert.equal(splits.get(patient) ?? split, split, patient);
      splits.set(patient, split);
    }
    assert.equal(describeDataset(dataset).comparison.isDisjoint, true);
  });

  it("reads the same twice, and what it reads is an index of a run", async () => {
    const dataset = await read();
    assert.deepEqual(await read(), dataset);
    for (const study of combineDatasets([dataset]).studies) {
      assert.deepEqual(indexedStudySchema.parse(JSON.parse(JSON.stringify(study))), study);
      for (const { viewPosition, findings } of study.images) {
        assert.match(viewPosition ?? "CC", /^[A-Z]{2,5}$/);
        for (const { box } of findings ?? []) assert.ok(!box || (box.x >= 0 && box.y >= 0 && box.width > 0), "a box");
      }
    }
  });

  it("does not let the order of the lines decide who is in which split", async () => {
    const splitsOf = ({ studies }: Dataset) => studies.map(({ studyId, split }) => `${studyId} ${split}`).toSorted();
    const before = splitsOf(await read());
    const end = original.includes("\r\n") ? "\r\n" : "\n";
    // A field may hold a line break between quotes.
    const [header, ...lines] = original.split(new RegExp(`${end}(?=(?:[^"]*"[^"]*")*[^"]*$)`)).filter((line) => line);
    writeFileSync(table(), [header, ...lines.toReversed(), ""].join(end));
    assert.deepEqual(splitsOf(await read()), before);
  });

  it("lists findings, or says that there are none to count", async () => {
    if (layout.hasFindings) {
      const images = imagesOf(await read({ rows: "findings" }));
      for (const { findings, rows } of images) assert.equal(rows, Math.max(1, findings!.length));
      assert.ok(
        images.flatMap(({ findings }) => findings!).some(({ categories }) => categories.length > 0),
        "findings",
      );
    } else await assert.rejects(read({ rows: "findings" }), /lists no findings/);
  });

  it("makes a split by seed and share, or keeps its own and says so", async () => {
    if (layout.hasOwnSplit) {
      assert.equal((await read()).madeSplit, undefined);
      for (const options of [{ splitSeed: 2 }, { testShare: 0.5 }])
        await assert.rejects(
          read(options),
          (error) => error instanceof UsageError && /split of its own/.test(error.message),
        );
      return;
    }
    const testStudies = ({ studies }: Dataset) =>
      studies.filter(({ split }) => split === "test").map(({ studyId }) => studyId);
    const first = await read();
    assert.deepEqual(first.madeSplit, { seed: 1, testShare: 0.2 });
    assert.deepEqual(testStudies(await read({ splitSeed: 1 })), testStudies(first));
    const others = await Promise.all([2, 3, 4].map(async (splitSeed) => testStudies(await read({ splitSeed }))));
    assert.ok(
      others.some((studies) => studies.join() !== testStudies(first).join()),
      "the seed decides",
    );
    assert.ok(
      testStudies(await read({ testShare: 0.5 })).length > 1.5 * testStudies(first).length,
      "the share decides",
    );
  });

  it("takes the label rule where BI-RADS decide, and refuses it where the data set has labels", async () => {
    for (const options of [{ malignantFrom: 4 as const }, { excludeBirads: [3] }])
      if (layout.hasOwnLabels)
        await assert.rejects(
          read(options),
          (error) => error instanceof UsageError && /labels of its own \(malignant where/.test(error.message),
        );
      else {
        const { labelRule } = await read(options);
        assert.deepEqual(labelRule, { malignantFrom: 3, excludeBirads: [], rows: "images", ...options });
      }
    const { labelRule } = await read();
    assert.equal("truth" in labelRule, layout.hasOwnLabels);
  });

  it("can be described, with nothing said that is not known", async () => {
    const statistics = describeDataset(await read());
    for (const text of [formatStatistics(statistics), statisticsHtml(statistics)])
      assert.doesNotMatch(text, /undefined|\bnull\b|NaN|\[object/);
  });

  it("warns in sentences", async () => {
    for (const warning of (await read()).warnings) assert.match(warning, /^[A-Z0-9].*\.$/);
  });

  it("names file and column when a column is missing", async () => {
    writeFileSync(table(), original.replace(layout.column, "something else"));
    await assert.rejects(read({ dataset: layout.adapter }), (error) => {
      assert.ok(error instanceof DatasetError);
      assert.deepEqual([error.code, error.retryable], ["DATASET_MISSING_COLUMN", false]);
      assert.ok(error.message.includes(`${table()}, line 1: `) && error.message.includes(layout.column), error.message);
      return true;
    });
  });

  it("names file, line and column of a value that nobody knows", async () => {
    const [from, to] = layout.bend;
    const line = original.slice(0, original.indexOf(from)).split("\n").length;
    writeFileSync(table(), original.replace(from, to));
    await assert.rejects(read(), (error) => {
      assert.ok(error instanceof DatasetError);
      assert.equal(error.code, "DATASET_UNKNOWN_VALUE");
      assert.match(error.message, /: .+ is ".+", expected .+; correct that line\.$/);
      // A record with a line break in it is named by its last line.
      const named = Number(/, line (\d+): /.exec(error.message)?.[1]);
      assert.ok(error.message.startsWith(`${table()}, line `) && named >= line && named <= line + 2, error.message);
      return true;
    });
  });

  it("names the table when it is not there", async () => {
    const path = layout.path(root());
    rmSync(table());
    const missing =
      layout.adapter === "cbis-ddsm"
        ? readDataset(join(folder.path, "x"), { dataset: layout.adapter })
        : readDataset(path, { ...layout.options, dataset: layout.adapter });
    await assert.rejects(missing, (error) => {
      assert.ok(error instanceof DatasetError);
      assert.equal(error.code, "DATASET_MISSING_FILE");
      assert.match(error.message, /\.csv does not exist.*; give the folder/);
      return true;
    });
  });
}
