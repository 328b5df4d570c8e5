/**
 * One core, full-size mammograms: DICOM file to PNG in memory, beside pydicom and OpenCV and beside the floor, which is reading
 * the file and passing over it once. Files are full-size phantoms, uncompressed, in the page cache; all take turns.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { fileMemory, prepareImage, type Recipe, recipePresets } from "@mammoflow/imaging";
import { loadKernels } from "../packages/imaging/src/kernels/load-kernels.ts";
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
  const start = performance.now();
  for (const name of filesOf(folder)) {
    const { cropBox, png } = await prepareImage(readFileInto(join(folder, name), fileMemory), recipe, name);
    boxes[name] = [cropBox.x, cropBox.y, cropBox.width, cropBox.height];
    bytes += png.length;
  }
  const images = Object.keys(boxes).length;
  return { ms: (performance.now() - start) / images, boxes, pngKb: bytes / images / 1000 };
}

/** Reads each file into warm memory and passes over it once. */
function floorTurn(folder: string): number {
  const files = filesOf(folder);
  const start = performance.now();
  for (const name of files) {
    const bytes = readFileInto(join(folder, name), fileMemory);
    const even = bytes.subarray(bytes.byteOffset % 2, bytes.length & ~1);
    const values = new Uint16Array(even.buffer, even.byteOffset, even.length >> 1);
    loadKernels().frame(values, values.length).within({ low: 0, span: 0 }).runs(0);
  }
  return (performance.now() - start) / files.length;
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".dicom"));
}

/** One figure an output; with an interpreter, the ratios to the best and to the study's own Python. */
export async function measureSingleCore(folder: string, rounds: number, python: string | undefined): Promise<Figure[]> {
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
  return figures;
}

/** The peer's own documentation names these fields. */
function msOf(answer: Record<string, unknown>): number {
  return (Number(answer["seconds"]) * 1000) / Number(answer["images"]);
}
