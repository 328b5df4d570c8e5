import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePhantomDataset } from "@mammoflow/dataset";
import { parsePredictions, type Prediction as TestPrediction } from "@mammoflow/evaluation";
import {
  manifestLineSchema,
  objectNames,
  readAudit,
  readJson,
  readLines,
  readRunConfig,
  trainingImagesSchema,
  type ManifestLine,
} from "@mammoflow/jobs";
import { loadSettings } from "@mammoflow/runtime";
import {
  openModel,
  promote,
  promotedModel,
  type GivenImage,
  type Prediction,
  type ServedModel,
} from "@mammoflow/serving";
import { openStore, type ObjectStore } from "@mammoflow/storage";
import sharp from "sharp";
import { preparePicture } from "../../packages/serving/src/child/prepared-picture.ts";
import { runCli, type CliResult } from "../support/cli.ts";
import { redis, skipUnless } from "../support/parts.ts";
import { commandOf } from "../support/processes.ts";
import { until } from "../support/waiting.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const run = "served";
const network = "mobilenetv2-sampler";
const head = `${network}-head-s1`;
const tree = "image-features-weighted-loss-tree-s1";
const everyModel = [
  ...["head", "last-block", "all"].map((part) => `${network}-${part}-s1`),
  ...["tree", "boosted"].map((kind) => `image-features-weighted-loss-${kind}-s1`),
];

