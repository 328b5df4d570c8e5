import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Finding } from "../../services/producer/src/doctor/finding.ts";
import { runCli } from "../support/cli.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/waiting.ts";
import { connectCluster } from "./cluster.ts";
import { deployment } from "./render.ts";

/** Against a real API server with KEDA (KUBECONFIG): a deployment as somebody leaves it who filled nothing in, then mended step by step. */
describe("doctor --target k8s", function () {
  this.timeout(3 * 60_000);
  const folder = useTemporaryFolder();
  const namespace = `mammoflow-doctor-${process.pid}`;
  const cluster = connectCluster(namespace);
  after(() => cluster.kubectl(["delete", "namespace", namespace, "--wait=false"]));

  async function examine(): Promise<{ code: number | null; of: (part: string) => Finding | undefined }> {
    const { code, stdout } = await runCli(["doctor", "--target", "k8s", "--namespace", namespace, "--json"]);
    const findings = JSON.parse(stdout) as Finding[];
    return { code, of: (wanted) => findings.find(({ part }) => part === wanted) };
  }

  it("says that the namespace is not there, and how to make it", async () => {
    const { code, of } = await examine();
    assert.equal(code, 1);
    assert.equal(of("cluster")?.state, "ok");
    assert.match(`${of("namespace")?.detail} ${of("namespace")?.advice}`, /not found.*kubectl apply -k/);
  });

  it("names what the overlay's user has not filled in", async () => {
    await cluster.kubectl(["create", "namespace", namespace]);
    const overlay = relative(folder.path, join(deployment, "overlays/gke"));
    writeFileSync(join(folder.path, "kustomization.yaml"), `namespace: ${namespace}\nresources: [${overlay}]\n`);
    await cluster.kubectl(["apply", "-k", folder.path]);
    await until(async () => (await examine()).of("dashboard")?.state === "ok", 60_000);
    const { code, of } = await examine();
    assert.equal(code, 1);
    assert.match(String(of("images")?.detail), /dashboard.*train-worker-learn.*never filled in/);
    assert.match(String(of("settings")?.detail), /gs:\/\/BUCKET/);
    assert.match(String(of("secret redis")?.detail), /not found/);
    assert.match(String(of("secret redis")?.advice), /create secret generic redis --from-literal=password=/);
    assert.equal(of("producer")?.state, "ok");
    assert.equal(of("keda keys")?.state, "ok");
    assert.equal(of("keda preprocess-worker")?.state, "failed"); // no such Redis
  });

  it("sees what was mended, and what was broken since", async () => {
    await cluster.kubectl(["create", "secret", "generic", "redis", "--from-literal=password=secret"]);
    const wrongKey = '[{"op":"replace","path":"/spec/triggers/0/metadata/listName","value":"bull:learn:wait"}]';
    await cluster.kubectl(["patch", "scaledjob", "train-worker-learn", "--type=json", "-p", wrongKey]);
    await cluster.kubectl(["delete", "deployment", "dashboard"]);
    const { of } = await examine();
    assert.equal(of("secret redis")?.state, "ok");
    assert.match(String(of("keda keys")?.detail), /no queue: bull:learn:wait/);
    assert.match(String(of("dashboard")?.detail), /is not there/);
  });
});
