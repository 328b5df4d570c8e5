import { awaitingStates, prefix, queueNames } from "@mammoflow/jobs";
import type { ConfigMap, Pod, PodSpec, Scaler, Workload } from "./cluster-objects.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";

const wanted = ["preprocess-worker", "train-worker", "dashboard", "producer"];

/** @param scalers KEDA's; undefined where the cluster has no KEDA */
export function judgeWorkloads(workloads: Workload[], scalers: Scaler[] | undefined, namespace: string): Finding[] {
  const findings = workloads.map((workload) => judgeWorkload(workload, scalers, namespace));
  for (const name of wanted) {
    const isThere = workloads.some(({ metadata }) => metadata.name === name);
    const areJobs = scalers?.some(({ kind, metadata }) => kind === "ScaledJob" && metadata.name.startsWith(name));
    if (!isThere && areJobs !== true)
      findings.push(failed(name, "is not there", "kubectl apply -k deploy/k8s/overlays/... (docs/cluster.md)"));
  }
  return findings;
}

function judgeWorkload(
  { metadata, spec, status }: Workload,
  scalers: Scaler[] | undefined,
  namespace: string,
): Finding {
  const { name } = metadata;
  const { replicas } = spec;
  const { readyReplicas, conditions } = status;
  const isScaled = scalers?.some((scaler) => scaler.kind === "ScaledObject" && scaler.metadata.name === name) === true;
  if (replicas === 0) {
    if (name === "producer") return ok(name, "no replicas, until somebody needs the command line");
    if (isScaled) return ok(name, "no replicas: KEDA starts them when there is work");
    return warning(
      name,
      "no replicas: nothing takes its jobs",
      `kubectl -n ${namespace} scale deployment/${name} --replicas 1`,
    );
  }
  if (readyReplicas >= replicas) return ok(name, `${readyReplicas} of ${replicas} ready`);
  const reason = conditions.find(({ type, status: state }) =>
    type === "ReplicaFailure" ? state === "True" : type === "Progressing" && state === "False",
  );
  return failed(
    name,
    `${readyReplicas} of ${replicas} ready${reason === undefined ? "" : `: ${reason.message}`}`,
    `kubectl -n ${namespace} describe deployment ${name}; the pods below say more`,
  );
}

/** The pods that do not run as they should, and why. */
export function judgePods(pods: Pod[], namespace: string): Finding[] {
  const findings = pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .flatMap((pod) => judgePod(pod, namespace) ?? []);
  return findings.length > 0 ? findings : [ok("pods", `${pods.length}, none restarted or stuck`)];
}

function judgePod({ metadata, status }: Pod, namespace: string): Finding | undefined {
  const part = `pod ${metadata.name}`;
  const describe = `kubectl -n ${namespace} describe pod ${metadata.name}`;
  const containers = [...status.initContainerStatuses, ...status.containerStatuses];
  const logs = (name: string): string => `kubectl -n ${namespace} logs ${metadata.name} -c ${name}`;

  const stuck = containers.find(
    ({ state }) => state.waiting && !/^(ContainerCreating|PodInitializing)$/.test(state.waiting.reason),
  );
  if (stuck?.state.waiting !== undefined) {
    const { reason, message } = stuck.state.waiting;
    const ended = stuck.lastState.terminated;
    const before = ended === undefined ? message : `last ended with ${ended.reason} (code ${ended.exitCode})`;
    const advice = /Image/.test(reason)
      ? "is the image's name right, and may the nodes pull it?"
      : ended === undefined
        ? describe
        : adviceFor(ended.reason, `${logs(stuck.name)} --previous`);
    return failed(part, `${stuck.name}: ${reason}${before === "" ? "" : `, ${before}`}`, advice);
  }
  const unplaced = status.conditions.find(({ type, status: state }) => type === "PodScheduled" && state === "False");
  if (status.phase === "Pending" && unplaced !== undefined)
    return warning(
      part,
      `no node takes it: ${unplaced.message.split(". ")[0]}`,
      `a cluster that grows takes some minutes; else lower its requests, or add nodes with the labels it wants: ${describe}`,
    );
  if (status.phase === "Failed") {
    const ended = containers.find(({ state }) => (state.terminated?.exitCode ?? 0) !== 0);
    const terminated = ended?.state.terminated;
    if (ended === undefined || terminated === undefined) return failed(part, "has failed", describe);
    return failed(
      part,
      `${ended.name} ended with ${terminated.reason} (code ${terminated.exitCode})`,
      adviceFor(terminated.reason, logs(ended.name)),
    );
  }
  const restarted = containers.find(({ restartCount }) => restartCount > 0);
  if (restarted === undefined) return undefined;
  const { name, restartCount, lastState } = restarted;
  const why = lastState.terminated;
  return warning(
    part,
    `${name} was restarted ${restartCount} time${restartCount === 1 ? "" : "s"}${why === undefined ? "" : `, the last after ${why.reason} (code ${why.exitCode})`}`,
    adviceFor(why?.reason ?? "", `${logs(name)} --previous`),
  );
}

function adviceFor(reason: string, logs: string): string {
  return reason === "OOMKilled" ? `give it more memory (resources.limits.memory), or less work; ${logs}` : logs;
}

export interface PodTemplate {
  of: string;
  spec: PodSpec;
}

