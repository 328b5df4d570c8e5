import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";

/** The emulator's program, where set-up put it. */
export function findGcsEmulator(cacheDir: string): string | undefined {
  return (existsSync(cacheDir) ? readdirSync(cacheDir) : [])
    .filter((name) => name.startsWith("fake-gcs-server-"))
    .map((name) => join(cacheDir, name, "fake-gcs-server"))
    .find((path) => existsSync(path));
}

/** A Google Cloud Storage emulator in a process of its own, which keeps all that it is given in memory, with one bucket. */
export async function startGcsEmulator(
  program: string,
  bucket: string,
): Promise<{ endpoint: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const options = ["-scheme", "http", "-host", "127.0.0.1", "-port", String(port), "-backend", "memory"];
  const server = spawn(program, [...options, "-external-url", endpoint, "-log-level", "error"], { stdio: "ignore" });
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
  };
  for (let waitedMs = 0; waitedMs < 15_000; waitedMs += 50) {
    const body = JSON.stringify({ name: bucket });
    const answer = await fetch(`${endpoint}/storage/v1/b?project=test`, { method: "POST", body }).catch(
      () => undefined,
    );
    if (answer?.ok) return { endpoint, stop };
    await sleep(50);
  }
  await stop();
  throw new Error("The Google Cloud Storage emulator did not start.");
}
