/**
 * How many full-size mammograms a second one process prepares, DICOM file to PNG, beside pydicom and OpenCV.
 *
 *   npm run bench -- [--studies 10] [--rounds 5] [--python FILE] [--json]
 *
 * `--python` (or PEER_PYTHON) names an interpreter with opencv-python-headless and pydicom; without it only our own figure is
 * printed. Prefix the command with `taskset -c 0` to give both one core. Files are full-size phantoms, uncompressed, made here,
 * and read from the page cache; both sides take turns, and must find the same crop boxes.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { writePhantomDataset } from "@mammoflow/dataset";
import { type Box, prepareImage, recipePresets } from "@mammoflow/imaging";
import { createFileReader } from "../services/preprocess-worker/src/file-reader.ts";

const { values } = parseArgs({
  options: {
    studies: { type: "string", default: "10" },
    rounds: { type: "string", default: "5" },
    python: { type: "string", default: process.env["PEER_PYTHON"] ?? "" },
    json: { type: "boolean", default: false },
  },
});

const read = createFileReader();

interface Round {
  imagesPerS: number;
  boxes: Record<string, number[]>;
}

async function ourRound(folder: string): Promise<Round> {
  const boxes: Record<string, number[]> = {};
  const start = performance.now();
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".dicom")) continue;
    const { cropBox } = await prepareImage(read(join(folder, name)), recipePresets.study, name);
    boxes[name] = boxNumbers(cropBox);
  }
  const seconds = (performance.now() - start) / 1000;
  return { imagesPerS: Object.keys(boxes).length / seconds, boxes };
}

const boxNumbers = ({ x, y, width, height }: Box): number[] => [x, y, width, height];

function peerRound(folder: string, flags: string[]): Round {
  const program = fileURLToPath(new URL("./peers/preprocess.py", import.meta.url));
  const text = execFileSync(values.python, [program, folder, "1", ...flags], { encoding: "utf8" });
  // The cast: the peer's own documentation names these fields.
  const { images_per_s: speeds, boxes } = JSON.parse(text) as { images_per_s: number[]; boxes: Round["boxes"] };
  return { imagesPerS: speeds[0] ?? 0, boxes };
}

const median = (numbers: number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

const folder = mkdtempSync(join(tmpdir(), "mammoflow-bench-"));
try {
  await writePhantomDataset({ out: folder, studies: Number(values.studies), scale: 1 });
  const speeds = { prepareImage: [] as number[], peer: [] as number[], "peer, hashing too": [] as number[] };
  const { boxes } = await ourRound(folder); // warms up
  for (let round = 0; round < Number(values.rounds); round++) {
    speeds.prepareImage.push((await ourRound(folder)).imagesPerS);
    if (values.python === "") continue;
    const peer = peerRound(folder, []);
    if (!isDeepStrictEqual(peer.boxes, boxes)) throw new Error("the peer crops other boxes");
    speeds.peer.push(peer.imagesPerS);
    speeds["peer, hashing too"].push(peerRound(folder, ["--sha256"]).imagesPerS);
  }
  const results = Object.entries(speeds)
    .filter(([, rounds]) => rounds.length > 0)
    .map(([name, rounds]) => ({
      name,
      imagesPerS: median(rounds),
      slowest: Math.min(...rounds),
      fastest: Math.max(...rounds),
    }));
  if (values.json) console.log(JSON.stringify(results));
  else
    for (const { name, imagesPerS, slowest, fastest } of results)
      console.log(
        `${name.padEnd(18)} ${imagesPerS.toFixed(1)} images/s (${slowest.toFixed(1)} to ${fastest.toFixed(1)})`,
      );
} finally {
  rmSync(folder, { recursive: true });
}
