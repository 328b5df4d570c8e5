import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodePixels, readDicom, writeDicom } from "@mammoflow/dicom";
import { runCli } from "../support/cli.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

interface Report {
  keyFingerprint: string;
  files: { output: string; outputSha256: string; sourceSha256: string; pixels: string; changedPixels: number }[];
}

/** A breast at the left, letters at the upper right, and a patient's name in the file's own. */
function mammogram(patientId: string, sopInstanceUid: string): Buffer {
  const [columns, rows] = [90, 120];
  const samples = Uint16Array.from({ length: columns * rows }, (_, index) => {
    const [x, y] = [index % columns, Math.floor(index / columns)];
    const depth = 1 - Math.hypot(x / 50, (y - 60) / 40);
    if (depth >= 0) return 300 + Math.round(1500 * Math.sqrt(depth));
    return y >= 4 && y < 10 && x >= 70 && x < 85 && x % 2 === 0 ? 4000 : 30;
  });
  return Buffer.from(
    writeDicom({
      rows,
      columns,
      samples,
      bitsStored: 12,
      photometricInterpretation: "MONOCHROME2",
      modality: "MG",
      patientId,
      studyInstanceUid: "1.2.3",
      sopInstanceUid,
      sopClassUid: "1.2.840.10008.5.1.4.1.1.1.2",
      imageComments: "CALL DOE JANE",
    }),
  );
}

describe("mammoflow deidentify", function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const at = (...names: string[]): string => join(folder.path, ...names);
  const source = (): string => at("Doe^Jane");
  const deidentify = (out: string, ...more: string[]) =>
    runCli(["deidentify", source(), "--out", at(out), "--key-file", at("study.key"), ...more]);
  const filesIn = (path: string): string[] =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted();
  const reportIn = (out: string): Report =>
    JSON.parse(readFileSync(at(out, "deidentification.json"), "utf8")) as Report;

  before(() => {
    mkdirSync(at("Doe^Jane", "visit"), { recursive: true });
    writeFileSync(at("Doe^Jane", "Doe^Jane_1.dcm"), mammogram("JANE-1", "1.2.3.1"));
    writeFileSync(at("Doe^Jane", "visit", "IM0002"), mammogram("JANE-1", "1.2.3.2")); // known by its mark
    writeFileSync(at("Doe^Jane", "notes.txt"), "Doe^Jane");
  });

  it("writes files named by new UIDs, a report, and a key that only its owner can read", async () => {
    const result = await deidentify("out");
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^2 files in .*\n.*removed.*\n.*2 masked outside the breast, 0 not/);
    assert.match(result.stderr, /new key .* apart from the data/);
    assert.match(result.stderr, /1 files that are no DICOM images were left out/);
    assert.equal(statSync(at("study.key")).mode & 0o777, 0o600);
    const [first, second, report, ...rest] = filesIn(at("out"));
    assert.deepEqual(rest, []);
    assert.equal(report, at("out", "deidentification.json"));
    for (const file of [first!, second!]) assert.match(file.slice(at("out").length), /^\/2\.25\.\d+\/2\.25\.\d+\.dcm$/);
  });

  it("leaves no name, no comment, no text in the pixels and no key behind, in the report neither", async () => {
    const key = readFileSync(at("study.key"), "latin1").trim();
    for (const file of filesIn(at("out"))) {
      const bytes = readFileSync(file);
      for (const secret of ["Jane", "JANE", "IM0002", "1.2.3.1", key, Buffer.from(key, "hex")])
        assert.ok(!bytes.includes(secret), `${file} ${String(secret)}`);
      if (!file.endsWith(".dcm")) continue;
      const image = readDicom(bytes, file);
      assert.equal(image.burnedInAnnotation, "NO");
      assert.ok(!(await decodePixels(image)).samples.includes(4000));
    }
    const { files } = reportIn("out");
    assert.deepEqual(
      files.map(({ output, outputSha256 }) => [output, outputSha256]),
      filesIn(at("out"))
        .filter((file) => file.endsWith(".dcm"))
        .map((file) => [
          file.slice(at("out").length + 1),
          createHash("sha256").update(readFileSync(file)).digest("hex"),
        ]),
    );
    assert.ok(files.every(({ pixels, changedPixels }) => pixels === "masked" && changedPixels > 0));
  });

  it("does the same again without a change, and adds what is new to the report", async () => {
    const earlier = filesIn(at("out")).map((file) => readFileSync(file));
    assert.equal((await deidentify("out")).code, 0);
    assert.deepEqual(
      filesIn(at("out")).map((file) => readFileSync(file)),
      earlier,
    );
    writeFileSync(at("later.dcm"), mammogram("JANE-1", "1.2.3.9"));
    const later = await runCli([
      "deidentify",
      at("later.dcm"),
      "--out",
      at("out"),
      "--key-file",
      at("study.key"),
      "--json",
    ]);
    assert.equal(later.code, 0, later.stderr);
    const { written, files } = JSON.parse(later.stdout) as { written: number; files: { source: string }[] };
    assert.deepEqual([written, files[0]!.source], [1, at("later.dcm")]);
    assert.equal(reportIn("out").files.length, 3);
  });

  it("writes the good files when one is bad, names that one, and ends with 1", async () => {
    writeFileSync(at("Doe^Jane", "broken.dcm"), mammogram("JANE-1", "1.2.3.3").subarray(0, 400));
    const result = await deidentify("some", "--jobs", "2");
    assert.equal(result.code, 1);
    assert.match(result.stderr, /failed: .*broken\.dcm: .*broken\.dcm is cut short/);
    assert.equal(reportIn("some").files.length, 2);
  });

  it("refuses to write other content under a name that is there", async () => {
    const [file] = filesIn(at("some"));
    writeFileSync(file!, "other");
    const result = await deidentify("some");
    assert.equal(result.code, 1);
    assert.match(result.stderr, /failed: /);
    assert.equal(readFileSync(file!, "utf8"), "other");
  });

  it("refuses a folder that another key was used for, and a file that is no key", async () => {
    const other = await runCli(["deidentify", source(), "--out", at("out"), "--key-file", at("other.key")]);
    assert.equal(other.code, 1);
    assert.match(other.stderr, /another key/);
    const none = await runCli(["deidentify", source(), "--out", at("x"), "--key-file", at("Doe^Jane", "notes.txt")]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /no key of 64 hexadecimal digits/);
  });

  it("refuses a key among the data and outputs among the inputs, as wrong usage", async () => {
    const key = await runCli(["deidentify", source(), "--out", at("x"), "--key-file", at("x", "study.key")]);
    assert.equal(key.code, 2);
    assert.match(key.stderr, /apart from the data/);
    const out = await runCli(["deidentify", source(), "--out", at("Doe^Jane", "out"), "--key-file", at("study.key")]);
    assert.equal(out.code, 2);
    assert.match(out.stderr, /a folder beside it/);
  });
});
