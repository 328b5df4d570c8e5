import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readDataset, writePhantomDataset } from "@mammoflow/dataset";
import { readDicom, writeDicom } from "@mammoflow/dicom";
import { readAuditIn } from "@mammoflow/jobs";
import { type ObjectStore, openStore } from "@mammoflow/storage";
import { type CliResult, runCli, startCli } from "../support/cli.ts";
import { type SeenRequest, useFaultProxy } from "../support/fault-proxy.ts";
import { useGcsEmulator } from "../support/gcs-emulator.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

interface Outcome {
  uploaded: number;
  before: number;
  failures: { file: string; reason: string }[];
  others: number;
  identifying: Record<string, number>;
}

describe("mammoflow upload", function () {
  this.timeout(120_000);
  const emulator = useGcsEmulator();
  const proxy = useFaultProxy(() => emulator.endpoint);
  const folder = useTemporaryFolder();
  const at = (...names: string[]): string => join(folder.path, ...names);
  let uploads = 0;
  let out = "";
  let store: ObjectStore;
  let sources: string[];

  const cli = (args: string[], endpoint = proxy.endpoint): Promise<CliResult> =>
    runCli(args, { MAMMOFLOW_HOME: at("home"), STORAGE_EMULATOR_HOST: endpoint });
  const args = (...more: string[]): string[] => ["upload", at("data"), out, "--jobs", "1", "--json", ...more];
  const withKey = ["--key-file", at("study.key")];
  const upload = async (...more: string[]): Promise<Outcome & { code: number | null; stderr: string }> => {
    const { code, stdout, stderr } = await cli(args(...more));
    return { ...(JSON.parse(stdout || "{}") as Outcome), code, stderr };
  };
  const names = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const name of store.list("")) if (!name.startsWith("mammoflow-upload/")) found.push(name);
    return found;
  };
  const isWrite = ({ method, url }: SeenRequest): boolean => method === "POST" && url.startsWith("/upload/");

  before(async () => {
    withKey[1] = at("study.key");
    await writePhantomDataset({ out: at("data"), studies: 8, scale: 0.05, seed: 4 });
    const { studies } = await readDataset(at("data"));
    sources = studies.flatMap(({ images }) => images.map(({ source }) => source));
    const [rows, columns] = [60, 40];
    writeFileSync(
      at("data", sources[0]!),
      writeDicom({
        rows,
        columns,
        samples: new Uint16Array(rows * columns).fill(7),
        bitsStored: 12,
        photometricInterpretation: "MONOCHROME2",
        modality: "MG",
        patientId: "JANE-1",
        sopInstanceUid: "1.2.3.4.5",
        imageComments: "CALL DOE JANE",
      }),
    );
    writeFileSync(at("data", "notes.txt"), "Doe^Jane");
  });
  beforeEach(() => {
    proxy.reset();
    out = `gs://${emulator.bucket}/upload-${++uploads}`;
    store = openStore(out, emulator.endpoint);
  });
  afterEach(() => store.close());

  it("de-identifies a data set into the bucket, from where it is read like the original", async () => {
    const first = await upload(...withKey);
    assert.equal(first.code, 0, first.stderr);
    const tables = ["README.txt", "breast-level_annotations.csv", "finding_annotations.csv", "metadata.csv"];
    assert.deepEqual(await names(), [...sources, ...tables].toSorted());
    assert.deepEqual([first.uploaded, first.before, first.others], [36, 0, 2]);
    for (const name of sources) {
      const { bytes } = (await store.get(name))!;
      assert.doesNotMatch(bytes.toString("latin1"), /JANE|1\.2\.3\.4\.5\0/);
      assert.equal(readDicom(bytes, name).rows, readDicom(readFileSync(at("data", name)), name).rows);
    }
    const { root: _, ...there } = await readDataset(out, { gcsEndpoint: emulator.endpoint });
    const { root: __, ...here } = await readDataset(at("data"));
    assert.deepEqual(there, here);
    const validated = await cli(["validate", out, "--json"]);
    const report = JSON.parse(validated.stdout) as { images: number; errors: unknown[]; bytesRead: number };
    assert.deepEqual([validated.code, report.images, report.errors], [0, 32, []], validated.stderr);
    const inspected = await cli(["inspect", `${out}/${sources[1]}`, "--boxes", out, "--json"]);
    const { header } = JSON.parse(inspected.stdout || "{}") as { header?: { rows: number } };
    assert.equal(header?.rows, readDicom(readFileSync(at("data", sources[1]!)), "").rows, inspected.stderr);

    proxy.reset();
    const again = await upload(...withKey);
    assert.deepEqual([again.code, again.uploaded, again.before], [0, 0, 36]);
    // Two lines of the record, and tables, which are offered again.
    const { events, isWhole } = await readAuditIn(store, "mammoflow-upload/audit/");
    assert.equal(isWhole, true);
    assert.deepEqual(
      events.map(({ action }) => action),
      ["upload", "upload-ended", "upload", "upload-ended"],
    );
    assert.ok(proxy.seen.filter(isWrite).length <= 2 + tables.length, "images were sent again");
  });

  it("keeps headers only where it is told to, and says so in the record", async () => {
    const kept = await upload("--keep-headers", "--reason", "our own bucket");
    assert.equal(kept.code, 0, kept.stderr);
    assert.match(kept.stderr, /Headers are kept/);
    for (const name of sources) assert.deepEqual((await store.get(name))!.bytes, readFileSync(at("data", name)), name);
    assert.equal(kept.identifying["PatientID"], 1);
    const { events } = await readAuditIn(store, "mammoflow-upload/audit/");
    const [begun, ended] = events;
    assert.equal(begun?.action, "upload-with-headers");
    assert.equal(begun.facts["reason"], "our own bucket");
    assert.ok(begun.who.length > 0);
    assert.deepEqual(ended?.facts["identifying"], kept.identifying);
    assert.doesNotMatch(JSON.stringify(events), /JANE/);
    assert.match((await upload(...withKey)).stderr, /uploaded with their headers: upload in the same way/);
  });

  it("refuses what it cannot take names out of", async () => {
    const original = readFileSync(at("data", sources[1]!));
    writeFileSync(at("data", sources[1]!), "no DICOM at all, Doe^Jane");
    const refused = await upload(...withKey);
    writeFileSync(at("data", sources[1]!), original);
    assert.equal(refused.code, 1);
    assert.deepEqual(
      refused.failures.map(({ file }) => file),
      [sources[1]],
    );
    assert.match(refused.stderr, /is no DICOM file, so nothing can be said of whom it names: .*--keep-headers/);
    assert.equal((await names()).length, 35);

    const table = readFileSync(at("data", "metadata.csv"), "utf8");
    writeFileSync(at("data", "metadata.csv"), table.replace(/^/, "Patient's Name,").replace(/\n(?=.)/g, "\nDoe^Jane,"));
    const telling = await upload(...withKey);
    writeFileSync(at("data", "metadata.csv"), table);
    assert.equal(telling.code, 2);
    assert.match(
      telling.stderr,
      /metadata\.csv has columns that tell who a patient is \(Patient's Name\): take them out/,
    );
  });

  it("is wrong usage without saying how, or to no bucket, and says what to do about a bucket that is not there", async () => {
    const unsaid = await upload();
    assert.equal(unsaid.code, 2);
    assert.match(unsaid.stderr, /Name with --key-file the secret .*--keep-headers/);
    out = at("elsewhere");
    assert.equal((await upload(...withKey)).code, 2);
    out = "gs://no-such-bucket/data";
    const missing = await upload(...withKey);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /gcloud storage buckets create gs:\/\/no-such-bucket/);
  });

  it("writes nothing on a dry run", async () => {
    const { code, stdout } = await cli(args("--dry-run"));
    const plan = JSON.parse(stdout) as { images: number; tables: string[]; before: number; others: number };
    assert.deepEqual([code, plan.images, plan.tables.length, plan.before, plan.others], [0, 32, 4, 0, 2]);
    assert.deepEqual(await names(), []);
    assert.ok(proxy.seen.every(({ method }) => method === "GET"));
  });

  it("goes on where it was stopped", async () => {
    proxy.fault = (request) => (isWrite(request) ? { kind: "delay", ms: 150 } : undefined);
    const child = startCli(args(...withKey), { MAMMOFLOW_HOME: at("home"), STORAGE_EMULATOR_HOST: proxy.endpoint });
    while (proxy.seen.filter(isWrite).length < 6) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    assert.deepEqual(await once(child, "exit"), [130, null]);
    const present = (await names()).length;
    assert.ok(present >= 3 && present < 36, `${present} files were there`);
    proxy.reset();
    const rest = await upload(...withKey);
    assert.deepEqual([rest.code, rest.uploaded + rest.before, rest.before >= present], [0, 36, true], rest.stderr);
    assert.equal((await names()).length, 36);
  });

  it("loses nothing on a line where every eighth request fails", async () => {
    let turn = 0;
    const faults = [
      { kind: "status", status: 503, message: "Backend Error" },
      { kind: "lose answer" },
      { kind: "break request" },
      { kind: "damage request" },
    ] as const;
    proxy.fault = () => (++turn % 8 === 0 ? faults[(turn / 8) % faults.length] : undefined);
    const { code, stderr, uploaded, before: found } = await upload(...withKey);
    assert.deepEqual([code, uploaded + found], [0, 36], stderr);
    assert.equal((await names()).length, 36);
    proxy.reset();
    const { before: there, uploaded: sent } = await upload(...withKey);
    assert.deepEqual([there, sent], [36, 0]);
  });
});
