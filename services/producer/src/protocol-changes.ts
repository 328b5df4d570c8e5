import { atSize, recipeHash, recipeName, type Recipe } from "@mammoflow/imaging";
import type { RunConfig, SettingAxis } from "@mammoflow/jobs";
import { isNothing, settingsOf, type TrainedPart, type TrainingSettings } from "@mammoflow/models";
import { protocols, sizeOf, type ProtocolName } from "./protocols.ts";
import { trainingOptions } from "./training-options.ts";

/** What a run does, as far as a protocol has a say in it. */
interface Resolved extends Pick<RunConfig, "testFlips" | "aggregation" | "validateOn"> {
  parts: TrainedPart[];
  recipe: Recipe;
  /** Every setting, whoever set it. */
  training: TrainingSettings;
  axes: SettingAxis[];
}

type Changes = NonNullable<RunConfig["protocol"]>["changed"];

/** In what a run differs from its protocol, by the options that say so. */
export function protocolChanges(name: ProtocolName, run: Resolved): Changes {
  const protocol = protocols[name];
  const own = settingsOf(protocol.training, { part: "all" });
  const recipe = atSize(protocol.recipe, sizeOf(protocol, run.parts));
  const isSameRecipe = recipeHash(recipe) === recipeHash(run.recipe);
  const settings = trainingOptions.map(({ setting, flags }) => {
    const axis = run.axes.find((each) => each.setting === setting);
    return {
      option: flags.replace(/^--(\S+).*/, "$1"),
      from: textOf(own[setting]),
      to: (axis?.values ?? [run.training[setting]]).map(textOf).join(" or "),
    };
  });
  const { firstBatchSizes, augmentation } = run.training;
  return [
    {
      option: "recipe",
      from: recipeName(recipe),
      to: isSameRecipe ? recipeName(recipe) : recipeName(run.recipe),
    },
    ...settings,
    { option: "first-batch-sizes", from: "none", to: firstBatchSizes.join(", ") || "none" },
    { option: "augment", from: "none", to: isNothing(augmentation) ? "none" : JSON.stringify(augmentation) },
    { option: "test-flips", from: protocol.testFlips, to: run.testFlips },
    { option: "aggregation", from: protocol.aggregation, to: run.aggregation },
    { option: "validate-on", from: "training", to: run.validateOn },
  ].filter(({ from, to }) => from !== to);
}

const textOf = (value: string | number | boolean | null): string =>
  value === null ? "the architecture's" : String(value);
