import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { supervise, type Supervisor } from "@mammoflow/runtime";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { isAlive, until } from "../support/waiting.ts";

const fixture = (name: string): string => join(import.meta.dirname, "../fixtures", name);

describe("supervised services", function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  const supervisors: Supervisor[] = [];
  const parents: ChildProcess[] = [];
  afterEach(async () => {
    for (const parent of parents.splice(0)) parent.kill("SIGKILL");
    await Promise.all(supervisors.splice(0).map((supervisor) => supervisor.close()));
  });

  const diaryOf = (name: string): { path: string; pids: (event: "started" | "closed") => number[] } => {
    const path = join(folder.path, name);
    return {
      path,
      pids: (event) =>
        existsSync(path)
          ? readFileSync(path, "utf8")
              .split("\n")
              .flatMap((line) => (line.startsWith(`${event} `) ? [Number(line.split(" ")[1])] : []))
          : [],
    };
  };

  it("are started again when they are killed, say so, and are closed in order", async () => {
    const diary = diaryOf("restarted");
    const ended: [string, number | null][] = [];
    const supervisor = supervise(
      [
        {
          name: "kept",
          main: pathToFileURL(fixture("supervised-service.ts")).href,
          args: [diary.path],
          logFile: join(folder.path, "logs", "kept.log"),
        },
      ],
      (name, code) => ended.push([name, code]),
    );
    supervisors.push(supervisor);
    await until(() => diary.pids("started").length === 1);
    process.kill(diary.pids("started")[0]!, "SIGKILL");
    await until(() => diary.pids("started").length === 2);
    const [first, second] = diary.pids("started");
    assert.deepEqual([ended, isAlive(first!), isAlive(second!)], [[["kept", null]], false, true]);
    await supervisor.close();
    assert.deepEqual([diary.pids("closed"), isAlive(second!)], [[second], false]);
    assert.match(readFileSync(join(folder.path, "logs", "kept.log"), "utf8"), /closing in order/);
  });

  it("close in order when the process that supervises them is killed", async () => {
    const diary = diaryOf("orphaned");
    const parent = spawn(
      process.execPath,
      [...process.execArgv, fixture("supervising-parent.ts"), diary.path, join(folder.path, "orphaned.log")],
      { stdio: "ignore" },
    );
    parents.push(parent);
    await until(() => diary.pids("started").length === 1);
    const [service] = diary.pids("started");
    parent.kill("SIGKILL");
    await until(() => !isAlive(service!));
    assert.deepEqual(diary.pids("closed"), [service]);
  });
});
