import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writePhantomDataset } from "@mammoflow/dataset";
import { runCli } from "../support/cli.ts";
import { redis, skipUnless, weights } from "../support/parts.ts";
import { commandOf, descendants } from "../support/processes.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const root = join(import.meta.dirname, "../..");

describe("processes killed in the middle of a run", function () {
  this.timeout(300_000);
  const folder = useTemporaryFolder();
  let up: ChildProcess | undefined;

  const startUp = (home: string): void => {
    up = spawn(
      process.execPath,
      [
        "--conditions=source",
        "--import=tsx",
        join(root, "services/producer/src/main.ts"),
        "up",
        "--preprocess-workers",
        "2",
      ],
      { env: { ...process.env, MAMMOFLOW_HOME: home, MAMMOFLOW_LOCK_MS: "2000" }, stdio: "ignore" },
    );
  };
  const untilUp = async (environment: Record<string, string>): Promise<void> => {
    for (let tries = 0; tries < 40; tries++) if ((await runCli(["status"], environment)).code === 0) return;
    throw new Error("the services did not come up");
  };
  const kill = (name: RegExp): number => {
    const found = descendants(up!.pid!).filter((pid) => name.test(commandOf(pid)));
    for (const pid of found) process.kill(pid, "SIGKILL");
    return found.length;
  };
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  afterEach(() => {
    for (const pid of up?.pid ? [...descendants(up.pid), up.pid] : []) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // it has ended already
      }
    }
  });

  it("lose nothing and change no number", async function () {
    skipUnless(this, redis);
    skipUnless(this, weights);
    if (process.platform !== "linux") this.skip();
    const data = join(folder.path, "data");
    await writePhantomDataset({ out: data, studies: 40, scale: 0.1, seed: 5 });
    const submit = [
      "submit",
      data,
      "--models",
      "efficientnet-lite0",
      "--imbalance",
      "sampler,none",
      "--size",
      "128",
      "--protocol",
      "study",
      "--json",
    ];
    const numbersOf = (out: string): string[] =>
      ["sampler", "none"].map((strategy) =>
        readFileSync(join(out, "runs/run/models", `efficientnet-lite0-${strategy}-head-s1`, "metrics.json"), "utf8"),
      );

    const calm = join(folder.path, "calm");
    const undisturbed = await runCli([...submit, "--name", "run", "--out", calm], {
      MAMMOFLOW_HOME: join(folder.path, "home-calm"),
    });
    assert.equal(undisturbed.code, 0, undisturbed.stderr);

    const wild = join(folder.path, "wild");
    const environment = { MAMMOFLOW_HOME: join(folder.path, "home-wild") };
    startUp(environment.MAMMOFLOW_HOME);
    await untilUp(environment);
    const disturbed = runCli([...submit, "--name", "run", "--out", wild, "--watch"], environment);
    let kills = 0;
    for (let round = 0; round < 4; round++) {
      await sleep(2500);
      kills += kill([/preprocess-worker/, /prepare-image-child/, /train-worker/, /learn-child/][round]!);
    }
    const outcome = await disturbed;
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.ok(kills >= 3, `${kills} processes were killed`);
    const { submitted, completed, failed } = JSON.parse(outcome.stdout) as Record<string, number>;
    assert.deepEqual([submitted, completed, failed], [40, 40, 0]);
    assert.deepEqual(numbersOf(wild), numbersOf(calm));
    assert.equal(
      readFileSync(join(wild, "runs/run/manifest.jsonl"), "utf8"),
      readFileSync(join(calm, "runs/run/manifest.jsonl"), "utf8"),
    );
  });
});
