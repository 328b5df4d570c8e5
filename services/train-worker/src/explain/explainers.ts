import type { RunConfig } from "@mammoflow/jobs";
import { createExplainer, loadWeights, type Explainer } from "@mammoflow/models";
import { keepLast } from "../keep-last.ts";
import type { TrainedNetwork } from "./trained-network.ts";

/** Networks that are ready to be explained. Experiments that follow each other mostly stand on the same one, which is kept. */
export interface Explainers {
  trained(network: TrainedNetwork, config: RunConfig, sizePx: number): Promise<Explainer>;
  /** The same network with random weights throughout, as before any training. */
  random(network: TrainedNetwork, sizePx: number): Promise<Explainer>;
}

export function createExplainers(cacheDir: string): Explainers {
  const trained = keepLast<Explainer>((explainer) => explainer.close());
  const random = keepLast<Explainer>((explainer) => explainer.close());
  return {
    trained({ backbone, tensors, classifier: { outputs }, ownLayers }, { weights }, sizePx) {
      return trained([backbone, weights, outputs, sizePx, ownLayers].join(" "), async () => {
        const from = weights === "pretrained" ? undefined : weights;
        const { stateDict } = await loadWeights(backbone, { cacheDir, from });
        return createExplainer({ backbone, outputs, sizePx, stateDict: new Map([...stateDict, ...tensors]) });
      });
    },
    random({ backbone, classifier: { outputs } }, sizePx) {
      return random([backbone, outputs, sizePx].join(" "), async () => {
        const { stateDict } = await loadWeights(backbone, { cacheDir, from: "none", seed: 1 });
        return createExplainer({ backbone, outputs, sizePx, stateDict });
      });
    },
  };
}
