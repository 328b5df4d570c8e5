import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { cacheDir, type Part } from "../support/parts.ts";

export const root = join(import.meta.dirname, "../..");
export const deployment = join(root, "deploy/k8s");

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
export type KubernetesObject = z.infer<typeof objectSchema>;

function inCache(prefix: string, ...rest: string[]): string | undefined {
  return (existsSync(cacheDir) ? readdirSync(cacheDir) : [])
    .filter((name) => name.startsWith(prefix))
    .map((name) => join(cacheDir, name, ...rest))
    .find((path) => existsSync(path));
}

/** The command that renders a folder, up to its argument. */
const kustomize = [
  ["kubectl", "kustomize"],
  ["kustomize", "build"],
  [inCache("kustomize-", "kustomize") ?? "kustomize", "build"],
].find(([program = "", verb = ""]) => {
  try {
    execFileSync(program, [verb, "--help"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});

/** A folder of JSON schemas, one a kind, and `_definitions.json`. */
export const schemaFolder = inCache("kubernetes-schemas-");

export const kubernetes: Part = {
  needs: "kubernetes",
  isThere: kustomize !== undefined && schemaFolder !== undefined,
  reason: "no kustomize, or no schemas of Kubernetes: `node scripts/setup.mjs --for-tests` fetches both",
};

/** The objects of a kustomize folder, in the order in which they are to be applied. */
export function render(folder: string): KubernetesObject[] {
  const [program = "", verb = ""] = kustomize ?? [];
  const yaml = execFileSync(program, [verb, folder], { encoding: "utf8", maxBuffer: 64 * 2 ** 20 });
  return parseAllDocuments(yaml).map((document) => objectSchema.parse(document.toJS()));
}

const containerSchema = z.looseObject({
  name: z.string(),
  image: z.string(),
  args: z.array(z.string()).optional(),
  resources: z.object({ requests: z.record(z.string(), z.string()), limits: z.record(z.string(), z.string()) }),
  securityContext: z.record(z.string(), z.unknown()),
});
const templateSchema = z.looseObject({
  metadata: z.looseObject({}),
  spec: z.looseObject({
    terminationGracePeriodSeconds: z.number(),
    automountServiceAccountToken: z.boolean(),
    securityContext: z.record(z.string(), z.unknown()),
    containers: z.array(containerSchema),
    initContainers: z.array(containerSchema).default([]),
  }),
});
const ownerSchema = z.looseObject({
  spec: z.looseObject({
    template: templateSchema.optional(),
    jobTargetRef: z.looseObject({ template: templateSchema }).optional(),
  }),
});

/** The pods that an object describes. */
export function podTemplatesOf(object: KubernetesObject): z.infer<typeof templateSchema>[] {
  if (!["Deployment", "StatefulSet", "ScaledJob"].includes(object.kind)) return [];
  const { template, jobTargetRef } = ownerSchema.parse(object).spec;
  return [template, jobTargetRef?.template].filter((each) => each !== undefined);
}
