/**
 * Forges files of every kind until it is stopped, and keeps those that became neither an image nor an error with a code.
 *
 *   npm run fuzz -- [--seed N] [--kind NAME] [--minutes M] [--out FOLDER]
 *   npm run fuzz -- --replay FILE
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Finding, openFuzzer } from "./campaign.ts";
import { fuzzKinds } from "./kinds.ts";
import { openWorker } from "./worker-process.ts";

const { values: options } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    kind: { type: "string" },
    minutes: { type: "string", default: "Infinity" },
    out: { type: "string", default: "fuzz-findings" },
    replay: { type: "string" },
  },
});

process.exitCode = options.replay === undefined ? await fuzz() : await replay(options.replay);

async function replay(path: string): Promise<number> {
  const worker = openWorker();
  const { outcome, problem } = await worker.judge(readFileSync(path));
  await worker.close();
  console.log(problem === undefined ? `${path}: ${outcome}` : `${path}: ${outcome}\n${problem}`);
  return problem === undefined ? 0 : 1;
}

async function fuzz(): Promise<number> {
  const seed = Number(options.seed);
  const kinds = fuzzKinds().filter(({ name }) => options.kind === undefined || name === options.kind);
  if (kinds.length === 0)
    throw new Error(
      `there is no kind ${options.kind}: ${fuzzKinds()
        .map(({ name }) => name)
        .join(", ")}`,
    );
  const fuzzer = openFuzzer();
  const endAt = performance.now() + Number(options.minutes) * 60_000;
  const atOnce = 500;
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  let mutations = 0;
  let findings = 0;
  for (let from = 0; !stop.signal.aborted && performance.now() < endAt; from += atOnce)
    for (const kind of kinds) {
      if (stop.signal.aborted || performance.now() >= endAt) break;
      const result = await fuzzer.run(kind, seed, from, from + atOnce);
      for (const finding of result.findings) keep(finding);
      mutations += result.mutations;
      findings += result.findings.length;
      const { number, ms } = result.slowest;
      console.log(
        `${kind.name} ${from + atOnce}: ${describe(result.outcomes)}; slowest ${number} in ${Math.round(ms)} ms; ` +
          `${mutations} mutations, ${findings} findings (seed ${seed})`,
      );
    }
  await fuzzer.close();
  return findings === 0 ? 0 : 1;
}

/** The file, and beside it how it was made and what was wrong. */
function keep({ kind, seed, number, how, problem, bytes }: Finding): void {
  mkdirSync(options.out, { recursive: true });
  const path = join(options.out, `${kind}-${seed}-${number}`);
  writeFileSync(`${path}.bin`, bytes);
  writeFileSync(`${path}.txt`, `${how}\n\n${problem}\n`);
  console.log(`FOUND ${path}.bin: ${how}\n${problem.split("\n").slice(0, 3).join("\n")}`);
}

function describe(outcomes: Record<string, number>): string {
  return Object.entries(outcomes)
    .toSorted(([, a], [, b]) => b - a)
    .map(([outcome, count]) => `${count} ${outcome.replace(/^DICOM_/, "").toLowerCase()}`)
    .join(", ");
}
