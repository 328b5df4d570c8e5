import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "@mammoflow/runtime";
import { probeSucceeds, type Cluster, type Pod } from "./cluster.ts";
import { root } from "./render.ts";

const services = ["preprocess-worker", "train-worker"] as const;
type Service = (typeof services)[number];

export interface Nodes {
  running(): number;
  seen(): { most: Record<Service, number>; gpuPods: number; ready: number };
  close(): Promise<void>;
}

/** Runs a process for each running pod, ends it when its pod goes, and ends the pod when it ends. */
export function playNodes(cluster: Cluster, redisUrl: string, folder: string): Nodes {
  const processes = new Map<string, ChildProcess>();
  const ended = new Set<string>();
  const most: Record<Service, number> = { "preprocess-worker": 0, "train-worker": 0 };
  const readyPods = new Set<string>();
  let gpuPods = 0;

  const start = (service: Service, pod: Pod): void => {
    const { name } = pod.metadata;
    const container = pod.spec.containers[0];
    const args = container?.args?.slice(2) ?? []; // after `node services/train-worker/dist/main.js`
    if (container?.resources.limits["nvidia.com/gpu"] === "1") gpuPods++;
    const log = createWriteStream(join(folder, `${name}.log`));
    const child = spawn(
      process.execPath,
      ["--conditions=source", "--import=tsx", join(root, "services", service, "src/main.ts"), ...args],
      {
        env: { ...process.env, REDIS_URL: redisUrl, MAMMOFLOW_HEARTBEAT_FILE: join(folder, name) }, // oxlint-disable-line node/no-process-env -- inherited
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    child.stderr.pipe(log);
    processes.set(name, child);
    child.once("exit", (code) => {
      processes.delete(name);
      ended.add(name);
      if (code !== 0) console.log(readFileSync(join(folder, `${name}.log`), "utf8"));
      const phase = code === 0 ? "Succeeded" : "Failed";
      // A worker that was told to go has lost its pod already.
      cluster
        .kubectl([
          "patch",
          "pod",
          name,
          "--subresource=status",
          "--type=merge",
          "-p",
          JSON.stringify({ status: { phase } }),
        ])
        .catch(() => {});
    });
  };

  const step = async (): Promise<void> => {
    const here = new Set<string>();
    for (const service of services) {
      const pods = (await cluster.runningPods(service)).filter(({ metadata: { name } }) => !ended.has(name));
      most[service] = Math.max(most[service], pods.length);
      for (const pod of pods) {
        const { name } = pod.metadata;
        here.add(name);
        if (!processes.has(name)) start(service, pod);
        else if (
          service === "preprocess-worker" &&
          !readyPods.has(name) &&
          (await probeSucceeds(pod, join(folder, name)))
        )
          readyPods.add(name);
      }
    }
    for (const [name, child] of processes) if (!here.has(name)) child.kill("SIGTERM");
  };

  const stop = new AbortController();
  const playing = (async () => {
    while (!stop.signal.aborted) {
      await step().catch((error: unknown) => console.log(messageOf(error))); // asked again
      await sleep(500);
    }
  })();
  return {
    running: () => processes.size,
    seen: () => ({ most, gpuPods, ready: readyPods.size }),
    async close() {
      stop.abort();
      await playing;
      await Promise.all(
        [...processes.values()].map(async (child) => {
          child.kill("SIGKILL");
          await once(child, "exit");
        }),
      );
    },
  };
}
