/**
 * One core, full-size mammograms of each encoding: DICOM bytes to stored values, beside pydicom with the fastest of its plugins.
 * Both sides take turns on bytes in memory, and of lossless encodings they must find the same values. Counted is processor time
 * of all threads.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { decodePixels, readDicom } from "@mammoflow/dicom";
import { type Figure, figureOf, median } from "./figures.ts";
import { type Peer, peerProgram, startPeer } from "./peer.ts";

/** Two makers, breasts of different sizes. */
const filesUsed = 4;
const lossy = /baseline|extended|lossy|near/;

export interface CodecFigures {
  figures: Figure[];
  /** The fastest plugin by encoding, with its version. */
  peers: Record<string, string>;
}

interface DecodedFile {
  seconds: number;
  sha256: string;
}

/** @param folder holds uncompressed .dicom files; the peer writes them in every encoding beside them */
export async function measureCodecs(folder: string, rounds: number, python: string): Promise<CodecFigures> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".dicom"))
    .toSorted();
  const chosen = names.filter((_, index) => index % Math.ceil(names.length / filesUsed) === 0);
  const encoded = join(folder, "encoded");
  execFileSync(python, [peerProgram("codecs.py"), "encode", encoded, ...chosen.map((name) => join(folder, name))]);
  const peer = await startPeer(python, "codecs.py", ["serve", encoded]);
  const figures: Figure[] = [];
  const peers: Record<string, string> = {};
  for (const encoding of readdirSync(encoded).toSorted()) {
    const { figure, plugin } = await compare(encoded, encoding, rounds, peer);
    figures.push(figure);
    peers[encoding] = plugin;
  }
  await peer.close();
  return { figures, peers };
}

async function compare(
  folder: string,
  encoding: string,
  rounds: number,
  peer: Peer,
): Promise<{ figure: Figure; plugin: string }> {
  const names = readdirSync(join(folder, encoding)).toSorted();
  const files = names.map((name) => readFileSync(join(folder, encoding, name)));
  const plugins = await peer.ask(encoding);
  const expected = await decodeOurs(files, encoding); // warms up
  const ours: number[] = [];
  const theirs = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    ours.push(msAnImage(await decodeOurs(files, encoding)));
    for (const plugin of Object.keys(plugins)) {
      // The cast: the peer's own documentation says what it answers.
      const { files: decoded } = (await peer.ask(`${encoding} ${plugin}`)) as { files: DecodedFile[] | null };
      if (decoded === null) continue;
      if (!lossy.test(encoding) && decoded.some(({ sha256 }, index) => sha256 !== expected[index]?.sha256))
        throw new Error(`${plugin} finds other values in ${encoding}`);
      theirs.set(plugin, [...(theirs.get(plugin) ?? []), msAnImage(decoded)]);
    }
  }
  const [fastest] = [...theirs].toSorted(([, a], [, b]) => median(a) - median(b));
  if (fastest === undefined) throw new Error(`no plugin of pydicom decodes ${encoding}`);
  const plugin = String(plugins[fastest[0]]);
  return { figure: figureOf(encoding, ours, { [plugin]: fastest[1] }), plugin };
}

async function decodeOurs(files: Buffer[], encoding: string): Promise<DecodedFile[]> {
  const decoded: DecodedFile[] = [];
  for (const bytes of files) {
    const start = process.cpuUsage();
    const { samples } = await decodePixels(readDicom(bytes, encoding));
    const { user, system } = process.cpuUsage(start);
    const view = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    decoded.push({ seconds: (user + system) / 1e6, sha256: createHash("sha256").update(view).digest("hex") });
  }
  return decoded;
}

function msAnImage(files: DecodedFile[]): number {
  return (files.reduce((seconds, file) => seconds + file.seconds, 0) * 1000) / files.length;
}
