/**
 * One core, full-size mammograms: DICOM file to PNG in memory, beside pydicom and OpenCV and beside the floor, which is reading
 * the file and passing over it once. Files are full-size phantoms, uncompressed, in the page cache; all take turns. Counted is
 * processor time of all threads: what one core needs that has nothing else to do.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { fileMemory, prepareImage, type Recipe, recipePresets } from "@mammoflow/imaging";
import { instantiate } from "../packages/imaging/src/kernels/wasm-module.ts";
import { readFileInto } from "../services/preprocess-worker/src/file-reader.ts";
import { type Figure, figureOf } from "./figures.ts";
import { startPeer } from "./peer.ts";

const [scale, crop, , clahe] = recipePresets.study.steps;

/** What is made, in the words of the table and of peers/preprocess.py. */
const outputs: { name: string; peer: string; recipe: Recipe }[] = [
  { name: "256 px, 8 bit, CLAHE (`study`)", peer: "256", recipe: recipePresets.study },
  { name: "1024 px, 8 bit, CLAHE", peer: "1024", recipe: { version: 1, steps: [scale, crop, square(1024), clahe] } },
  { name: "full size, 16 bit", peer: "full16", recipe: { version: 1, steps: [{ ...scale, bits: 16 }, crop] } },
];

function square(sidePx: number): Recipe["steps"][number] & { step: "resize" } {
  return { ...recipePresets.study.steps[2], widthPx: sidePx, heightPx: sidePx };
}

/** Milliseconds an image. */
interface Turn {
  ms: number;
  boxes: Record<string, number[]>;
  pngKb: number;
}

async function ourTurn(folder: string, recipe: Recipe): Promise<Turn> {
  const boxes: Record<string, number[]> = {};
  let bytes = 0;
  const start = process.cpuUsage();
  for (const name of filesOf(folder)) {
    const { geometry, png } = await prepareImage(readFileInto(join(folder, name), fileMemory), recipe, name);
    const { x, y, width, height } = geometry.cropBox;
    boxes[name] = [x, y, width, height];
    bytes += png.length;
  }
  const images = Object.keys(boxes).length;
  return { ms: usedMs(start) / images, boxes, pngKb: bytes / images / 1000 };
}

/** Reads each file into warm memory and passes over it once, comparing each value. */
function floorTurn(folder: string): number {
  const floor = (floorModule ??= instantiate(readFileSync(kernelsUrl)));
  if (floor === undefined) throw new Error("this host has no WebAssembly SIMD");
  const files = filesOf(folder);
  const start = process.cpuUsage();
  for (const name of files) {
    const bytes = readFileInto(join(folder, name), (sizeBytes) => new Uint8Array(floor.memory, floorAt, sizeBytes));
    floor.kernels.runsWithin(floorAt, 0, bytes.length >> 1, 0, 0, floorAt - 0x100000);
  }
  return usedMs(start) / files.length;
}

const kernelsUrl = new URL("../packages/imaging/build/kernels.wasm", import.meta.url);
const floorAt = 0x400000;
let floorModule: ReturnType<typeof instantiate>;

function usedMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".dicom"));
}

export interface SingleCoreFigures {
  figures: Figure[];
  /** Of the peer's libraries, in words. */
  versions: string;
}

/** One figure an output, in processor time; with an interpreter, beside the best and the study's own Python. */
export async function measureSingleCore(
  folder: string,
  rounds: number,
  python: string | undefined,
): Promise<SingleCoreFigures> {
  const peer = python === undefined ? undefined : await startPeer(python, "preprocess.py", [folder]);
  const figures: Figure[] = [];
  for (const { name, peer: what, recipe } of outputs) {
    const ours: number[] = [];
    const floor: number[] = [];
    const lean: number[] = [];
    const study: number[] = [];
    const { boxes } = await ourTurn(folder, recipe); // warms up
    await peer?.ask(`lean ${what}`);
    for (let round = 0; round < rounds; round++) {
      ours.push((await ourTurn(folder, recipe)).ms);
      floor.push(floorTurn(folder));
      if (peer === undefined) continue;
      const answer = await peer.ask(`lean ${what}`);
      if (!isDeepStrictEqual(answer["boxes"], boxes)) throw new Error("the peer crops other boxes");
      lean.push(msOf(answer));
      if (what === "256" && round < 2) study.push(msOf(await peer.ask(`study ${what}`)));
    }
    figures.push(figureOf(name, ours, { "Python, hand-tuned": lean, "Python, as the study": study, floor }));
  }
  await peer?.close();
  const versions = Object.entries(peer?.hello ?? {}).map(([name, version]) => `${name} ${String(version)}`);
  return { figures, versions: versions.length > 0 ? ` (${versions.join(", ")})` : "" };
}

/** The peer's own documentation names these fields. */
function msOf(answer: Record<string, unknown>): number {
  return (Number(answer["seconds"]) * 1000) / Number(answer["images"]);
}
