import { setImmediate as nextTurn } from "node:timers/promises";
import { backbones } from "../backbones.ts";
import { loadGraph } from "../graph/load-graph.ts";
import type { StateDict } from "../state-dict.ts";
import { malignantProbabilities } from "../training/malignant-probabilities.ts";
import type { ModelFile } from "../training/trained-model.ts";
import type { Classifier } from "./classifier.ts";
import { type HeatMap, heatMapOf } from "./heat-map.ts";
import { writeGradCamGraph } from "./write-grad-cam-graph.ts";

export interface ExplainerOptions extends Pick<ModelFile, "backbone" | "outputs"> {
  /** The network's tensors, trained ones over the backbone's; the classifier is given with each batch. */
  stateDict: StateDict;
  /** Side of the square images. */
  sizePx: number;
}

/** What a network and a classifier say of one image. */
interface JudgedImage {
  /** Malignant logit minus benign logit, or the malignant one where there is no other. */
  evidence: number;
  /** Of being malignant, 0..1. */
  probability: number;
}

/** And why. */
export interface ExplainedImage extends JudgedImage, HeatMap {}

export interface Explainer {
  /**
   * Grad-CAM maps of a batch of grey images, uint8 [n, size, size]. Blocks the thread for about a second at a time.
   *
   * @param classifier with as many outputs as the explainer was made for
   */
  explain(images: Uint8Array, classifier: Classifier): Promise<ExplainedImage[]>;
  /** The same without maps. */
  judge(images: Uint8Array, classifier: Classifier): Promise<JudgedImage[]>;
  /** Frees the network's memory. */
  close(): void;
}

/** Images that go through the network at once. */
const imagesPerStep = 32;

/**
 * A network ready to show which parts of an image speak for malignancy: Grad-CAM maps (Selvaraju et al. 2017,
 * https://arxiv.org/abs/1610.02391) at the output of its last stage.
 *
 * @throws ModelsError WEIGHTS_MISMATCH when the weights are of another architecture, TENSORFLOW_MISSING when it is not set up
 */
export async function createExplainer(options: ExplainerOptions): Promise<Explainer> {
  const { outputs, stateDict, sizePx } = options;
  const backbone = backbones[options.backbone];
  const { featureLength } = backbone;
  const { bytes, weights } = writeGradCamGraph({ backbone, stateDict, outputs, sizePx });
  const graph = await loadGraph(bytes, ["explain"], weights);
  const area = sizePx * sizePx;

  const run = (images: Uint8Array, { weight, bias }: Classifier): { judged: JudgedImage[]; maps: Float32Array } => {
    const { logits = new Float32Array(), maps = new Float32Array() } = graph.run("explain", {
      images: { shape: [images.length / area, sizePx, sizePx], data: Float32Array.from(images) },
      weight: { shape: [outputs, featureLength], data: weight },
      bias: { shape: [outputs], data: bias },
    });
    const probabilities = malignantProbabilities(logits, outputs);
    const judged = Array.from(probabilities, (probability, image) => {
      const [first = Number.NaN, second] = logits.subarray(image * outputs, (image + 1) * outputs);
      return { probability, evidence: second === undefined ? first : second - first };
    });
    return { judged, maps };
  };
  async function* steps(images: Uint8Array, classifier: Classifier): AsyncGenerator<ReturnType<typeof run>> {
    for (let start = 0; start < images.length; start += imagesPerStep * area) {
      if (start > 0) await nextTurn(); // lets the process answer its parent between two steps
      yield run(images.subarray(start, start + imagesPerStep * area), classifier);
    }
  }
  return {
    async explain(images, classifier) {
      const explained: ExplainedImage[] = [];
      for await (const { judged, maps } of steps(images, classifier)) {
        const cells = maps.length / judged.length;
        for (const [image, one] of judged.entries()) {
          const map = maps.subarray(image * cells, (image + 1) * cells);
          explained.push({ ...one, ...heatMapOf(map, Math.sqrt(cells), sizePx) });
        }
      }
      return explained;
    },
    async judge(images, classifier) {
      const all: JudgedImage[] = [];
      for await (const { judged } of steps(images, classifier)) all.push(...judged);
      return all;
    },
    close: () => graph.close(),
  };
}
