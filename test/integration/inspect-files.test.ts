import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writeDicom } from "@mammoflow/dicom";
import { createFilesInspector, type FilesInspector } from "../../services/producer/src/inspect-files.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("looking at files in other processes", function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const inspectors: FilesInspector[] = [];
  afterEach(() => Promise.all(inspectors.splice(0).map((inspector) => inspector.close())));

  const open = (options: { jobs?: number; deadlineMs?: number; module?: URL } = {}): FilesInspector => {
    const inspector = createFilesInspector({ jobs: 2, deadlineMs: 60_000, memoryMb: 1000, ...options });
    inspectors.push(inspector);
    return inspector;
  };

  /** One small image a name; each has its place as its number of columns. */
  const write = (names: string[]): { path: string; source: string }[] =>
    names.map((source, index) => {
      const path = join(folder.path, source);
      const columns = index + 1;
      const samples = new Uint8Array(columns);
      writeFileSync(
        path,
        writeDicom({ rows: 1, columns, samples, bitsStored: 8, photometricInterpretation: "MONOCHROME2" }),
      );
      return { path, source };
    });

  it("gives every file's facts in the order asked for, from several processes, and counts them", async () => {
    const files = write(Array.from({ length: 150 }, (_, index) => `${index}.dicom`));
    let done = 0;
    const facts = await open().inspect({ look: "header", files, patientKey: "k" }, (more) => (done += more));
    assert.deepEqual(
      facts.map(({ header }) => header?.columns),
      files.map((_, index) => index + 1),
    );
    assert.equal(done, 150);
    assert.deepEqual(await open().inspect({ look: "whole", files: [], patientKey: "k" }, () => {}), []);
  });

  it("lets files that hang or kill their process fail alone", async () => {
    const files = write(["1.dicom", "hangs.dicom", "3.dicom", "kills.dicom", "5.dicom", "throws.dicom", "7.dicom"]);
    const module = pathToFileURL(join(import.meta.dirname, "../fixtures/inspect-files-child.ts"));
    const inspector = open({ jobs: 1, deadlineMs: 5000, module });
    const facts = await inspector.inspect({ look: "header", files, patientKey: "k" }, () => {});
    assert.deepEqual(
      facts.map(({ sizeBytes, failure }) => failure?.code ?? sizeBytes > 0),
      [true, "CHILD_TIMEOUT", true, "CHILD_CRASHED", true, "UNEXPECTED", true],
    );
    assert.match(facts[1]!.failure!.message, /5000 ms/);
  });
});
