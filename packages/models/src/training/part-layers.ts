import type { Architecture, Dense, Layer } from "../architectures/layers.ts";
import type { Backbone } from "../backbones.ts";
import type { TrainedPart, TrainingSettings } from "./training-settings.ts";

/** The layers that a training computes. */
export interface PartLayers {
  /** The layer whose output the examples are; `input` for images. */
  input: string;
  /** From there to the classifier, which has the outputs that are trained. */
  layers: Layer[];
  /** Which of them move; the others are frozen. */
  trained: ReadonlySet<string>;
  logitsLayer: string;
}

/**
 * What is computed when a part of a network is trained. The last block is trained with the classifier; what lies between them
 * (MobileNetV2's last convolution, VGG's inner dense layers) is computed, and stays as it is.
 */
export function layersOfPart(architecture: Architecture, part: TrainedPart, outputs: number): PartLayers {
  const { logitsLayer, lastBlock, stages } = architecture;
  const layers = architecture.layers.map((layer) =>
    layer.kind === "dense" && layer.name === logitsLayer ? { ...layer, outputLength: outputs } : layer,
  );
  const place = (name: string): number => layers.findIndex((layer) => layer.name === name);
  const first = { head: place(logitsLayer), "last-block": place(lastBlock), all: 0 }[part];
  const computed = layers.slice(first);
  const end = Math.min(...stages.map(place).filter((stage) => stage >= first));
  const moving = part === "last-block" ? [...layers.slice(first, end + 1), ...computed.slice(-1)] : computed;
  return {
    input: computed[0]?.input ?? "input",
    layers: computed,
    trained: new Set(moving.map(({ name }) => name)),
    logitsLayer,
  };
}

/** Share of the numbers that dropout sets to zero. */
export const dropoutShare = ({ headDropout }: Pick<Backbone, "headDropout">, { dropout }: TrainingSettings): number =>
  dropout ?? headDropout;

/** The dense layers whose inputs dropout thins: every one but what takes an image's numbers as they are, as in VGG. */
export function dropoutLayersOf({ layers }: PartLayers, share: number): Dense[] {
  const flattened = new Set(layers.filter(({ kind }) => kind === "flatten").map(({ name }) => name));
  return layers.filter((layer) => layer.kind === "dense").filter(({ input }) => share > 0 && !flattened.has(input));
}