/** The pods that a deployment describes, KEDA's Jobs included. */
export function templatesIn(workloads: Workload[], scalers: Scaler[]): PodTemplate[] {
  return [
    ...workloads.map(({ metadata, spec }) => ({ of: metadata.name, spec: spec.template.spec })),
    ...scalers.flatMap(({ metadata, spec }) =>
      spec.jobTargetRef === undefined ? [] : [{ of: metadata.name, spec: spec.jobTargetRef.template.spec }],
    ),
  ];
}

/** Names of images that nobody filled in, or that change under one's feet. */
export function judgeImages(templates: PodTemplate[]): Finding[] {
  const images = templates.flatMap(({ of, spec }) =>
    [...spec.initContainers, ...spec.containers].map(({ image }) => ({ of, image })),
  );
  const blank = images.filter(({ image }) => /@sha256:0{64}$/.test(image) || image.startsWith("REGISTRY/"));
  if (blank.length > 0)
    return [
      failed(
        "images",
        `${[...new Set(blank.map(({ of }) => of))].join(", ")}: the digest or registry of the overlay was never filled in`,
        "kustomize edit set image, for each (docs/cluster.md, step 3)",
      ),
    ];
  const floating = images.filter(({ image }) => /(:latest|\/[^:@]+|^[^:@/]+)$/.test(image));
  if (floating.length > 0)
    return [
      warning(
        "images",
        `${[...new Set(floating.map(({ of }) => of))].join(", ")}: without a digest or a fixed tag, so two pods may run different code`,
        "kustomize edit set image NAME@sha256:...",
      ),
    ];
  return [ok("images", `${images.length}, by digest or fixed tag`)];
}

/** Settings of which the overlay's placeholders are left. */
export function judgeSettings(maps: ConfigMap[]): Finding[] {
  const settings = maps.filter(({ metadata, data }) => metadata.name.startsWith("settings") && "REDIS_ADDRESS" in data);
  const used = settings.at(-1)?.data;
  if (used === undefined)
    return [failed("settings", "no ConfigMap has REDIS_ADDRESS", "kubectl apply -k deploy/k8s/overlays/...")];
  const out = used["MAMMOFLOW_OUT"];
  const address = used["REDIS_ADDRESS"] ?? "";
  if (out?.startsWith("gs://BUCKET") === true)
    return [
      failed(
        "settings",
        `MAMMOFLOW_OUT is ${out}`,
        "put your bucket into the overlay's settings.env, and apply it again",
      ),
    ];
  if (!address.includes("."))
    return [
      failed(
        "settings",
        `REDIS_ADDRESS is ${address}: KEDA looks for short names in its own namespace`,
        "use the full name of the service: redis.NAMESPACE.svc.cluster.local:6379",
      ),
    ];
  return [ok("settings", `queue at ${address}, runs in ${out ?? "what `submit --out` says"}`)];
}

/** @param scalers undefined where the cluster has no KEDA */
export function judgeKeda(scalers: Scaler[] | undefined, namespace: string): Finding[] {
  const scale = `kubectl -n ${namespace} scale deployment/preprocess-worker --replicas N`;
  if (scalers === undefined)
    return [
      warning(
        "keda",
        "absent: replicas do not follow the queue, they stay as you set them",
        `${scale}, or install it (docs/cluster.md)`,
      ),
    ];
  if (scalers.length === 0)
    return [
      warning(
        "keda",
        `present, and counts nothing in ${namespace}`,
        `${scale}, or add deploy/k8s/components/keda to your overlay`,
      ),
    ];
  return [...scalers.map((scaler) => judgeScaler(scaler, namespace)), judgeKeys(scalers)];
}

function judgeScaler({ kind, metadata, status }: Scaler, namespace: string): Finding {
  const part = `keda ${metadata.name}`;
  const describe = `kubectl -n ${namespace} describe ${kind.toLowerCase()} ${metadata.name}; kubectl -n keda logs deployment/keda-operator`;
  const ready = status.conditions.find(({ type }) => type === "Ready");
  if (status.conditions.some(({ type, status: state }) => type === "Paused" && state === "True"))
    return warning(
      part,
      "paused: replicas stay as they are",
      `kubectl -n ${namespace} annotate ${kind.toLowerCase()} ${metadata.name} autoscaling.keda.sh/paused-`,
    );
  if (ready?.status === "True") return ok(part, "follows the queue");
  return failed(
    part,
    ready === undefined ? "not looked at by KEDA's operator" : ready.message || ready.reason,
    describe,
  );
}

/** A key that no queue writes counts as nothing for ever, and KEDA does not say so. */
function judgeKeys(scalers: Scaler[]): Finding {
  const part = "keda keys";
  const counted = scalers.flatMap(({ spec }) =>
    spec.triggers
      .filter(({ type }) => type.startsWith("redis"))
      .map(({ metadata }) => metadata["listName"] ?? "nothing"),
  );
  const keys = queueNames.flatMap((queue) => awaitingStates.map((state) => `${prefix}:${queue}:${state}`));
  const unknown = [...new Set(counted)].filter((key) => !keys.includes(key));
  const missing = keys.filter((key) => !counted.includes(key));
  const advice = "`npm run test:k8s -- --write` makes the triggers of this version: apply them";
  if (unknown.length > 0) return failed(part, `counted, but written by no queue: ${unknown.join(", ")}`, advice);
  if (missing.length > 0) return failed(part, `counted by nobody: ${missing.join(", ")}`, advice);
  return ok(part, `all ${keys.length} of the queues are counted`);
}
