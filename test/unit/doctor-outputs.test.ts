import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import {
  configMapsSchema,
  podsSchema,
  scalersSchema,
  workloadsSchema,
} from "../../services/producer/src/doctor/cluster-objects.ts";
import {
  type ComposeProject,
  type Container,
  readContainers,
  readListed,
  readProject,
} from "../../services/producer/src/doctor/compose-output.ts";
import type { Finding } from "../../services/producer/src/doctor/finding.ts";
import {
  judgeImages,
  judgeKeda,
  judgePods,
  judgeSettings,
  judgeWorkloads,
  templatesIn,
} from "../../services/producer/src/doctor/judge-cluster.ts";
import { judgePorts, judgeServices, judgeVersions } from "../../services/producer/src/doctor/judge-compose.ts";
import { judgeRedis } from "../../services/producer/src/doctor/judge-redis.ts";
import { readJson } from "../../services/producer/src/doctor/run-program.ts";

/** What Docker 20.10, Compose 2.26, Redis 7.0 and Kubernetes 1.36 with KEDA 2.21 printed, of this repository's deployments. */
const recorded = (name: string): string => readFileSync(join(import.meta.dirname, "../fixtures/doctor", name), "utf8");
const objects = <Schema extends z.ZodType>(schema: Schema, name: string): z.infer<Schema> => {
  const found = readJson(schema, recorded(name));
  assert.ok(found !== undefined, `${name} cannot be read`);
  return found;
};
const inShort = (findings: Finding[]): string[] => findings.map(({ part, state }) => `${part}: ${state}`);
const of = (findings: Finding[], wanted: string): string => {
  const found = findings.find(({ part }) => part === wanted);
  return `${found?.state}: ${found?.detail} -> ${found?.advice}`;
};

describe("what doctor makes of Compose's output", () => {
  const project = readProject(recorded("compose-config.json")) as ComposeProject;
  const containersOf = (kind: string): Container[] =>
    readContainers(readListed(recorded(`compose-ps-${kind}.jsonl`)), recorded(`docker-inspect-${kind}.json`));

  it("is that a stack which is well, is", () => {
    const containers = containersOf("healthy");
    const findings = [
      ...judgeServices(project, containers),
      ...judgePorts(containers),
      ...judgeVersions(containers, "0.1.0"),
    ];
    assert.deepEqual(
      inShort(findings).filter((line) => !line.endsWith(": ok")),
      [],
    );
    assert.deepEqual(
      findings.map(({ part }) => part),
      ["dashboard", "fake-gcs", "init", "preprocess-worker", "redis", "train-worker", "weights", "ports", "versions"],
    );
    assert.match(of(findings, "ports"), /dashboard on 127\.0\.0\.1:3000/);
  });

  it("names what is not well, with the last words of its health check", () => {
    const containers = containersOf("broken");
    const findings = judgeServices(project, containers);
    assert.match(of(findings, "dashboard"), /^warning: is starting/);
    assert.match(
      of(findings, "preprocess-worker"),
      /^failed: unhealthy: no heartbeat for a while -> docker compose logs/,
    );
    assert.match(of(findings, "train-worker"), /^failed: never started/);
    assert.match(of(findings, "weights"), /^failed: exited with code 3/);
    assert.match(of(findings, "init"), /^ok/);
    assert.match(
      of(judgePorts(containers), "ports"),
      /^failed: dashboard is published on 0\.0\.0\.0:3000.*-> publish it as 127\.0\.0\.1/,
    );
  });

  it("tells images of another version from those of this one", () => {
    assert.match(
      of(judgeVersions(containersOf("healthy"), "0.2.0"), "versions"),
      /^failed: .*train-worker is 0\.1\.0.*this command is 0\.2\.0/,
    );
  });

  it("says that a service is missing, and passes over one that is scaled to nothing", () => {
    const without = containersOf("healthy").filter(({ service }) => service !== "redis" && service !== "fake-gcs");
    const services = { ...project.services, "fake-gcs": { ...project.services["fake-gcs"]!, scale: 0 } };
    const findings = judgeServices({ ...project, services }, without);
    assert.match(of(findings, "redis"), /^failed: is not there -> docker compose up/);
    assert.equal(of(findings, "fake-gcs"), "undefined: undefined -> undefined");
  });

  it("says how many of several containers are not well, and that memory was the reason", () => {
    const [worker] = containersOf("healthy").filter(({ service }) => service === "preprocess-worker");
    assert.ok(worker);
    const killed = { ...worker, state: "exited", exitCode: 137, isOutOfMemory: true };
    const findings = judgeServices(
      { ...project, services: { "preprocess-worker": project.services["preprocess-worker"]! } },
      [worker, killed, worker],
    );
    assert.match(
      of(findings, "preprocess-worker"),
      /^failed: exited, killed for memory \(1 of 3\) -> give it more memory/,
    );
  });
});

