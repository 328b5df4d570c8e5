/**
 * How many full-size mammograms a second one process prepares, DICOM file to PNG, beside pydicom and OpenCV.
 *
 *   node --conditions=source --import=tsx bench/preprocess.ts [--images 8] [--rounds 5] [--python FILE] [--json]
 *
 * `--python` (or PEER_PYTHON) names an interpreter with opencv-python-headless and pydicom; without it only our own figure is
 * printed. Prefix the command with `taskset -c 0` to give both one core. Files are uncompressed, 3518 x 2800, 12 of 16 bit,
 * made here, and read from the page cache; both sides take turns, and must find the same crop boxes.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeDicom } from "@mammoflow/dicom";
import { type Box, prepareImage, recipePresets } from "@mammoflow/imaging";

const rows = 3518;
const columns = 2800;

const { values } = parseArgs({
  options: {
    images: { type: "string", default: "8" },
    rounds: { type: "string", default: "5" },
    python: { type: "string", default: process.env["PEER_PYTHON"] ?? "" },
    json: { type: "boolean", default: false },
  },
});

/** A half disc of tissue with noise on a black background, and a burnt-in label: what sets the time of every step. */
function mammogram(seed: number): Uint8Array {
  let noise = seed + 1; // a linear congruential generator, so that every run measures the same files
  const samples = new Uint16Array(rows * columns);
  const radius = { x: 1200 + 60 * seed, y: 1500 };
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const distance = Math.hypot((x + 1) / radius.x, (y - rows / 2) / radius.y);
      const tissue = (1 - distance) ** 0.4 * 2600 * (1 + 0.2 * Math.sin(x / 37) * Math.cos(y / 53));
      noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
      if (distance < 1) samples[y * columns + x] = tissue + (noise >>> 25);
      else if (y > 200 && y < 300 && x > 2300 && x < 2500) samples[y * columns + x] = 4000;
    }
  return writeDicom({ rows, columns, samples, bitsStored: 12, photometricInterpretation: "MONOCHROME2" });
}

interface Round {
  imagesPerS: number;
  boxes: Record<string, number[]>;
}

async function ourRound(folder: string): Promise<Round> {
  const boxes: Record<string, number[]> = {};
  const start = performance.now();
  for (const name of readdirSync(folder)) {
    const { cropBox } = await prepareImage(readFileSync(join(folder, name)), recipePresets.study, name);
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
  for (let image = 0; image < Number(values.images); image++)
    writeFileSync(join(folder, `${image}.dicom`), mammogram(image));
  const speeds = { prepareImage: [] as number[], peer: [] as number[], "peer, hashing too": [] as number[] };
  const { boxes } = await ourRound(folder); // warms up
  for (let round = 0; round < Number(values.rounds); round++) {
    speeds.prepareImage.push((await ourRound(folder)).imagesPerS);
    if (values.python === "") continue;
    const peer = peerRound(folder, []);
    if (JSON.stringify(peer.boxes) !== JSON.stringify(boxes)) throw new Error("the peer crops other boxes");
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