describe("serving the models of a run", function () {
  this.timeout(300_000);
  const folder = useTemporaryFolder();
  const data = (): string => join(folder.path, "data");
  const out = (): string => join(folder.path, "runs");
  let store: ObjectStore;
  let manifest: ManifestLine[];
  const settings = loadSettings();
  const opened: ServedModel[] = [];

  before(async function () {
    skipUnless(this, redis);
    await writePhantomDataset({ out: data(), studies: 12, scale: 0.05, seed: 1 });
    const choices = ["--weights", "none", "--size", "64", "--epochs", "2", "--feature-type", "float16"];
    const grid = "backbone=mobilenetv2 imbalance=sampler part=head,last-block,all seed=1";
    const { code, stderr } = await runCli(
      ["submit", data(), "--out", out(), "--name", run, "--grid", grid, ...choices],
      {
        MAMMOFLOW_HOME: join(folder.path, "home"),
      },
    );
    assert.equal(code, 0, stderr);
    store = openStore(out());
    manifest = (await readLines(store, objectNames.manifest(run), manifestLineSchema))!;
  });

  after(async () => {
    for (const model of opened) await model.close();
  });

  const models = new Map<string, Promise<ServedModel>>();
  const served = async (experiment: string): Promise<ServedModel> => {
    const known = models.get(experiment);
    if (known) return known;
    const model = openModel({ store, named: { run, experiment }, settings });
    models.set(experiment, model);
    opened.push(await model);
    return model;
  };
  const given = ({ source }: Pick<ManifestLine, "source">): GivenImage => ({
    name: source,
    bytes: readFileSync(join(data(), source)),
  });
  const tested = async (experiment: string): Promise<TestPrediction[]> => {
    const name = objectNames.experiment(run, experiment, "predictions.csv");
    return parsePredictions((await store.get(name))!.bytes.toString(), name);
  };
  const lineOf = (imageId: string): ManifestLine => manifest.find((line) => line.imageId === imageId)!;

  it("prepares a DICOM file into the very bytes that the run stored", async () => {
    const { recipe } = await readRunConfig(store, run);
    for (const line of manifest.slice(0, 6)) {
      const picture = await preparePicture(given(line), { recipe, sizePx: 64 });
      const stored = (await store.get(line.address))!.bytes;
      assert.equal(Buffer.compare(picture.png, stored), 0, line.source);
    }
  });

  for (const experiment of everyModel)
    it(`says of test images what the run said: ${experiment}`, async () => {
      const model = await served(experiment);
      const predictions = await tested(experiment);
      const studies = new Set(predictions.map(({ studyId }) => studyId));
      for (const study of studies) {
        const own = predictions.filter(({ studyId }) => studyId === study);
        const exam = await model.predict(own.map(({ imageId }) => given(lineOf(imageId))));
        for (const [index, { probability }] of own.entries())
          assert.ok(Math.abs(exam.images[index]!.probability - probability) < 1e-6, `${experiment} ${index}`);
        assert.equal(exam.level, "patient");
        const breasts = ["L", "R"].map((side) => own.filter(({ laterality }) => laterality === side));
        const means = breasts.map((views) => views.reduce((sum, view) => sum + view.probability, 0) / views.length);
        assert.ok(Math.abs(exam.probability - Math.max(...means)) < 1e-6);
        assert.equal(exam.review, "required");
      }
    });

  it("decides and calibrates an image as the run did", async () => {
    let calibrations = 0;
    for (const experiment of everyModel.slice(0, 3)) {
      const model = await served(experiment);
      const { threshold } = model.facts.levels.image!;
      const name = objectNames.experiment(run, experiment, "predictions.csv");
      const [head, ...lines] = (await store.get(name))!.bytes.toString().trim().split("\r\n");
      const columns = head!.split(",");
      for (const line of lines.slice(0, 3)) {
        const cell = (column: string): string => line.split(",")[columns.indexOf(column)]!;
        const answer = await model.predict([given(lineOf(cell("image_id")))]);
        const label = Number(cell("probability")) >= threshold ? 1 : 0;
        assert.deepEqual([answer.level, answer.label, answer.threshold], ["image", label, threshold]);
        if (cell("calibrated") === "") assert.equal(answer.calibrated, null);
        else assert.ok(Math.abs(answer.calibrated! - Number(cell("calibrated"))) < 1e-5);
        if (answer.calibrated !== null) calibrations++;
      }
    }
    assert.ok(calibrations > 0);
  });

  it("gives the same for a PNG that went through the recipe before, and takes no other size", async () => {
    const model = await served(head);
    for (const line of manifest.slice(0, 2)) {
      const png = (await store.get(line.address))!.bytes;
      const prepared = await model.predict([{ name: "prepared.png", bytes: png, isPrepared: true }]);
      assert.equal(prepared.probability, (await model.predict([given(line)])).probability);
    }
    const large = await sharp({ create: { width: 96, height: 96, channels: 3, background: "#888" } })
      .greyscale()
      .png()
      .toBuffer();
    await assert.rejects(
      model.predict([{ name: "large.png", bytes: large, isPrepared: true }]),
      /large\.png is 96 px wide, and .* 64 px/,
    );
  });

  it("says what the model is: whence, how it decides, what it is not for, and its card", async () => {
    const { facts } = await served(head);
    assert.equal(facts.id, `${run}/${head}`);
    assert.match(facts.version, /^[0-9a-f]{64}$/);
    assert.notEqual(facts.version, (await served(tree)).facts.version);
    assert.equal(facts.recipeHash, (await readRunConfig(store, run)).recipeHash);
    assert.deepEqual(Object.keys(facts.levels).toSorted(), ["breast", "image", "patient"]);
    assert.match(facts.limits.join(" "), /Research use only.*generated phantoms.*BI-RADS/);
    assert.match(facts.card!, /^# mobilenetv2-sampler-head-s1\n/);
    assert.deepEqual([facts.testFlips, facts.sizePx, facts.isSynthetic], ["all", 64, true]);
    const name = objectNames.experiment(run, head, "model/training-images.json");
    const { views, likeness } = (await readJson(store, name, trainingImagesSchema))!;
    assert.deepEqual(Object.keys(views), ["CC", "MLO"]);
    assert.equal(facts.trainingImages!.likeness!.threshold, likeness!.threshold);
  });

  it("keeps nothing of a header in its answer, and knows no patient", async () => {
    const model = await served(head);
    const line = manifest[0]!;
    const answer = JSON.stringify(await model.predict([{ ...given(line), name: "x" }]));
    const words = given(line)
      .bytes.toString()
      .match(/[A-Za-z0-9^.-]{8,64}/g)!
      .filter((word) => /\d.*\d.*\d/.test(word));
    assert.ok(words.length > 3);
    for (const word of words) assert.ok(!answer.includes(word), word);
    assert.ok(!answer.includes(line.studyId) && !answer.includes(line.imageId));
  });

  it("finds what is no mammogram unlike its training images, and takes JPEG and PNG", async () => {
    const noise = Buffer.from(Uint8Array.from({ length: 120 * 160 }, (_, at) => (at * 7919 * ((at % 97) + 1)) % 256));
    const picture = sharp(noise, { raw: { width: 120, height: 160, channels: 1 } });
    for (const bytes of [await picture.clone().png().toBuffer(), await picture.clone().jpeg().toBuffer()])
      for (const experiment of [head, `${network}-all-s1`, tree]) {
        const { warnings, images } = await (await served(experiment)).predict([{ name: "noise", bytes }]);
        assert.ok(
          warnings.some(({ code }) => code === "UNLIKE_TRAINING"),
          `${experiment} ${images[0]!.unlikeness}`,
        );
      }
  });

  it("says of a model of an earlier version that there are no statistics, and answers all the same", async () => {
    const name = objectNames.experiment(run, head, "model/training-images.json");
    const { bytes } = (await store.get(name))!;
    await store.delete(name);
    const older = await openModel({ store, named: { run, experiment: head }, settings });
    try {
      await store.putOnce(name, bytes);
      assert.equal(older.facts.trainingImages, null);
      const answer = await older.predict([given(manifest[0]!)]);
      assert.equal(answer.images[0]!.unlikeness, null);
      assert.equal(answer.probability, (await (await served(head)).predict([given(manifest[0]!)])).probability);
    } finally {
      await older.close();
    }
  });

  it("explains an image in its own pixels; trees look at no place", async () => {
    const model = await served(`${network}-all-s1`);
    const line = manifest.find(({ laterality }) => laterality === "R")!;
    const explanation = await model.explain(given(line));
    assert.equal(explanation.probability, (await model.predict([given(line)])).probability);
    assert.deepEqual([explanation.method, explanation.review], ["grad-cam", "required"]);
    const { width, format } = await sharp(explanation.overlay).metadata();
    assert.deepEqual([width, format], [2 * 64 + 8, "png"]);
    for (const { box, share } of explanation.regions) {
      assert.ok(share > 0 && share <= 1);
      assert.ok(box.x >= 0 && box.x + box.width <= line.widthPx! && box.y >= 0 && box.y + box.height <= line.heightPx!);
    }
    await assert.rejects((await served(tree)).explain(given(line)), { code: "EXPLAIN_PART" });
  });

  it("names a damaged file and goes on, drops what is given up, and comes back when its process was killed", async () => {
    const model = await served(head);
    const good = given(manifest[0]!);
    const before = await model.predict([good]);
    const cut = { name: "cut.dcm", bytes: good.bytes.subarray(0, good.bytes.length / 2) };
    await assert.rejects(model.predict([cut]), /cut\.dcm/);
    await assert.rejects(model.predict([]), { code: "EXAM_SIZE" });
    await assert.rejects(model.predict(Array.from({ length: 5 }, () => good)), { code: "EXAM_SIZE" });
    await assert.rejects(model.predict([good], { signal: AbortSignal.abort(new Error("given up")) }), /given up/);
    const children = servingProcesses();
    assert.ok(children.length > 0);
    for (const pid of children) process.kill(pid, "SIGKILL");
    await until(() => children.every((pid) => !existsSync(`/proc/${pid}`))); // gone, and noticed to be
    assert.equal((await model.predict([good])).probability, before.probability);
  });

  describe("from the command line", () => {
    const cli = (...args: string[]): Promise<CliResult> =>
      runCli([...args, "--out", out()], { MAMMOFLOW_HOME: join(folder.path, "nowhere") });
    const file = (index: number): string => join(data(), manifest[index]!.source);

    it("promote chooses the model that answers, says so in the audit log, and refuses what is not trained", async () => {
      const none = await cli("predict", file(0));
      assert.equal(none.code, 1);
      assert.match(none.stderr, /No model of .* has been promoted: name one with --model/);
      const unknown = await cli("promote", `${run}/vgg16-none-head-s1`, "--why", "x");
      assert.equal(unknown.code, 1);
      assert.match(unknown.stderr, /its experiments are/);
      assert.equal(await promotedModel(store), undefined);
      assert.equal((await cli("promote", `${run}/${head}`)).code, 2);

      const { code, stdout } = await cli("promote", `${run}/${tree}`, "--why", "can be read");
      assert.equal(code, 0);
      assert.match(stdout, /answers from now on/);
      await promote(store, { run, experiment: head, by: "a reader", why: "better on validation" });
      const { experiment, by, why } = (await promotedModel(store))!;
      assert.deepEqual([experiment, by, why], [head, "a reader", "better on validation"]);
      const { events, isWhole } = await readAudit(store, run);
      assert.ok(isWhole);
      const [first, second] = events.filter(({ action }) => action === "promoted");
      assert.deepEqual(first!.facts, { experiment: tree, why: "can be read" });
      assert.deepEqual(second!.facts, { experiment: head, why: "better on validation", instead: `${run}/${tree}` });
    });

    it("predict answers for each file, names what it cannot read, and goes on", async () => {
      const bad = join(folder.path, "notes.txt");
      writeFileSync(bad, "no image");
      const result = await cli("predict", bad, file(0), join(folder.path, "absent.dcm"), file(1));
      assert.equal(result.code, 1);
      assert.match(result.stderr, /notes\.txt/);
      assert.match(result.stderr, /absent\.dcm cannot be read/);
      const lines = result.stdout.split("\n");
      assert.match(lines[0]!, new RegExp(`^${file(0)}: 0\\.\\d{3}, (below|at or above) the threshold of 0\\.\\d{3}`));
      assert.match(result.stdout, /Research use only\. Review by a qualified reader required\./);
      assert.match(result.stdout, new RegExp(`By ${run}/${head}, version [0-9a-f]{12}`));
    });

    it("predict --json has the numbers whole, of an exam too", async () => {
      const study = manifest.filter(({ studyId }) => studyId === manifest[0]!.studyId);
      const files = study.map(({ source }) => join(data(), source));
      const args = [...files, "--model", `${run}/${tree}`, "--exam", "--json"];
      const { code, stdout, stderr } = await cli("predict", ...args);
      assert.equal(code, 0, stderr);
      const { answers, failures } = JSON.parse(stdout) as {
        answers: (Prediction & { files: string[] })[];
        failures: [];
      };
      assert.deepEqual([answers.length, failures.length, answers[0]!.files], [1, 0, files]);
      const own = await (await served(tree)).predict(study.map(given));
      assert.deepEqual([answers[0]!.level, answers[0]!.probability], ["patient", own.probability]);
      assert.equal((await cli("predict", ...files, file(0), "--exam")).code, 2);
      assert.equal((await cli("predict", file(0), "--model", run)).code, 2);
    });

    it("explain --out-dir leaves a picture for each file", async () => {
      const pictures = join(folder.path, "maps");
      const env = { MAMMOFLOW_HOME: join(folder.path, "nowhere") };
      const args = ["explain", file(0), file(1), "--store", out(), "--out-dir", pictures, "--json"];
      const { code, stdout, stderr } = await runCli(args, env);
      assert.equal(code, 0, stderr);
      const { answers } = JSON.parse(stdout) as { answers: { file: string; picture: string; regions: object[] }[] };
      assert.deepEqual(
        answers.map((answer) => answer.file),
        [file(0), file(1)],
      );
      for (const { picture } of answers) assert.equal((await sharp(picture).metadata()).format, "png");
      const undirected = await runCli(["explain", file(0), "--store", out()], env);
      assert.equal(undirected.code, 2);
      assert.match(undirected.stderr, /say with --out-dir where the pictures go/);
    });
  });
});

/** Processes that serve a model, started by this one. */
function servingProcesses(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const isChild = readFileSync(`/proc/${pid}/status`, "utf8").includes(`PPid:\t${process.pid}\n`);
        return isChild && commandOf(pid).includes("serve-child");
      } catch {
        return false; // it ended meanwhile
      }
    });
}
