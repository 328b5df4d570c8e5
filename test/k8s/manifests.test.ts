import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type AnySchema, type ValidateFunction } from "ajv/dist/2020.js";
import { shutdownGraceMs } from "@mammoflow/runtime";
import { skipUnless } from "../support/parts.ts";
import customSchemas from "./custom-schemas.json" with { type: "json" };
import { deployment, kubernetes, podTemplatesOf, render, schemaFolder, type KubernetesObject } from "./render.ts";
import { comparedTriggers } from "./triggers.ts";

const folders = ["base", "overlays/local", "overlays/gke", "overlays/gke-monitored", "overlays/gke-api"];

describe("the manifests for Kubernetes", function () {
  this.timeout(60_000);
  let rendered: Map<string, KubernetesObject[]>;
  before(function () {
    skipUnless(this, kubernetes);
    rendered = new Map(folders.map((folder) => [folder, render(join(deployment, folder))]));
  });

  it("fit the schemas of Kubernetes, KEDA and Prometheus' operator, with no unknown field and no unknown kind", () => {
    const check = checker();
    for (const [folder, objects] of rendered)
      for (const object of objects) assert.deepEqual(check(object), [], `${folder}: ${nameOf(object)}`);
  });

  it("would not fit with a typing error in a container, in a ScaledJob's pod, in a trigger, nor with a kind that nobody knows", () => {
    const check = checker();
    const objects = rendered.get("overlays/gke")!;
    const broken = (kind: string, path: (string | number)[], value: unknown): string[] => {
      const object = structuredClone(objects.find((each) => each.kind === kind)!);
      const parent = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], object);
      (parent as Record<string | number, unknown>)[path.at(-1)!] = value;
      return check(object);
    };
    const container = ["template", "spec", "containers", 0];
    assert.match(broken("Deployment", ["spec", ...container, "imag"], "x").join(), /imag/);
    assert.match(broken("ScaledJob", ["spec", "jobTargetRef", ...container, "imag"], "x").join(), /imag/);
    assert.match(broken("ScaledJob", ["spec", "scalingStrategi"], {}).join(), /scalingStrategi/);
    assert.match(broken("ScaledObject", ["spec", "triggers", 0, "metadat"], {}).join(), /metadat/);
    assert.match(broken("ScaledObject", ["spec", "minReplicaCount"], "0").join(), /minReplicaCount/);
    assert.match(broken("ScaledObject", ["kind"], "ScaledObjekt").join(), /no schema/);
  });

  it("count the queues' own keys: `npm run test:k8s -- --write` puts them right", () => {
    for (const { what, committed, wanted } of comparedTriggers()) assert.deepEqual(committed, wanted, what);
  });

  it("give every pod more time to close than a service takes, limits, probes that fit, and nothing it could misuse", () => {
    for (const [folder, objects] of rendered)
      for (const object of objects)
        for (const { spec: pod } of podTemplatesOf(object)) {
          const what = `${folder}: ${nameOf(object)}`;
          assert.ok(pod.terminationGracePeriodSeconds * 1000 > shutdownGraceMs, what);
          assert.equal(pod.automountServiceAccountToken, false, what);
          assert.ok(pod.securityContext["runAsNonRoot"], what);
          for (const { name, resources, securityContext } of [...pod.containers, ...pod.initContainers]) {
            assert.ok(resources.requests["cpu"] && resources.requests["memory"] && resources.limits["memory"], name);
            assert.ok(securityContext["readOnlyRootFilesystem"], `${what}: ${name}`);
          }
        }
  });

  it("name images for a cluster by digest alone", () => {
    const images = rendered
      .get("overlays/gke-api")!
      .flatMap((object) => podTemplatesOf(object))
      .flatMap(({ spec: pod }) => [...pod.containers, ...pod.initContainers]);
    for (const { image } of images) assert.match(image, /@sha256:[0-9a-f]{64}$/);
    assert.ok(images.length >= 6);
  });

  it("give each Job of the queues `extract` and `learn` a GPU, and a command that ends when the queue is empty", () => {
    const jobs = rendered.get("overlays/gke")!.filter(({ kind }) => kind === "ScaledJob");
    const asked = jobs
      .flatMap((job) => podTemplatesOf(job))
      .map(
        ({
          spec: {
            containers: [worker],
          },
        }) => [worker?.args, worker?.resources.limits["nvidia.com/gpu"]],
      );
    assert.deepEqual(asked, [
      [["node", "services/train-worker/dist/main.js", "--drain", "extract"], "1"],
      [["node", "services/train-worker/dist/main.js", "--drain", "learn"], "1"],
    ]);
  });

  it("need KEDA only where its component is asked for", () => {
    const kinds = (folder: string): boolean =>
      rendered.get(folder)!.some(({ apiVersion }) => apiVersion.startsWith("keda.sh"));
    assert.deepEqual(folders.map(kinds), [false, false, true, true, true]);
  });
});

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.name}`;
}

/** Gives what is wrong with an object, in words. */
function checker(): (object: KubernetesObject) => string[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const read = (file: string): AnySchema =>
    JSON.parse(readFileSync(join(schemaFolder ?? "", file), "utf8")) as AnySchema;
  ajv.addSchema(read("_definitions.json"), "/api/_definitions.json");
  const compiled = new Map<string, ValidateFunction | undefined>();
  const compile = ({ apiVersion, kind }: KubernetesObject): ValidateFunction | undefined => {
    const custom = (customSchemas as Record<string, AnySchema>)[`${apiVersion} ${kind}`];
    if (custom !== undefined) return ajv.compile(custom);
    // networking.k8s.io/v1 -> networking-v1; v1 -> v1
    const [group = "", version] = apiVersion.split("/");
    const file = [kind.toLowerCase(), group.split(".")[0], version].filter(Boolean).join("-");
    return existsSync(join(schemaFolder ?? "", `${file}.json`)) ? ajv.compile(read(`${file}.json`)) : undefined;
  };
  return (object) => {
    const kind = `${object.apiVersion} ${object.kind}`;
    if (!compiled.has(kind)) compiled.set(kind, compile(object));
    const validate = compiled.get(kind);
    if (validate === undefined) return [`no schema of ${kind}`];
    if (validate(object)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}
