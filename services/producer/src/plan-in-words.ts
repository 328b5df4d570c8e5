import { protocolInWords } from "@mammoflow/evaluation";
import { recipeName, recipeSchema } from "@mammoflow/imaging";
import type { RunConfig } from "@mammoflow/jobs";
import { estimateCost } from "./estimate-cost.ts";

/** By which protocol a run goes, and what it may take; nothing here is a promise. */
export function planInWords(config: RunConfig): string[] {
  const recipe = recipeSchema.parse(config.recipe);
  const { seconds, sizePx } = estimateCost(config);
  const timesStudy = (sizePx / studySizePx) ** 2;
  const cost =
    timesStudy <= 1
      ? ""
      : `; images of ${sizePx} px take ${Number(timesStudy.toPrecision(2))} times what the study's ${studySizePx} px take (--size ${studySizePx})`;
  return [
    ...(config.protocol ? [`Protocol ${protocolInWords(config.protocol)}.`] : []),
    `Recipe ${recipeName(recipe)}. The networks take up to about ${durationInWords(seconds)} on two cores, if nothing lies in the cache${cost}.`,
  ];
}

const studySizePx = 256;

function durationInWords(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Number((seconds / 3600).toPrecision(2))} h`;
}
