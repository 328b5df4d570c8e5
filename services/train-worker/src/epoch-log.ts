import { jsonBytes, readJson } from "@mammoflow/jobs";
import { replaceObject, type ObjectStore } from "@mammoflow/storage";
import { z } from "zod";
import { putFirst } from "./put-first.ts";

const epochSchema = z.strictObject({
  epoch: z.number().int(),
  trainLoss: z.number(),
  validationLoss: z.number().nullable(),
  validationAuc: z.number().nullable(),
  learningRate: z.number(),
});
export type Epoch = z.infer<typeof epochSchema>;

export interface EpochLog {
  /** The epochs so far, earlier sittings' included. */
  readonly epochs: readonly Epoch[];
  /** The checkpoint after which training goes on, or undefined at its beginning. */
  readonly checkpoint: Uint8Array | undefined;
  add(record: Epoch & { checkpoint: Uint8Array }): Promise<void>;
}

/**
 * The epochs of one experiment in the store: `epochs/<n>.json`, `checkpoints/<n>.safetensors`, and `results.csv` made from
 * them after each. A checkpoint goes once the next one's epoch is listed.
 */
export async function openEpochLog(store: ObjectStore, object: (file: string) => string): Promise<EpochLog> {
  const epochName = (epoch: number): string => object(`epochs/${epoch}.json`);
  const checkpointName = (epoch: number): string => object(`checkpoints/${epoch}.safetensors`);
  const epochs: Epoch[] = [];
  for (
    let found = await readJson(store, epochName(1), epochSchema);
    found;
    found = await readJson(store, epochName(found.epoch + 1), epochSchema)
  )
    epochs.push(found);
  const last = epochs.at(-1);
  return {
    epochs,
    checkpoint: last && (await store.get(checkpointName(last.epoch)))?.bytes,
    async add({ checkpoint, ...record }) {
      const epoch = epochSchema.parse(record);
      await putFirst(store, checkpointName(epoch.epoch), checkpoint);
      await putFirst(store, epochName(epoch.epoch), jsonBytes(epoch)); // after its checkpoint: an epoch that is listed can be gone on from
      epochs.push(epoch);
      await replaceObject(store, object("results.csv"), () => Buffer.from(resultsCsv(epochs)));
      await store.delete(checkpointName(epoch.epoch - 1));
    },
  };
}

function resultsCsv(epochs: Epoch[]): string {
  const lines = epochs.map(({ epoch, trainLoss, validationLoss, validationAuc, learningRate }) =>
    [epoch, trainLoss, validationLoss ?? "", validationAuc ?? "", learningRate].join(","),
  );
  return `epoch,train_loss,validation_loss,validation_auc,learning_rate\n${lines.join("\n")}\n`;
}
