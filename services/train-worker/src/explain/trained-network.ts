import { createHash } from "node:crypto";
import { objectNames, present, type Experiment } from "@mammoflow/jobs";
import {
  backbones,
  classifierOf,
  readModel,
  type BackboneName,
  type Classifier,
  type StateDict,
} from "@mammoflow/models";
import { AppError } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";

/** What an experiment left of a network. */
export interface TrainedNetwork {
  backbone: BackboneName;
  /** What was trained; the rest is the backbone's. */
  tensors: StateDict;
  classifier: Classifier;
  /** Tells networks with layers of their own before the classifier apart; empty where those are the backbone's, which experiments share. */
  ownLayers: string;
}

/** @throws AppError `EXPLAIN_PART` for what is no network, `OBJECT_MISSING` before training has ended */
export async function readTrained(
  store: ObjectStore,
  runId: string,
  { name, part }: Experiment,
): Promise<TrainedNetwork> {
  if (part === "tree" || part === "boosted")
    throw new AppError({
      code: "EXPLAIN_PART",
      message: `${name} is no network: what it decides by is in its own file, model/trees.json; explain an experiment of a network.`,
    });
  const modelName = objectNames.experiment(runId, name, "model/model.safetensors");
  const file = present(await store.get(modelName), modelName, runId);
  const { backbone, outputs, tensors } = readModel(file.bytes, modelName);
  return {
    backbone,
    tensors,
    classifier: classifierOf(tensors, backbones[backbone], outputs),
    ownLayers: part === "head" ? "" : createHash("sha256").update(file.bytes).digest("hex"),
  };
}
