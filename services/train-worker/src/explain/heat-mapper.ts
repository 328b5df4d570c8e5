import type { explanationMethods } from "@mammoflow/evaluation";
import { occlude, type Classifier, type ExplainedImage, type Explainer } from "@mammoflow/models";
import type { PreparedImage } from "./explained-images.ts";

export type Method = (typeof explanationMethods)[number];

/** A network that says of images how malignant they look, and where. */
export interface HeatMapper {
  map(images: readonly PreparedImage[], classifier: Classifier): Promise<ExplainedImage[]>;
  /** Probability of being malignant of each image of a batch, uint8 [n, size, size]. */
  probabilities(images: Uint8Array, classifier: Classifier): Promise<Float32Array>;
}

/** Of the occluding patch and its steps, as shares of the image's side: a patch of 32 of 256 px every 16. */
const patch = { patchShare: 1 / 8, strideShare: 1 / 16 };

export function createHeatMapper(explainer: Explainer, method: Method, sizePx: number): HeatMapper {
  const gradCam = async (images: readonly PreparedImage[], classifier: Classifier): Promise<ExplainedImage[]> => {
    const batch = new Uint8Array(images.length * sizePx * sizePx);
    images.forEach(({ pixels }, index) => batch.set(pixels, index * sizePx * sizePx));
    return explainer.explain(batch, classifier);
  };
  const occlusion = async (image: PreparedImage, classifier: Classifier): Promise<ExplainedImage> => {
    const [explained] = await gradCam([image], classifier);
    if (explained === undefined) throw new RangeError("one image gives one explanation");
    const evidenceOf = async (batch: Uint8Array): Promise<number[]> =>
      (await explainer.judge(batch, classifier)).map(({ evidence }) => evidence);
    const fill = meanWithin(image);
    return { ...explained, ...(await occlude(image.pixels, evidenceOf, { ...patch, sizePx, fill })) };
  };
  return {
    async map(images, classifier) {
      if (method === "grad-cam") return gradCam(images, classifier);
      const explained: ExplainedImage[] = [];
      for (const image of images) explained.push(await occlusion(image, classifier));
      return explained;
    },
    probabilities: async (images, classifier) =>
      Float32Array.from(await explainer.judge(images, classifier), ({ probability }) => probability),
  };
}

/** The breast's mean grey: a patch of it hides what is there and adds little, where one of air would add a hole. */
function meanWithin({ pixels, breast }: PreparedImage): number {
  let sum = 0;
  let count = 0;
  pixels.forEach((level, at) => {
    if (breast[at] !== 1) return;
    sum += level;
    count++;
  });
  return count === 0 ? 0 : Math.round(sum / count);
}
