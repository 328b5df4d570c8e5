import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gcs, gcsEmulator, skipUnless } from "./parts.ts";

export interface GcsEmulator {
  readonly endpoint: string;
  /** A bucket that exists. */
  readonly bucket: string;
  stop(): Promise<void>;
}

/** A Google Cloud Storage emulator of its own, in memory, for the suite that calls this. */
export function useGcsEmulator(): GcsEmulator {
  const emulator = { endpoint: "", bucket: "mammoflow-test" };
  let server: ChildProcess | undefined;
  const stop = async (): Promise<void> => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGKILL");
    await ended;
  };
  before(async function () {
    skipUnless(this, gcs);
    this.timeout(20_000);
    const port = await freePort();
    emulator.endpoint = `http://127.0.0.1:${port}`;
    const options = ["-scheme", "http", "-host", "127.0.0.1", "-port", String(port), "-backend", "memory"];
    server = spawn(String(gcsEmulator), [...options, "-external-url", emulator.endpoint, "-log-level", "error"], {
      stdio: "ignore",
    });
    await untilBucketIsMade(emulator);
  });
  after(stop);
  return Object.assign(emulator, { stop });
}

async function untilBucketIsMade({ endpoint, bucket }: { endpoint: string; bucket: string }): Promise<void> {
  for (let waitedMs = 0; waitedMs < 15_000; waitedMs += 50) {
    const answer = await fetch(`${endpoint}/storage/v1/b?project=test`, {
      method: "POST",
      body: JSON.stringify({ name: bucket }),
    }).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(50);
  }
  throw new Error("The Google Cloud Storage emulator did not start.");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}
