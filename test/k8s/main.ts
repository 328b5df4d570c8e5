/**
 * `npm run test:k8s`: the manifests against the schemas of Kubernetes and KEDA.
 *
 * - `--live`: also against a real API server with KEDA (KUBECONFIG) and a Redis that it and this machine reach
 *   (MAMMOFLOW_K8S_REDIS, `redis://:password@host:port`); see `live.ts` and `doctor.ts`
 * - `--write`: first writes KEDA's triggers as the queues' names and prefix ask for
 */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./render.ts";
import { writeTriggers } from "./triggers.ts";

const { live, write } = parseArgs({ options: { live: { type: "boolean" }, write: { type: "boolean" } } }).values;
if (write) {
  writeTriggers();
  execFileSync(join(root, "node_modules/.bin/oxfmt"), ["deploy/k8s/components/keda"], { cwd: root, stdio: "inherit" });
}
const specs = ["test/k8s/manifests.test.ts", ...(live ? ["test/k8s/doctor.ts", "test/k8s/live.ts"] : [])];
const tests = spawnSync(process.execPath, ["scripts/run-tests.mjs", ...specs], { cwd: root, stdio: "inherit" });
process.exitCode = tests.status ?? 1;