describe("what doctor makes of Redis' INFO", () => {
  it("is that one which keeps everything is well", () => {
    assert.deepEqual(inShort(judgeRedis(recorded("redis-info.txt"))), [
      "redis: ok",
      "redis keeps: ok",
      "redis evicts: ok",
      "redis memory: ok",
    ]);
  });

  it("is a failure where jobs may be evicted, and a warning where they are lost by a restart", () => {
    const findings = judgeRedis(recorded("redis-info-broken.txt"));
    assert.match(of(findings, "redis evicts"), /^failed: maxmemory-policy is allkeys-lru/);
    assert.match(of(findings, "redis keeps"), /^warning: append-only file off/);
    const full = recorded("redis-info.txt").replace(/^used_memory:\d+/m, "used_memory:700000000");
    assert.match(of(judgeRedis(full), "redis memory"), /^warning: 668 of 768 MB/);
  });
});

describe("what doctor makes of kubectl's output", () => {
  const { items: workloads } = objects(workloadsSchema, "kubectl-workloads.json");
  const { items: scalers } = objects(scalersSchema, "kubectl-scalers.json");
  const { items: pods } = objects(podsSchema, "kubectl-pods.json");
  const { items: maps } = objects(configMapsSchema, "kubectl-configmaps.json");
  const namespace = "mammoflow";

  it("is which deployments are ready, and why none of the others need be", () => {
    const findings = judgeWorkloads(workloads, scalers, namespace);
    assert.match(of(findings, "dashboard"), /^ok: 1 of 1 ready/);
    assert.match(of(findings, "preprocess-worker"), /^failed: 0 of 1 ready/);
    assert.match(of(findings, "producer"), /^ok: no replicas, until/);
    // KEDA's Jobs stand for the train workers.
    assert.ok(!findings.some(({ part }) => part === "train-worker"));
    assert.match(of(judgeWorkloads(workloads, undefined, namespace), "train-worker"), /^failed: is not there/);
    const idle = workloads.map((each) => ({ ...each, spec: { ...each.spec, replicas: 0 } }));
    assert.match(of(judgeWorkloads(idle, scalers, namespace), "preprocess-worker"), /^ok: no replicas: KEDA/);
    assert.match(
      of(judgeWorkloads(idle, undefined, namespace), "preprocess-worker"),
      /^warning: .*-> kubectl -n mammoflow scale/,
    );
  });

  it("is why pods do not run, or did not", () => {
    const text = judgePods(pods, namespace)
      .map(({ part, state, detail, advice }) => `${part}: ${state}: ${detail} -> ${advice}`)
      .join("\n");
    assert.match(
      text,
      /pod dashboard-\S+: warning: dashboard was restarted 3 times, the last after OOMKilled \(code 137\) -> give it more memory/,
    );
    assert.match(text, /pod preprocess-worker-\S+: warning: no node takes it: 0\/2 nodes are available/);
    const [first] = pods;
    assert.ok(first);
    const waiting = {
      name: "dashboard",
      restartCount: 0,
      lastState: {},
      state: { waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "x"' } },
    };
    const unpulled = { ...first, status: { ...first.status, containerStatuses: [waiting] } };
    assert.match(
      of(judgePods([unpulled], namespace), `pod ${first.metadata.name}`),
      /^failed: dashboard: ImagePullBackOff, Back-off.*-> is the image's name right/,
    );
  });

  it("is what was never filled in", () => {
    assert.match(
      of(judgeImages(templatesIn(workloads, scalers)), "images"),
      /^failed: dashboard, .*train-worker-learn/,
    );
    assert.match(of(judgeSettings(maps), "settings"), /^failed: MAMMOFLOW_OUT is gs:\/\/BUCKET/);
    const named = (image: string): Finding[] =>
      judgeImages([
        { of: "a", spec: { containers: [{ name: "a", image, env: [] }], initContainers: [], volumes: [] } },
      ]);
    for (const image of ["host:5000/mammoflow/a", "mammoflow/a:latest", "redis"])
      assert.match(of(named(image), "images"), /^warning: a: without a digest/, image);
    for (const image of ["host:5000/mammoflow/a:0.1.0", `mammoflow/a@sha256:${"1".repeat(64)}`, "mammoflow/a:local"])
      assert.match(of(named(image), "images"), /^ok/, image);
  });

  it("is whether KEDA counts the keys that the queues write", () => {
    const findings = judgeKeda(scalers, namespace);
    assert.match(of(findings, "keda preprocess-worker"), /^failed: failed to ensure HPA is correctly created/);
    assert.match(of(findings, "keda keys"), /^failed: counted, but written by no queue: bull:learn:wait/);
    const mended = scalers.map((each) => ({
      ...each,
      spec: {
        ...each.spec,
        triggers: each.spec.triggers.map((trigger) => ({
          ...trigger,
          metadata: { ...trigger.metadata, listName: trigger.metadata["listName"]!.replace("bull:", "{mammoflow}:") },
        })),
      },
    }));
    assert.match(of(judgeKeda(mended, namespace), "keda keys"), /^ok: all 16/);
    assert.match(of(judgeKeda(mended.slice(1), namespace), "keda keys"), /^failed: counted by nobody: \{mammoflow\}:/);
    assert.match(of(judgeKeda(undefined, namespace), "keda"), /^warning: absent: .*kubectl -n mammoflow scale/);
  });
});
