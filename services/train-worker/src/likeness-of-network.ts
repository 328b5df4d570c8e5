import {
  createExtractor,
  pooledRow,
  readModel,
  type BackboneName,
  type Examples,
  type StateDict,
  type TrainedPart,
} from "@mammoflow/models";
import type { Learnt } from "./learnt.ts";

interface NetworkParts {
  backbone: BackboneName;
  examples: Examples;
  /** The backbone's, for what was not trained. */
  weights: StateDict;
  /** The trained model's file. */
  model: Uint8Array;
}

const imagesPerRead = 32;

/** The numbers that tell how alike images are to a network whose part was trained; of each image as it is, unflipped. */
export function likenessOfNetwork(
  part: TrainedPart,
  { backbone, examples, weights, model }: NetworkParts,
): Learnt["likeness"] {
  const read = async (image: number): Promise<Float32Array> => {
    const example = new Float32Array(examples.shape.reduce((product, side) => product * side, 1));
    await examples.read(image, "none", example);
    return example;
  };
  if (part === "head")
    return { of: "features of the frozen network", rows: async (images) => Promise.all(images.map(read)) };
  if (part === "last-block")
    return {
      of: "activations before the last block, each channel's mean",
      async rows(images) {
        const rows: Float32Array[] = [];
        for (const image of images) rows.push(pooledRow(await read(image), examples.shape.at(-1) ?? 0));
        return rows;
      },
    };
  return {
    of: "features of the trained network",
    async rows(images) {
      const [sizePx = 0] = examples.shape;
      const stateDict = new Map([...weights, ...readModel(model).tensors]);
      const extractor = await createExtractor({ backbone, stateDict, sizePx, flips: false, outputs: ["features"] });
      try {
        const rows: Float32Array[] = [];
        for (let start = 0; start < images.length; start += imagesPerRead) {
          const some = images.slice(start, start + imagesPerRead);
          const batch = new Uint8Array(some.length * sizePx * sizePx);
          for (const [index, image] of some.entries()) batch.set(await read(image), index * sizePx * sizePx);
          const { data } = (await extractor.extract(batch)).features;
          const length = data.length / some.length;
          for (const index of some.keys()) rows.push(data.slice(index * length, (index + 1) * length));
        }
        return rows;
      } finally {
        await extractor.close();
      }
    },
  };
}
