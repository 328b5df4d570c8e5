import { recipeSchema } from "@mammoflow/imaging";
import type { RunConfig } from "@mammoflow/jobs";
import { flipVariants, isBackboneName, settingsOf, type BackboneName } from "@mammoflow/models";

/** What one image of 256 px takes through a frozen network, in milliseconds on two cores: `npm run bench -- --only learning`; EfficientNet-Lite0 by a run. */
const forwardMs: Record<RunConfig["precision"], Record<BackboneName, number>> = {
  float32: {
    "efficientnet-lite0": 13,
    resnet18: 23,
    mobilenetv2: 11,
    vgg16: 200,
    resnet50: 69,
    "radimagenet-resnet50": 69,
  },
  bfloat16: {
    "efficientnet-lite0": 13,
    resnet18: 13,
    mobilenetv2: 5,
    vgg16: 94,
    resnet50: 29,
    "radimagenet-resnet50": 29,
  },
};
const measuredSizePx = 256;

/** What an image of an epoch takes, relative to once through the network in single precision; measured likewise. */
const epochShare = { "last-block": 0.5, all: 4 };
/** A head's, in milliseconds: it knows no size. */
const headEpochMs = 0.02;

/**
 * About how long a run's networks take on two cores like those of the benchmark: images through the frozen layers once for each
 * flip, and all epochs. Stopping early makes it less, another machine anything.
 */
export function estimateCost({ recipe, dataset, experiments, training, precision, testFlips }: RunConfig): {
  seconds: number;
  sizePx: number;
} {
  const last = recipeSchema.parse(recipe).steps.findLast((step) => step.step === "resize");
  const sizePx = last?.step === "resize" ? last.widthPx : measuredSizePx;
  const { images } = dataset;
  const taken = new Set<string>();
  /** Milliseconds at the size that was measured. */
  let ms = 0;
  let headMs = 0;
  for (const { backbone, part, strategy, seed, settings } of experiments) {
    if (!isBackboneName(backbone) || part === "tree" || part === "boosted") continue;
    const { epochs } = settingsOf(training, { ...settings, part, strategy, seed });
    if (part === "head") headMs += images * epochs * headEpochMs;
    else ms += images * epochs * epochShare[part] * forwardMs.float32[backbone];
    if (part === "all") ms += images * (testFlips === "all" ? flipVariants.length : 1) * forwardMs.float32[backbone];
    else if (!taken.has(`${backbone} ${part}`)) ms += images * flipVariants.length * forwardMs[precision][backbone];
    taken.add(`${backbone} ${part}`);
  }
  return { seconds: (ms * (sizePx / measuredSizePx) ** 2 + headMs) / 1000, sizePx };
}
