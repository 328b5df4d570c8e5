import { execFile, spawn } from "node:child_process";
import { z } from "zod";

const podSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), deletionTimestamp: z.string().optional() }),
  spec: z.looseObject({
    containers: z.array(
      z.looseObject({
        args: z.array(z.string()).optional(),
        resources: z.looseObject({ limits: z.record(z.string(), z.string()) }),
        readinessProbe: z.looseObject({ exec: z.looseObject({ command: z.array(z.string()) }) }),
      }),
    ),
  }),
  status: z.looseObject({ phase: z.string() }),
});
export type Pod = z.infer<typeof podSchema>;

export interface Cluster {
  /** Runs kubectl in the test's namespace and gives what it printed. */
  kubectl(args: string[], input?: string): Promise<string>;
  /** The pods of a service that run; those that end or are being deleted do not. */
  runningPods(service: string): Promise<Pod[]>;
  /** What the API server holds under a path of an object, as text. */
  field(object: string, jsonPath: string): Promise<string>;
}

export function connectCluster(namespace: string): Cluster {
  const kubectl = (args: string[], input?: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const child = execFile(
        "kubectl",
        ["--namespace", namespace, "--request-timeout=20s", ...args],
        { maxBuffer: 64 * 2 ** 20 },
        (error, stdout, stderr) =>
          error ? reject(new Error(`kubectl ${args.join(" ")}: ${stderr}`)) : resolve(stdout),
      );
      child.stdin?.end(input ?? "");
    });
  return {
    kubectl,
    async runningPods(service) {
      const list = await kubectl(["get", "pods", "-l", `app.kubernetes.io/name=${service}`, "-o", "json"]);
      return z
        .object({ items: z.array(podSchema) })
        .parse(JSON.parse(list))
        .items.filter(({ metadata, status }) => status.phase === "Running" && metadata.deletionTimestamp === undefined);
    },
    field: (object, jsonPath) => kubectl(["get", object, "-o", `jsonpath={${jsonPath}}`]),
  };
}

/** Whether a pod's readiness probe, run here, finds a worker ready whose heartbeat lies elsewhere. */
export function probeSucceeds({ spec: { containers } }: Pod, heartbeat: string): Promise<boolean> {
  const [program = "", ...args] = containers[0]?.readinessProbe.exec.command ?? [];
  const probe = spawn(
    program,
    args.map((arg) => arg.replaceAll("/tmp/heartbeat", heartbeat)),
    { stdio: "ignore" },
  );
  return new Promise((resolve) => probe.once("close", (code) => resolve(code === 0)));
}
