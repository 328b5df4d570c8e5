import { createHash } from "node:crypto";
import {
  imageFeaturesName,
  manifestLineSchema,
  objectNames,
  present,
  readLines,
  readRunConfig,
  type Payload,
  type WeightsFacts,
} from "@mammoflow/jobs";
import type { ObjectStore } from "@mammoflow/storage";
import { measuring } from "./measure-features.ts";
import { createNetworkTaker } from "./network-features.ts";
import { putFirst } from "./put-first.ts";
import type { Shard, Taking } from "./taking.ts";

interface TakeDeps {
  store: ObjectStore;
  cacheDir: string;
  progress: (body: object) => void;
}

interface TakeAnswer {
  done: "now" | "before";
  /** Absent where only the weights were asked for. */
  address?: string;
  weights: WeightsFacts;
  images: number;
}

export interface FeatureTaker {
  take(task: Payload<"extract">, deps: TakeDeps): Promise<TakeAnswer>;
}

/** Takes what is said about a shard of images, unless it lies in the store: of the same inputs, by whatever run. */
export function createFeatureTaker(): FeatureTaker {
  const networks = createNetworkTaker();
  return {
    async take({ runId, backbone, kind, shard: number }, { store, cacheDir, progress }) {
      const shard = await readShard(store, runId, number, kind);
      const taking: Taking =
        backbone === imageFeaturesName
          ? measuring(shard, store)
          : await networks.prepare({ backbone, kind, shard, store, cacheDir });
      const { weights } = taking;
      if (kind === "weights") return { done: "before", weights, images: 0 };
      const hash = createHash("sha256").update(taking.inputs.join("\n")).digest("hex");
      const answer = { address: objectNames.featureCache(hash), weights, images: shard.images.length };
      if (await store.exists(answer.address)) return { ...answer, done: "before" };
      return { ...answer, done: await putFirst(store, answer.address, await taking.take(progress)) };
    },
  };
}

async function readShard(
  store: ObjectStore,
  runId: string,
  shard: number,
  kind: Payload<"extract">["kind"],
): Promise<Shard> {
  const config = await readRunConfig(store, runId);
  const name = objectNames.manifest(runId);
  const manifest = present(await readLines(store, name, manifestLineSchema), name, runId);
  const size = kind === "activations" ? config.activationShardImages : config.featureShardImages;
  return { config, manifest, images: manifest.slice(shard * size, (shard + 1) * size) };
}
