import type { z } from "zod";
import { configMapsSchema, podsSchema, scalersSchema, workloadsSchema } from "./cluster-objects.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";
import {
  judgeImages,
  judgeKeda,
  judgePods,
  judgeSettings,
  judgeWorkloads,
  type PodTemplate,
  templatesIn,
} from "./judge-cluster.ts";
import { type Finished, readJson, runProgram } from "./run-program.ts";

const kubectl = (...args: string[]): Promise<Finished> => runProgram("kubectl", ["--request-timeout=15s", ...args]);

/** The deployment in a namespace of the cluster that kubectl's current context names, seen from outside. */
export async function examineCluster(namespace: string): Promise<Finding[]> {
  const cluster = await examineApiServer();
  if (cluster.state === "failed") return [cluster];
  const place = await kubectl("get", "namespace", namespace, "--output", "name");
  if (place.code !== 0 && !/forbidden/i.test(place.complaint))
    return [
      cluster,
      failed(
        "namespace",
        place.complaint,
        "kubectl apply -k deploy/k8s/overlays/... (docs/cluster.md); another one is named by --namespace",
      ),
    ];
  const workloads = await listObjects(namespace, "deployments,statefulsets", workloadsSchema);
  const scalers = await listObjects(namespace, "scaledobjects,scaledjobs", scalersSchema);
  const pods = await listObjects(namespace, "pods", podsSchema);
  const maps = await listObjects(namespace, "configmaps", configMapsSchema);
  const refused = [workloads, scalers, pods, maps].flatMap(({ refusal }) => refusal ?? []);
  const here = ok("namespace", namespace);
  if (!workloads.items || !pods.items || !maps.items) return [cluster, here, ...refused];
  const known = scalers.items;
  const templates = templatesIn(workloads.items, known ?? []);
  return [
    cluster,
    here,
    ...refused,
    ...judgeWorkloads(workloads.items, known, namespace),
    // Where KEDA's objects may not be listed, the refusal above says so.
    ...(scalers.refusal ? [] : judgeKeda(known, namespace)),
    ...judgeSettings(maps.items),
    ...(await examineSecrets(namespace, templates)),
    ...judgeImages(templates),
    ...judgePods(pods.items, namespace),
  ];
}

async function examineApiServer(): Promise<Finding> {
  const part = "cluster";
  const { code, complaint } = await kubectl("version", "--output", "json");
  if (code === undefined) return failed(part, complaint, "install it: https://kubernetes.io/docs/tasks/tools/");
  if (code !== 0)
    return failed(part, complaint, "is KUBECONFIG the right file, and the context too? `kubectl config get-contexts`");
  const context = await kubectl("config", "current-context");
  const nodes = await kubectl("get", "nodes", "--output", "name");
  const count = nodes.stdout.split("\n").filter(Boolean).length;
  const detail = `context ${context.stdout.trim() || "none"}${nodes.code === 0 ? `, ${count} node${count === 1 ? "" : "s"}` : ""}`;
  return ok(part, detail);
}

/** Objects, or why they are not told; neither where the cluster does not know their kinds. */
interface Listing<Item> {
  items?: Item[];
  refusal?: Finding;
}

async function listObjects<Item>(
  namespace: string,
  kinds: string,
  schema: z.ZodType<{ items: Item[] }>,
): Promise<Listing<Item>> {
  const { code, stdout, complaint } = await kubectl("--namespace", namespace, "get", kinds, "--output", "json");
  if (/doesn't have a resource type/.test(complaint)) return {};
  const found = code === 0 ? readJson(schema, stdout) : undefined;
  if (found !== undefined) return found;
  const said = code === 0 ? "kubectl printed what this version does not know" : complaint;
  return { refusal: failed(kinds, said, `you need leave to list ${kinds} in ${namespace}`) };
}

/** Whether the secrets that pods ask for are there; what they hold is not read. */
async function examineSecrets(namespace: string, templates: PodTemplate[]): Promise<Finding[]> {
  const names = templates.flatMap(({ spec }) => [
    ...spec.volumes.flatMap(({ secret }) => secret?.secretName ?? []),
    ...[...spec.initContainers, ...spec.containers].flatMap(({ env }) =>
      env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []),
    ),
  ]);
  const keysOnly = '{{range $key, $value := .data}}{{if $value}}{{$key}}{{"\\n"}}{{end}}{{end}}';
  const findings: Finding[] = [];
  for (const name of new Set(names)) {
    const part = `secret ${name}`;
    const { code, stdout, complaint } = await kubectl(
      "--namespace",
      namespace,
      "get",
      "secret",
      name,
      "--output",
      `go-template=${keysOnly}`,
    );
    const keys = stdout.split("\n").filter(Boolean);
    const create = `kubectl -n ${namespace} create secret generic ${name} --from-literal=${name === "redis" ? "password" : "KEY"}=...`;
    if (code !== 0 && /forbidden/i.test(complaint))
      findings.push(warning(part, "whether it is there may not be asked", "ask somebody who may list secrets"));
    else if (code !== 0) findings.push(failed(part, `${complaint}: pods that want it do not start`, create));
    else if (name === "redis" && !keys.includes("password"))
      findings.push(
        failed(
          part,
          `has ${keys.join(", ") || "nothing"}, and no password`,
          `kubectl -n ${namespace} delete secret ${name} && ${create}`,
        ),
      );
    else findings.push(ok(part, keys.join(", ")));
  }
  return findings;
}
