import { imageFeatures, measureImageFeatures } from "@mammoflow/imaging";
import { featureModelSchema, predictFeatureModel } from "@mammoflow/models";
import { AppError } from "@mammoflow/runtime";
import type { Judge } from "./judge.ts";

/** Trees over measured features. @param bytes of `trees.json` */
export function judgeOfTrees(bytes: Uint8Array, id: string): Judge {
  const model = featureModelSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
  return {
    async judge(exam) {
      const { values } = measureImageFeatures(
        exam.map(({ pixels, sizePx, geometry, header }) => ({
          pixels,
          widthPx: sizePx,
          heightPx: sizePx,
          geometry,
          laterality: sideOf(header?.laterality),
          viewPosition: header?.viewPosition ?? null,
          ...(header?.imagerPixelSpacingMm && { pixelSpacingMm: header.imagerPixelSpacingMm }),
        })),
      );
      const width = imageFeatures.length;
      return Array.from(predictFeatureModel(model, { features: imageFeatures, values }), (probability, image) => ({
        probability,
        row: values.subarray(image * width, (image + 1) * width),
      }));
    },
    explain: () =>
      Promise.reject(
        new AppError({
          code: "EXPLAIN_PART",
          message: `${id} is made of trees over measured features, which look at no place: explain with a model of a network (--model).`,
        }),
      ),
    close: () => Promise.resolve(),
  };
}

export const sideOf = (laterality: string | undefined): "L" | "R" | null =>
  laterality === "L" || laterality === "R" ? laterality : null;
