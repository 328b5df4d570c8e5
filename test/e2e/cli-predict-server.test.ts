import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { writeDicom, type DicomSpec } from "@mammoflow/dicom";
import type { Prediction } from "@mammoflow/serving";
import { useApi } from "../support/api.ts";
import { runCli } from "../support/cli.ts";

const header = {
  patientId: "JANE-DOE-19570412",
  studyInstanceUid: "1.2.826.0.1.3680043.8.498.111",
  seriesInstanceUid: "1.2.826.0.1.3680043.8.498.222",
  sopInstanceUid: "1.2.826.0.1.3680043.8.498.333",
  sopClassUid: "1.2.840.10008.5.1.4.1.1.1.2",
  manufacturer: "Manufacturer of Nowhere",
  manufacturerModelName: "Model T",
  imageComments: "CALL DOE JANE",
} satisfies Partial<DicomSpec>;

/** A breast at the left, whose file says more than its picture. */
function mammogram(): Uint8Array {
  const [columns, rows] = [150, 200];
  const samples = Uint16Array.from({ length: columns * rows }, (_, index) => {
    const depth = 1 - Math.hypot((index % columns) / 90, (Math.floor(index / columns) - 100) / 70);
    return depth >= 0 ? 300 + Math.round(1500 * Math.sqrt(depth)) : 30;
  });
  const frame = { rows, columns, samples, bitsStored: 12, photometricInterpretation: "MONOCHROME2" } as const;
  return writeDicom({ ...frame, ...header, modality: "MG", laterality: "L", viewPosition: "MLO" });
}

describe("mammoflow predict --server", function () {
  this.timeout(120_000);
  const api = useApi();
  const sent: Buffer[] = [];
  /** Passes everything on, and keeps what the client sends. */
  const wire = createServer((client) => {
    const upstream = connect(Number(new URL(api.url).port), "127.0.0.1");
    client.on("data", (bytes: Buffer) => sent.push(bytes));
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on("error", () => socket.destroy());
  });
  let file = "";
  let url = "";

  before(async () => {
    mkdirSync(join(api.folder, "Doe^Jane"));
    file = join(api.folder, "Doe^Jane", "IM-0001.dcm");
    writeFileSync(file, mammogram());
    wire.listen(0, "127.0.0.1");
    await once(wire, "listening");
    url = `http://127.0.0.1:${(wire.address() as AddressInfo).port}`;
  });
  after(() => void wire.close());

  it("has the server's answer about the very image, and sends no value of its header and no name", async () => {
    const { code, stdout, stderr } = await runCli(["predict", file, "--server", url, "--json"]);
    assert.equal(code, 0, stderr);
    const { answers } = JSON.parse(stdout) as { answers: (Prediction & { files: string[] })[] };
    const own = await api.model.predict([{ name: "own", bytes: mammogram() }]);
    assert.deepEqual([answers[0]!.files, answers[0]!.probability], [[file], own.probability]);
    assert.deepEqual([answers[0]!.review, answers[0]!.version], ["required", own.version]);
    const all = Buffer.concat(sent).toString("latin1");
    assert.match(all, /POST \/v1\/predict/);
    assert.match(all, /\u0089PNG/);
    for (const value of [...Object.values(header), "Doe", "IM-0001", "DICM", "MLO"])
      assert.ok(!all.includes(value), value);
    const png = Buffer.concat(sent).subarray(all.indexOf("\u0089PNG"));
    assert.deepEqual(chunksOf(png), ["IHDR", "IDAT", "IEND"]);
  });

  it("says what a file's preparation found, for people", async () => {
    const { code, stdout } = await runCli(["predict", file, "--server", api.url]);
    assert.equal(code, 0);
    assert.match(stdout, /IM-0001\.dcm: 0\.\d{3}, .* the threshold of 0\.350; calibrated 0\.\d{3}\n/);
    assert.match(stdout, /warning: the file has neither a VOI window nor a VOI look-up table/);
    assert.match(stdout, /Research use only\. Review by a qualified reader required\./);
  });

  it("names what is wrong: no server, none of ours, a key that is missing, an exam, two models", async () => {
    const refused = async (expected: number, message: RegExp, server: string, ...more: string[]): Promise<void> => {
      const { code, stderr } = await runCli(["predict", file, "--server", server, ...more]);
      assert.equal(code, expected, stderr);
      assert.match(stderr, message);
    };
    await refused(2, /is no address of a server/, "models.example");
    await refused(1, /does not answer .*mammoflow serve/, "http://127.0.0.1:9");
    await refused(2, /side in the headers, which are not sent/, api.url, "--exam");
    await refused(2, /leave out --model and --out, or --server/, api.url, "--model", "a/b");
    const { text } = await api.keys.add({ name: "reader", scopes: ["predict", "read"] });
    const guarded = await api.start();
    await refused(1, /refused \(401\).*MAMMOFLOW_API_KEY/, guarded.url);
    const { code, stderr } = await runCli(["predict", file, "--server", guarded.url], { MAMMOFLOW_API_KEY: text });
    assert.equal(code, 0, stderr);
  });
});

/** The kinds of a PNG's chunks, each once: what is more than pixels would show here. */
function chunksOf(png: Buffer): string[] {
  const kinds: string[] = [];
  for (let at = 8; kinds.at(-1) !== "IEND"; at += 12 + png.readUInt32BE(at)) {
    const kind = png.toString("latin1", at + 4, at + 8);
    if (kinds.at(-1) !== kind) kinds.push(kind);
  }
  return kinds;
}
