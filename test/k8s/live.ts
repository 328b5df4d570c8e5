import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { connectRedis, openQueues, queueNames, readRun, type Queues } from "@mammoflow/jobs";
import { runCli } from "../support/cli.ts";
import { skipUnless, weights } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/waiting.ts";
import { connectCluster } from "./cluster.ts";
import { playNodes } from "./play-nodes.ts";
import { deployment, podTemplatesOf, render } from "./render.ts";

/**
 * Against a real API server with KEDA (KUBECONFIG) whose nodes run nothing (kwok), and an empty Redis that KEDA and this
 * machine reach (MAMMOFLOW_K8S_REDIS). This test is the nodes: for each pod that the API server says runs, it runs the
 * pod's command as a real process, and tells the API server how that ended. A whole run, with real images and
 * TensorFlow, goes through; nothing else takes its jobs.
 */
describe("mammoflow on a Kubernetes cluster", function () {
  this.timeout(15 * 60_000);
  const folder = useTemporaryFolder();
  const namespace = `mammoflow-test-${process.pid}`;
  const cluster = connectCluster(namespace);
  const redisUrl = new URL(process.env["MAMMOFLOW_K8S_REDIS"] ?? "redis://127.0.0.1:6379"); // oxlint-disable-line node/no-process-env -- the test's own setting
  let queues: Queues;

  before(async function () {
    skipUnless(this, weights);
    queues = openQueues(await connectRedis(redisUrl.href, "client"));
    assert.equal(await queues.redis.dbsize(), 0, `the Redis at ${redisUrl.host} must be empty and for this test alone`);
    await cluster.kubectl(["create", "namespace", namespace]);
    const password = decodeURIComponent(redisUrl.password);
    await cluster.kubectl(["create", "secret", "generic", "redis", `--from-literal=password=${password}`]);
  });
  after(async () => {
    await cluster.kubectl(["delete", "namespace", namespace, "--wait=false"]);
    await queues.redis.flushdb();
    await queues.close();
    queues.redis.disconnect();
  });

  /** A folder of the manifests in the test's namespace, with changes. */
  const adapted = (name: string, changes = ""): string => {
    const target = join(folder.path, name.replaceAll("/", "-"));
    mkdirSync(target, { recursive: true });
    writeFileSync(
      join(target, "kustomization.yaml"),
      `namespace: ${namespace}\nresources: [${relative(target, join(deployment, name))}]\n${changes}`,
    );
    return target;
  };

  it("takes every object of the base and of each overlay in a strict dry run, and the pods that they describe", async () => {
    const dryRun = (object: object): Promise<string> =>
      cluster.kubectl(["create", "--dry-run=server", "--validate=strict", "-f", "-"], JSON.stringify(object));
    await cluster.kubectl(["label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted"]);
    for (const name of ["base", "overlays/local", "overlays/gke"])
      for (const object of render(adapted(name))) {
        if (object.kind === "ServiceAccount") await cluster.kubectl(["apply", "-f", "-"], JSON.stringify(object));
        else if (object.kind !== "Namespace") await dryRun(object);
        if (object.kind === "StatefulSet") continue; // its pod's volume comes from a claim
        // What admission says of pods it says when somebody makes them: here, us.
        for (const template of podTemplatesOf(object))
          await dryRun({ apiVersion: "v1", kind: "Pod", ...template, metadata: { ...template.metadata, name: "pod" } });
      }
  });

  it("follows the queue up to several workers and GPU Jobs through a whole run, and down to zero", async () => {
    const overlay = adapted("overlays/gke", changesForTest(redisUrl.host));
    await cluster.kubectl(["apply", "--server-side", "-k", overlay]);
    for (const object of [
      "scaledobject/preprocess-worker",
      "scaledjob/train-worker-extract",
      "scaledjob/train-worker-learn",
    ])
      await cluster.kubectl(["wait", "--for=condition=Ready", object, "--timeout=90s", "--request-timeout=0"]);
    const replicas = (): Promise<string> => cluster.field("deployment/preprocess-worker", ".spec.replicas");
    await until(async () => (await replicas()) === "0", 90_000);

    const data = join(folder.path, "phantoms");
    const cli = async (...args: string[]): Promise<void> => {
      const { code, stderr } = await runCli(args, { REDIS_URL: redisUrl.href });
      assert.equal(code, 0, stderr);
    };
    // Half a minute of work for one worker: an HPA looks every 15 s.
    await cli("phantom", "--out", data, "--studies", "160", "--scale", "0.2");
    const runs = ["first", "second"];
    const choices =
      "--recipe mammogram --models efficientnet-lite0 --part head --imbalance none,sampler --baselines none";
    for (const run of runs)
      await cli("submit", data, "--out", join(folder.path, "runs"), "--name", run, ...choices.split(" "));

    const nodes = playNodes(cluster, redisUrl.href, folder.path);
    try {
      for (const run of runs) {
        await until(async () => (await readRun(queues.redis, run))?.state !== "running", 10 * 60_000);
        assert.equal((await readRun(queues.redis, run))?.state, "done");
      }
      await until(async () => (await replicas()) === "0" && nodes.running() === 0, 120_000);
    } finally {
      await nodes.close();
    }
    for (const name of queueNames)
      assert.equal(
        await queues.queue[name].getJobCountByTypes(
          "wait",
          "prioritized",
          "delayed",
          "active",
          "waiting-children",
          "failed",
        ),
        0,
        name,
      );
    const { most, gpuPods, ready } = nodes.seen();
    console.log(
      `      at most ${most["preprocess-worker"]} preprocess workers and ${most["train-worker"]} GPU Jobs at once; GPU pods: ${gpuPods}; ready by their probes: ${ready}`,
    );
    assert.ok(most["preprocess-worker"] >= 2, "one worker did everything");
    assert.ok(most["train-worker"] >= 2, "two experiments had one Job");
    assert.ok(ready >= 2, "no worker was seen ready by its probe");
    const jobs = await cluster.kubectl(["get", "jobs", "-o", "jsonpath={.items[*].status.failed}"]);
    assert.equal(jobs.trim(), "", "a Job's pod failed");
  });
});

/** Short waits, few studies for each worker, no nodes of Google's, and pods that end when their process does. */
function changesForTest(redisAddress: string): string {
  return `
configMapGenerator:
  - { name: settings, behavior: merge, literals: [REDIS_ADDRESS=${redisAddress}] }
patches:
  - target: { kind: Deployment }
    patch: |
      - { op: add, path: /spec/template/spec/nodeSelector, value: {} }
  - target: { kind: ScaledObject }
    patch: |
      - { op: replace, path: /spec/pollingInterval, value: 2 }
      - { op: replace, path: /spec/cooldownPeriod, value: 15 }
      - { op: replace, path: /spec/maxReplicaCount, value: 3 }
      - { op: replace, path: /spec/advanced/scalingModifiers/target, value: "10" }
      - { op: replace, path: /spec/advanced/horizontalPodAutoscalerConfig/behavior/scaleDown/stabilizationWindowSeconds, value: 0 }
  - target: { kind: ScaledJob }
    patch: |
      - { op: replace, path: /spec/pollingInterval, value: 2 }
      - { op: replace, path: /spec/maxReplicaCount, value: 2 }
      - { op: add, path: /spec/jobTargetRef/template/spec/nodeSelector, value: {} }
      - { op: add, path: /spec/jobTargetRef/template/metadata/annotations/pod-complete.stage.kwok.x-k8s.io~1delay, value: 24h }
`;
}
