import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { recipePresets } from "@mammoflow/imaging";
import { openStore } from "@mammoflow/storage";
import { servedRun, writeServedRun } from "../test/support/served-run.ts";
import { median } from "./figures.ts";
import { peerProgram } from "./peer.ts";

export interface ServingFigures {
  figures: ServingFigure[];
  versions: string;
}

/** A server with so many requests under way at once. */
export interface ServingFigure {
  server: string;
  atOnce: number;
  p50Ms: number;
  p99Ms: number;
  perSecond: number;
  /** Images for each second of processor time that the server's processes took. */
  perCore: number;
}

interface Server {
  url: string;
  process: ChildProcess;
}

const requests = { warmUp: 8, measured: 60 };
const atOnce = [1, 4];
const modes = [
  ["float32", "channels-last"],
  ["bfloat16", "bf16"],
] as const;

/**
 * MobileNetV2 on full-size DICOM files over HTTP, each side alone on the machine and in turns: ours as `mammoflow serve` runs it, and
 * Flask. The client's own processor time is not counted.
 */
export async function measureServing(
  folder: string,
  rounds: number,
  python: string | undefined,
): Promise<ServingFigures> {
  const images = dicomFiles(folder)
    .slice(0, 20)
    .map((file) => readFileSync(file));
  const measured = new Map<string, ServingFigure[]>();
  let versions = "";
  for (let round = 0; round < rounds; round++)
    for (const [precision, mode] of modes)
      for (const [name, start] of [
        [`mammoflow, ${precision}`, () => startOurs(join(folder, `store-${precision}`), precision)],
        ...(python === undefined
          ? []
          : ([
              [`Flask and PyTorch, ${precision}`, () => startPeer(python, mode, (said) => (versions = said))],
            ] as const)),
      ] as const) {
        const server = await start();
        try {
          for (const count of atOnce) {
            const key = `${name} ${count}`;
            measured.set(key, [
              ...(measured.get(key) ?? []),
              { server: name, atOnce: count, ...(await load(server, images, count)) },
            ]);
          }
        } finally {
          server.process.kill("SIGTERM");
          await once(server.process, "exit");
        }
      }
  return { figures: [...measured.values()].flatMap(middle), versions };
}

function middle(rounds: ServingFigure[]): ServingFigure[] {
  const of = (key: "p50Ms" | "p99Ms" | "perSecond" | "perCore"): number => median(rounds.map((round) => round[key]));
  const medians = { p50Ms: of("p50Ms"), p99Ms: of("p99Ms"), perSecond: of("perSecond"), perCore: of("perCore") };
  return rounds.slice(0, 1).map((first) => ({ ...first, ...medians }));
}

/** Keeps so many requests under way until all are answered. */
async function load(
  { url, process }: Server,
  images: Buffer[],
  count: number,
): Promise<Omit<ServingFigure, "server" | "atOnce">> {
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  const run = async (total: number): Promise<number[]> => {
    const times: number[] = [];
    let next = 0;
    const client = async (): Promise<void> => {
      while (next < total) {
        const image = images[next++ % images.length] ?? Buffer.alloc(0);
        const start = performance.now();
        await send(url, image, agent);
        times.push(performance.now() - start);
      }
    };
    await Promise.all(Array.from({ length: count }, client));
    return times;
  };
  await run(requests.warmUp);
  const [startedAt, startedCpu] = [performance.now(), processorSeconds(process.pid ?? 0)];
  const times = (await run(requests.measured)).toSorted((a, b) => a - b);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuSeconds = processorSeconds(process.pid ?? 0) - startedCpu;
  agent.destroy();
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99), perSecond: times.length / seconds, perCore: times.length / cpuSeconds };
}

function send(url: string, image: Buffer, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/dicom", "content-length": image.length };
    const asked = request(`${url}/v1/predict`, { method: "POST", headers, agent }, (answer) => {
      answer.resume();
      answer.once("end", () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`${url} answered ${answer.statusCode}`)),
      );
    });
    asked.once("error", reject);
    asked.end(image);
  });
}

async function startOurs(address: string, precision: "float32" | "bfloat16"): Promise<Server> {
  await writeServedRun(openStore(address), { recipe: recipePresets.study, precision });
  const main = fileURLToPath(new URL("../services/api/src/main.ts", import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, main], {
    env: {
      ...process.env,
      PORT: "0",
      LOG_LEVEL: "info",
      MAMMOFLOW_OUT: address,
      MAMMOFLOW_MODEL: `${servedRun.run}/${servedRun.experiment}`,
      MAMMOFLOW_API_KEYS: join(address, "no-keys.json"),
      MAMMOFLOW_API_RATE_PER_MINUTE: "1000000",
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const line = await firstLine(child);
  return { url: / answers at (\S+);/.exec(line)?.[1] ?? "", process: child };
}

async function startPeer(python: string, mode: string, onVersions: (said: string) => void): Promise<Server> {
  const child = spawn(python, [peerProgram("serve.py"), "mobilenetv2", mode, "4"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const { port, versions } = JSON.parse(await firstLine(child)) as { port: number; versions: Record<string, string> };
  onVersions(
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
  );
  return { url: `http://127.0.0.1:${port}`, process: child };
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("a server says where it is");
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error(`a server ended; run it by hand to see why: ${child.spawnargs.join(" ")}`);
}

/** Of a process and all below it, as Linux counts it: proc(5), hundredths of a second. */
function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const own = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(own[11]) + Number(own[12]);
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return ticks / 100 + children.reduce((sum, child) => sum + processorSeconds(child), 0);
}

function dicomFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".dicom"))
    .toSorted()
    .map((name) => join(folder, name));
}
