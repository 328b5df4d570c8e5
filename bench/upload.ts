import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readDataset } from "@mammoflow/dataset";
import { loadSettings } from "@mammoflow/runtime";
import { crc32c, openStore } from "@mammoflow/storage";
import { findGcsEmulator, startGcsEmulator } from "../test/support/start-gcs-emulator.ts";
import { median } from "./figures.ts";

/** Megabytes (10^6) of full-size images a second into the emulator, by the clock. */
export interface UploadFigures {
  images: number;
  megabytes: number;
  /** The most that the emulator takes: bare requests with bytes that are in memory, by the best number of connections. */
  bare: number;
  bareConnections: number;
  /** The same with the checksums, taken beforehand, that make the emulator check what arrives; over as many connections. */
  bareChecked: number;
  /** The same bytes through `putOnce`, checksums and all. */
  store: number;
  /** `mammoflow upload --keep-headers`, from its first byte to its last. */
  keepHeaders: number;
  /** The same de-identifying. */
  deidentified: number;
}

const main = fileURLToPath(new URL("../services/producer/dist/main.js", import.meta.url));
const bucket = "mammoflow-bench";
const connectionCounts = [1, 2, 4, 8];

/** Uploads the data set in `folder` in every way, in turns; undefined without the emulator. */
export async function measureUpload(folder: string, rounds: number): Promise<UploadFigures | undefined> {
  const program = findGcsEmulator(loadSettings().cacheDir);
  if (program === undefined) {
    console.error("No emulator: `node scripts/setup.mjs --for-tests` builds fake-gcs-server; upload is left out.");
    return undefined;
  }
  const { studies } = await readDataset(folder);
  const files = studies.flatMap(({ images }) => images.map(({ source }) => readFileSync(join(folder, source))));
  const megabytes = files.reduce((sum, file) => sum + file.length, 0) / 1e6;
  const bare = new Map(connectionCounts.map((count): [number, number[]] => [count, []]));
  const ours: Record<"bareChecked" | "store" | "keepHeaders" | "deidentified", number[]> = {
    bareChecked: [],
    store: [],
    keepHeaders: [],
    deidentified: [],
  };
  const home = mkdtempSync(join(tmpdir(), "mammoflow-bench-upload-"));
  const inEmulator = (act: (endpoint: string) => Promise<number>): Promise<number> => withEmulator(program, act);
  try {
    for (let round = 0; round < rounds; round++) {
      for (const [connections, speeds] of bare)
        speeds.push(megabytes / (await inEmulator((endpoint) => putBare(files.map(plain), endpoint, connections))));
      ours.bareChecked.push(megabytes / (await inEmulator((endpoint) => putBare(files.map(checked), endpoint, 4))));
      ours.store.push(megabytes / (await inEmulator((endpoint) => putAll(files, endpoint))));
      ours.keepHeaders.push(await inEmulator((endpoint) => runVerb(folder, endpoint, home, ["--keep-headers"])));
      ours.deidentified.push(
        await inEmulator((endpoint) => runVerb(folder, endpoint, home, ["--key-file", join(home, "key")])),
      );
    }
  } finally {
    rmSync(home, { recursive: true });
  }
  const [bareConnections, best] = [...bare].reduce((a, b) => (median(b[1]) > median(a[1]) ? b : a));
  return {
    images: files.length,
    megabytes,
    bare: median(best),
    bareConnections,
    bareChecked: median(ours.bareChecked),
    store: median(ours.store),
    keepHeaders: median(ours.keepHeaders),
    deidentified: median(ours.deidentified),
  };
}

/** A fresh one each time: it keeps all that it was given in memory. */
async function withEmulator(program: string, act: (endpoint: string) => Promise<number>): Promise<number> {
  const { endpoint, stop } = await startGcsEmulator(program, bucket);
  try {
    return await act(endpoint);
  } finally {
    await stop();
  }
}

/** A request that uploads, but for the name. */
interface BareUpload {
  type: "media" | "multipart";
  contentType: string;
  body: Buffer[];
}

function plain(file: Buffer): BareUpload {
  return { type: "media", contentType: "application/dicom", body: [file] };
}

function checked(file: Buffer): BareUpload {
  const facts = JSON.stringify({ crc32c: crc32c(file) });
  const head = `--bare\r\nContent-Type: application/json\r\n\r\n${facts}\r\n--bare\r\nContent-Type: application/dicom\r\n\r\n`;
  const body = [Buffer.from(head), file, Buffer.from("\r\n--bare--\r\n")];
  return { type: "multipart", contentType: "multipart/related; boundary=bare", body };
}

/** Uploads over kept connections, and nothing else. @returns seconds */
async function putBare(uploads: BareUpload[], endpoint: string, connections: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const put = ({ type, contentType, body }: BareUpload, index: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const url = `${endpoint}/upload/storage/v1/b/${bucket}/o?uploadType=${type}&name=${index}`;
      const length = body.reduce((sum, part) => sum + part.length, 0);
      const headers = { "content-length": length, "content-type": contentType };
      const sent = request(url, { method: "POST", agent, headers }, (answer) => {
        answer.resume();
        answer.once("end", () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}`))));
      });
      sent.once("error", reject);
      for (const part of body) sent.write(part);
      sent.end();
    });
  const startedAt = performance.now();
  await inParallel(uploads, connections, put);
  agent.destroy();
  return (performance.now() - startedAt) / 1000;
}

/** @returns seconds */
async function putAll(files: Buffer[], endpoint: string): Promise<number> {
  const store = openStore(`gs://${bucket}/store`, endpoint);
  const startedAt = performance.now();
  await inParallel(files, 4, (file, index) => store.putOnce(`${index}.dicom`, file));
  await store.close();
  return (performance.now() - startedAt) / 1000;
}

async function inParallel<Item>(
  files: Item[],
  atOnce: number,
  act: (file: Item, index: number) => Promise<unknown>,
): Promise<void> {
  const next = files.entries();
  const work = async (): Promise<void> => {
    for (const [index, file] of next) await act(file, index);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** @returns megabytes a second, as the verb itself says */
async function runVerb(folder: string, endpoint: string, home: string, how: string[]): Promise<number> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [main, "upload", folder, `gs://${bucket}/upload`, ...how, "--json"],
    { env: { ...process.env, MAMMOFLOW_HOME: home, STORAGE_EMULATOR_HOST: endpoint }, maxBuffer: 1e8 },
  );
  const { sentBytes, seconds } = JSON.parse(stdout) as { sentBytes: number; seconds: number };
  return sentBytes / 1e6 / seconds;
}

/** The table of the part. */
export function uploadTable(figures: UploadFigures): string {
  const { images, megabytes, bare, bareConnections, bareChecked, store, keepHeaders, deidentified } = figures;
  const row = (what: string, speed: number): string =>
    `| ${what} | ${speed.toFixed(0)} MB/s | ${(speed / bare).toFixed(2)}x |`;
  return [
    `| into fake-gcs-server, ${images} images of ${megabytes.toFixed(0)} MB, ${availableParallelism()} cores for both | speed | of its fastest client |`,
    "| --- | --- | --- |",
    row(`bare requests from memory, unchecked, ${bareConnections} connections: the fastest`, bare),
    row("the same with checksums that the emulator checks, taken beforehand", bareChecked),
    row("`putOnce` from memory, checked both ways", store),
    row("`mammoflow upload --keep-headers`, from files", keepHeaders),
    row("`mammoflow upload`, de-identified", deidentified),
  ].join("\n");
}
