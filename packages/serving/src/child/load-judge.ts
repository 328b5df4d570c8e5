import { createHash } from "node:crypto";
import { AppError } from "@mammoflow/runtime";
import { openStore } from "@mammoflow/storage";
import type { Judge } from "./judge.ts";
import type { ChildModel } from "./serve-request.ts";

/** Reads a model's trained numbers and loads what they belong to; of a network's parts only those that it needs. */
export async function loadJudge(model: ChildModel): Promise<Judge> {
  const bytes = await trainedNumbers(model);
  if (model.part === "tree" || model.part === "boosted")
    return (await import("./judge-of-trees.ts")).judgeOfTrees(bytes, model.id);
  return (await import("./judge-of-network.ts")).judgeOfNetwork(bytes, model);
}

async function trainedNumbers({ id, storeAddress, gcsEndpoint, file }: ChildModel): Promise<Uint8Array> {
  const store = openStore(storeAddress, gcsEndpoint);
  try {
    const found = await store.get(file.name);
    if (found && createHash("sha256").update(found.bytes).digest("hex") === file.sha256) return found.bytes;
    throw new AppError({
      code: "MODEL_DAMAGED",
      message: `${storeAddress}/${file.name} is ${found ? "not the file that was trained (its sha256 differs)" : "gone"}: restore it, or take another model than ${id}.`,
    });
  } finally {
    await store.close();
  }
}
