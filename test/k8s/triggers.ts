import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments, type Document } from "yaml";
import { awaitingStates, prefix, type QueueName } from "@mammoflow/jobs";
import { deployment } from "./render.ts";

interface Trigger {
  type: "redis";
  name: string;
  metadata: { addressFromEnv: string; listName: string; listLength: string };
  authenticationRef: { name: string };
}

function triggersOf(queue: QueueName): Trigger[] {
  return awaitingStates.map((state) => ({
    type: "redis",
    name: `${queue}_${state}`,
    metadata: { addressFromEnv: "REDIS_ADDRESS", listName: `${prefix}:${queue}:${state}`, listLength: "1" },
    authenticationRef: { name: "redis" },
  }));
}

const preprocess = [...triggersOf("preprocess"), ...triggersOf("collect")];

/** Which part of which object says which keys KEDA counts. */
const generated: { file: string; object: string; path: string[]; value: unknown }[] = [
  { file: "preprocess-worker.yaml", object: "preprocess-worker", path: ["spec", "triggers"], value: preprocess },
  {
    file: "preprocess-worker.yaml",
    object: "preprocess-worker",
    path: ["spec", "advanced", "scalingModifiers", "formula"],
    value: preprocess.map(({ name }) => name).join(" + "),
  },
  ...(["extract", "learn"] as const).map((queue) => ({
    file: "pods/scaled-jobs.yaml",
    object: `train-worker-${queue}`,
    path: ["spec", "triggers"],
    value: triggersOf(queue),
  })),
];

const files = [...new Set(generated.map(({ file }) => file))];
const read = (file: string): Document.Parsed[] => {
  const documents = parseAllDocuments(readFileSync(join(deployment, "components/keda", file), "utf8"));
  if (!Array.isArray(documents)) throw new Error(`${file} is empty`);
  return documents as Document.Parsed[];
};
const named = (documents: Document.Parsed[], name: string): Document.Parsed => {
  const found = documents.find((document) => document.getIn(["metadata", "name"]) === name);
  if (!found) throw new Error(`no object ${name}`);
  return found;
};

/** What the files say and what the queues' names and prefix ask for, part by part. */
export function comparedTriggers(): { what: string; committed: unknown; wanted: unknown }[] {
  return generated.map(({ file, object, path, value }) => {
    const content = named(read(file), object).toJS() as Record<string, unknown>;
    const committed = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], content);
    return { what: `${path.join(".")} of ${object}`, committed, wanted: value };
  });
}

/** Puts the wanted triggers into the files and leaves the rest of them as it is. */
export function writeTriggers(): void {
  for (const file of files) {
    const documents = read(file);
    for (const part of generated.filter((each) => each.file === file))
      named(documents, part.object).setIn(part.path, part.value);
    const text = documents.map((document) => document.toString({ lineWidth: 0 })).join("");
    writeFileSync(join(deployment, "components/keda", file), text);
  }
}
