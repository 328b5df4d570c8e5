import { jsonBytes, readJson } from "@mammoflow/jobs";
import { replaceObject, type ObjectStore } from "@mammoflow/storage";
import { z } from "zod";
import { putFirst } from "./put-first.ts";

const epochSchema = z.strictObject({
  epoch: z.number().int(),
  trainLoss: z.number(),
  validationLoss: z.number().nullable(),
  validationAuc: z.number().nullable(),
});
type Epoch = z.infer<typeof epochSchema>;

export interface EpochLog {
  add(record: Epoch & { checkpoint: Uint8Array }): Promise<void>;
  /** The checkpoint after which training goes on, or undefined at its beginning. */
  lastCheckpoint(): Promise<Uint8Array | undefined>;
  all(): Promise<Epoch[]>;
}

/** The epochs of one experiment in the store: `epochs/<n>.json`, `checkpoints/<n>.safetensors`, and `results.csv` made from them. */
export function createEpochLog(store: ObjectStore, object: (file: string) => string): EpochLog {
  const epochName = (epoch: number): string => object(`epochs/${epoch}.json`);
  const checkpointName = (epoch: number): string => object(`checkpoints/${epoch}.safetensors`);

  const all = async (): Promise<Epoch[]> => {
    const epochs: Epoch[] = [];
    for (
      let found = await readJson(store, epochName(1), epochSchema);
      found;
      found = await readJson(store, epochName(found.epoch + 1), epochSchema)
    )
      epochs.push(found);
    return epochs;
  };

  return {
    all,
    async add({ checkpoint, ...epoch }) {
      await putFirst(store, checkpointName(epoch.epoch), checkpoint);
      await putFirst(store, epochName(epoch.epoch), jsonBytes(epochSchema.parse(epoch))); // after its checkpoint: an epoch that is listed can be gone on from
      const rows = (await all()).map((each) =>
        [each.epoch, each.trainLoss, each.validationLoss ?? "", each.validationAuc ?? ""].join(","),
      );
      await replaceObject(store, object("results.csv"), () =>
        Buffer.from(`epoch,train_loss,validation_loss,validation_auc\n${rows.join("\n")}\n`),
      );
    },
    async lastCheckpoint() {
      const last = (await all()).at(-1);
      return last && (await store.get(checkpointName(last.epoch)))?.bytes;
    },
  };
}
