import { spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { inheritedEnvironment } from "./config.ts";

export interface ServiceSpec {
  name: string;
  /** File URL of the service's main module, as `import.meta.resolve` gives it. */
  main: string;
  args?: string[];
  environment?: Record<string, string>;
  logFile: string;
}

export interface Supervisor {
  close(): Promise<void>;
}

/**
 * Keeps services running as child processes: one that ends is started again, after 0.2 s, then twice as long up to 10 s.
 *
 * Children get a process group of their own, so that Ctrl-C reaches only the parent, which closes them in order; the
 * channel to the parent tells them (`closeOnSignal`) when it was killed.
 */
export function supervise(specs: ServiceSpec[], onEnd: (name: string, code: number | null) => void): Supervisor {
  let closing = false;
  const running = new Map<ServiceSpec, ChildProcess>();
  const restarts = new Set<NodeJS.Timeout>();

  const start = (spec: ServiceSpec, delayMs: number): void => {
    mkdirSync(dirname(spec.logFile), { recursive: true });
    const log = createWriteStream(spec.logFile, { flags: "a" });
    const startedAt = Date.now();
    const child = spawn(process.execPath, [...process.execArgv, fileURLToPath(spec.main), ...(spec.args ?? [])], {
      env: inheritedEnvironment(spec.environment),
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
    });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    running.set(spec, child);
    child.once("close", () => log.end()); // after what it said last
    child.once("exit", (code) => {
      running.delete(spec);
      if (closing) return;
      onEnd(spec.name, code);
      const nextDelayMs = Date.now() - startedAt > 30_000 ? 200 : Math.min(delayMs * 2, 10_000);
      const restart = setTimeout(() => {
        restarts.delete(restart);
        start(spec, nextDelayMs);
      }, delayMs);
      restarts.add(restart);
    });
  };

  const killAll = (): void => {
    for (const child of running.values()) child.kill("SIGKILL");
  };
  process.once("exit", killAll);
  for (const spec of specs) start(spec, 200);

  return {
    async close() {
      closing = true;
      for (const restart of restarts) clearTimeout(restart);
      await Promise.all(
        [...running.values()].map(
          (child) =>
            new Promise<void>((resolve) => {
              const force = setTimeout(() => child.kill("SIGKILL"), 20_000);
              child.once("close", () => {
                clearTimeout(force);
                resolve();
              });
              child.kill("SIGTERM");
            }),
        ),
      );
      process.off("exit", killAll);
    },
  };
}
