/**
 * Feature extraction and training beside PyTorch: the same PNGs, both sides in turns on all cores of the machine, wall time.
 * Weights are random: speed does not depend on them.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writePhantomDataset } from "@mammoflow/dataset";
import { prepareImage, recipePresets } from "@mammoflow/imaging";
import { type Figure, figureOf } from "./figures.ts";
import { type Peer, startPeer, startProgram } from "./peer.ts";

const backbones = ["vgg16", "resnet18", "mobilenetv2", "resnet50"] as const;
const titles = { vgg16: "VGG-16", resnet18: "ResNet-18", mobilenetv2: "MobileNetV2", resnet50: "ResNet-50" };
const peerNames = { plain: "PyTorch", "channels-last": "PyTorch, channels_last", bf16: "PyTorch, channels_last, bf16" };
type PeerMode = keyof typeof peerNames;
const ourProgram = fileURLToPath(new URL("learn.ts", import.meta.url));

export interface LearningFigures {
  /** Milliseconds an image, an epoch counting its images anew. */
  figures: Figure[];
  /** Seconds of 10 epochs over 16,000 vectors of 512 numbers. */
  headSeconds: number;
  /** The most memory that training every layer of any of the backbones has taken. */
  allPeakMb: number;
  /** Hours that all 20,000 images of VinDr-Mammo would take: features of all flips of the four backbones, at bfloat16. */
  hoursForAll: number;
  versions: string;
}

interface Turn {
  ms: number;
  peakMb: number;
}

/** What is measured: our line, and the peer's in each of its modes. */
interface Measure {
  name: string;
  ours: string;
  peers: Partial<Record<PeerMode, string>>;
  rounds: number;
}

/** Whose features are taken: three batches. */
const images = 96;

function measures(rounds: number): Measure[] {
  const extraction = backbones.flatMap((backbone): Measure[] => [
    {
      name: `${titles[backbone]}, features, float32`,
      ours: `extract ${backbone} float32 ${images}`,
      peers: {
        plain: `extract ${backbone} plain ${images}`,
        "channels-last": `extract ${backbone} channels-last ${images}`,
      },
      rounds,
    },
    {
      name: `${titles[backbone]}, features, bfloat16`,
      ours: `extract ${backbone} bfloat16 ${images}`,
      peers: { bf16: `extract ${backbone} bf16 ${images}` },
      rounds,
    },
  ]);
  const training = (["resnet18", "mobilenetv2"] as const).flatMap((backbone): Measure[] => [
    {
      name: `${titles[backbone]}, the study's loop: 3 strategies x 10 epochs, head`,
      ours: `study ${backbone} float32 10 3`,
      peers: { plain: `study ${backbone} plain 1` }, // every epoch of every strategy is the same work
      rounds: 1,
    },
    {
      name: `${titles[backbone]}, last block, 10 epochs`,
      ours: `tail ${backbone} float32 10`,
      peers: { plain: `tail ${backbone} plain 4` },
      rounds: 1,
    },
    {
      name: `${titles[backbone]}, every layer, batches of 16`,
      ours: `all ${backbone} float32 6`,
      peers: { plain: `all ${backbone} plain 6`, bf16: `all ${backbone} bf16 6` },
      rounds,
    },
  ]);
  return [...extraction, ...training];
}

export async function measureLearning(rounds: number, python: string | undefined): Promise<LearningFigures> {
  const folder = mkdtempSync(join(tmpdir(), "mammoflow-bench-learning-"));
  try {
    await writeImages(folder);
    return await measureOn(folder, rounds, python);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** 200 phantoms as a run prepares them, 256 px. */
async function writeImages(folder: string): Promise<void> {
  const dicom = join(folder, "dicom");
  await writePhantomDataset({ out: dicom, studies: 50, scale: 0.15 });
  for (const name of readdirSync(dicom, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".dicom")) continue;
    const { png } = await prepareImage(readFileSync(join(dicom, name)), recipePresets.study, name);
    writeFileSync(join(folder, `${basename(name, ".dicom")}.png`), png);
  }
}

async function measureOn(folder: string, rounds: number, python: string | undefined): Promise<LearningFigures> {
  const ours = await startProgram(process.execPath, [...process.execArgv, ourProgram, folder]);
  const peer = python === undefined ? undefined : await startPeer(python, "learn.py", [folder]);
  const figures: Figure[] = [];
  for (const { name, ours: line, peers, rounds: turns } of measures(rounds)) {
    const own: number[] = [];
    const others: Record<string, number[]> = {};
    for (let round = 0; round < turns; round++) {
      own.push((await turn(ours, line)).ms);
      for (const [mode, peerLine] of Object.entries(peers))
        if (peer) (others[peerNames[mode as PeerMode]] ??= []).push((await turn(peer, peerLine)).ms); // the entries of a record have its keys
    }
    figures.push(figureOf(name, own, others));
    console.error(`${name}: done`);
  }
  const heads = await turn(ours, "heads 16000 512 10");
  await ours.close();
  await peer?.close();

  const fresh = await startProgram(process.execPath, [...process.execArgv, ourProgram, folder]);
  let allPeakMb = 0;
  for (const backbone of ["resnet18", "mobilenetv2"])
    allPeakMb = (await turn(fresh, `all ${backbone} float32 3`)).peakMb;
  await fresh.close();

  const halves = figures.filter(({ name }) => name.endsWith("bfloat16"));
  const versions = Object.entries(peer?.hello ?? {}).map(([name, version]) => `${name} ${String(version)}`);
  return {
    figures,
    headSeconds: (heads.ms * 160_000) / 1000,
    allPeakMb,
    hoursForAll: halves.reduce((sum, { ours }) => sum + (ours.median * 80_000) / 3_600_000, 0),
    versions: versions.join(", "),
  };
}

async function turn(program: Peer, line: string): Promise<Turn> {
  const { images, seconds, peakMb } = await program.ask(line);
  return { ms: (Number(seconds) * 1000) / Number(images), peakMb: Number(peakMb) };
}
