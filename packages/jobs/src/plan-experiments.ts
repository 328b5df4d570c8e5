import { AppError } from "@mammoflow/runtime";
import type { Experiment } from "./run-config.ts";

type SettingValue = string | number | boolean;

/** One setting that takes several values: each makes experiments of its own, with the value in their names. */
export interface SettingAxis {
  /** As it stands in names, e.g. `lr`. */
  abbreviation: string;
  /** The setting's own name, e.g. `learningRate`. */
  setting: string;
  values: SettingValue[];
}

/** What the experiments of a run are the product of. */
export interface ExperimentPlan {
  backbones: string[];
  strategies: string[];
  /** What of a backbone is trained: `head`, `last-block`, `all`. */
  parts: Experiment["part"][];
  seeds: number[];
  axes?: SettingAxis[];
  /** Data sets of which each in turn is left out of the training. */
  leftOut?: string[];
  /** Kinds of trees over measured features, beside the networks, and the strategies that they can follow. */
  baselines?: Experiment["part"][];
  baselineStrategies?: string[];
}

/** Stands where a network's name stands, for what learns from measured features. */
export const imageFeaturesName = "image-features";

/** The one place where experiments get their names: `<backbone>-<strategy>-<part>-s<seed>`, then what a grid or a left-out data set adds. */
function nameOf(experiment: Omit<Experiment, "name">, values: [abbreviation: string, value: SettingValue][]): string {
  const { backbone, strategy, part, seed, leftOut } = experiment;
  const additions = values.map(([abbreviation, value]) => `-${abbreviation}${value}`);
  return [
    `${backbone}-${strategy}-${part}-s${seed}`,
    ...additions,
    ...(leftOut === undefined ? [] : [`-without-${leftOut}`]),
  ].join("");
}

/**
 * Every backbone with every part under every strategy, seed and combination of settings, once for each data set that is left out; then
 * the baselines, which know no settings and no chance.
 *
 * @throws AppError `EXPERIMENTS_SAME` when two would have one name
 */
export function planExperiments(plan: ExperimentPlan): Experiment[] {
  const { axes = [], baselines = [], baselineStrategies = [] } = plan;
  const folds: (string | undefined)[] = plan.leftOut && plan.leftOut.length > 0 ? plan.leftOut : [undefined];
  const combinations = axes.reduce<[SettingAxis, SettingValue][][]>(
    (all, axis) =>
      all.flatMap((chosen) => axis.values.map((value): [SettingAxis, SettingValue][] => [...chosen, [axis, value]])),
    [[]],
  );
  // What shares a backbone and a part comes together: a worker keeps what it read for the last one.
  const models = plan.backbones.flatMap((backbone) =>
    plan.parts.flatMap((part) =>
      plan.strategies.flatMap((strategy) =>
        combinations.flatMap((chosen) =>
          folds.flatMap((leftOut) =>
            plan.seeds.map((seed) =>
              named({ backbone, strategy, part, seed, ...(leftOut !== undefined && { leftOut }) }, chosen),
            ),
          ),
        ),
      ),
    ),
  );
  const trees = baselineStrategies.flatMap((strategy) =>
    baselines.flatMap((part) =>
      folds.map((leftOut) =>
        named({ backbone: imageFeaturesName, strategy, part, seed: 1, ...(leftOut !== undefined && { leftOut }) }, []),
      ),
    ),
  );
  const experiments = [...models, ...trees];
  const same = experiments.find(({ name }, index) => experiments.findIndex((other) => other.name === name) !== index);
  if (same)
    throw new AppError({
      code: "EXPERIMENTS_SAME",
      message: `Two experiments would be named ${same.name}: give each value once.`,
    });
  return experiments;
}

function named(experiment: Omit<Experiment, "name">, chosen: [SettingAxis, SettingValue][]): Experiment {
  const settings = Object.fromEntries(chosen.map(([{ setting }, value]) => [setting, value]));
  return {
    name: nameOf(
      experiment,
      chosen.map(([{ abbreviation }, value]) => [abbreviation, value]),
    ),
    ...experiment,
    ...(chosen.length > 0 && { settings }),
  };
}
