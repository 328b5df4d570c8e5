import { InvalidArgumentError } from "commander";
import type { SettingAxis } from "@mammoflow/jobs";
import {
  backboneNames,
  imbalanceStrategyNames,
  trainedParts,
  type BackboneName,
  type ImbalanceStrategy,
  type TrainedPart,
} from "@mammoflow/models";
import { choiceOf, seedList, someOf } from "./options.ts";
import { trainingOptions } from "./training-options.ts";

/** What a grid says, in place of the options of the same meaning; absent: as those say. */
export interface Grid {
  models?: BackboneName[];
  imbalance?: ImbalanceStrategy[];
  part?: TrainedPart[];
  seeds?: number[];
  axes: SettingAxis[];
}

/** The keys that name what an experiment is made of. */
const choices: Record<string, (text: string) => Omit<Grid, "axes">> = {
  backbone: (text) => ({ models: choiceOf(backboneNames)(text) }),
  imbalance: (text) => ({ imbalance: choiceOf(imbalanceStrategyNames)(text) }),
  part: (text) => ({ part: someOf(trainedParts)(text) }),
  seed: (text) => ({ seeds: seedList(text) }),
};

/**
 * `backbone=resnet18,vgg16 imbalance=sampler part=head lr=0.001,0.0003 seed=1..5`: every combination becomes an experiment.
 *
 * @throws InvalidArgumentError naming the key, and what may stand there
 */
export function parseGrid(text: string): Grid {
  const grid: Grid = { axes: [] };
  const seen = new Set<string>();
  for (const pair of text.split(/\s+/).filter((word) => word !== "")) {
    const [key = "", values] = pair.split("=");
    if (values === undefined || values === "")
      throw new InvalidArgumentError(
        `${JSON.stringify(pair)} is no key=value,value of a grid, such as lr=0.001,0.0003.`,
      );
    if (seen.has(key)) throw new InvalidArgumentError(`${key} stands there twice: give all its values at once.`);
    seen.add(key);
    Object.assign(
      grid,
      explained(key, () => valuesOf(key, values, grid)),
    );
  }
  if (seen.size === 0) throw new InvalidArgumentError(`The grid is empty: ${allowed()}.`);
  return grid;
}

function valuesOf(key: string, values: string, { axes }: Grid): Partial<Grid> {
  const choose = choices[key];
  if (choose) return choose(values);
  const option = trainingOptions.find((known) => known.key === key);
  if (!option) throw new InvalidArgumentError(`no such key is known; ${allowed()}.`);
  const axis = {
    abbreviation: key,
    setting: option.setting,
    values: [...new Set(values.split(",").map(option.parse))],
  };
  return { axes: [...axes, axis] };
}

function explained<Result>(key: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new InvalidArgumentError(`${key}: ${error.message}`);
    throw error;
  }
}

function allowed(): string {
  return `give ${[...Object.keys(choices), ...trainingOptions.map(({ key }) => key)].join(", ")}`;
}
