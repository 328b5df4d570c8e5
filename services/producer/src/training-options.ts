import { InvalidArgumentError, Option, type Command } from "commander";
import { optimizerNames, trainingSettingsSchema, type Augmentation, type TrainingSettings } from "@mammoflow/models";
import { protocolNames, protocols } from "./protocols.ts";
import { numberFrom, oneOf, positiveNumber, shareBelowOne, wholeNumber } from "./options.ts";

/** Settings that one value describes: each is an option, and a key of a grid. */
type SimpleSetting = Exclude<keyof TrainingSettings, "part" | "strategy" | "seed" | "augmentation" | "firstBatchSizes">;

export interface TrainingOption {
  setting: SimpleSetting;
  flags: string;
  /** Its key in a grid, and how it stands in experiments' names. */
  key: string;
  parse: (text: string) => string | number;
  description: string;
}

/** Every setting of training that `submit` takes: the one place that says how it is called. */
export const trainingOptions: TrainingOption[] = [
  {
    setting: "epochs",
    flags: "--epochs <n>",
    key: "epochs",
    parse: wholeNumber(1),
    description: "passes over the training rows",
  },
  {
    setting: "batchSize",
    flags: "--batch-size <n>",
    key: "batch",
    parse: wholeNumber(1),
    description: "rows in a batch",
  },
  {
    setting: "accumulateBatches",
    flags: "--accumulate <n>",
    key: "accumulate",
    parse: wholeNumber(1),
    description: "batches whose gradients make one step",
  },
  {
    setting: "learningRate",
    flags: "--learning-rate <rate>",
    key: "lr",
    parse: positiveNumber,
    description: "step size of the optimizer",
  },
  {
    setting: "optimizer",
    flags: "--optimizer <name>",
    key: "optimizer",
    parse: oneOf(optimizerNames),
    description: optimizerNames.join(", "),
  },
  {
    setting: "schedule",
    flags: "--schedule <name>",
    key: "schedule",
    parse: oneOf(["constant", "cosine"]),
    description: "of the learning rate: constant, or cosine down to 0",
  },
  {
    setting: "warmupEpochs",
    flags: "--warmup <epochs>",
    key: "warmup",
    parse: wholeNumber(0),
    description: "epochs over which the learning rate rises",
  },
  {
    setting: "weightDecay",
    flags: "--weight-decay <rate>",
    key: "wd",
    parse: numberFrom(0),
    description: "pull of the weights towards 0",
  },
  {
    setting: "labelSmoothing",
    flags: "--label-smoothing <share>",
    key: "smoothing",
    parse: shareBelowOne,
    description: "how far targets stay from 0 and 1",
  },
  {
    setting: "dropout",
    flags: "--dropout <share>",
    key: "dropout",
    parse: shareBelowOne,
    description: "share of the features dropped before the classifier (default: the architecture's)",
  },
  {
    setting: "focalGamma",
    flags: "--focal-gamma <exponent>",
    key: "gamma",
    parse: numberFrom(1),
    description: "of the strategy focal-loss",
  },
  {
    setting: "emaDecay",
    flags: "--ema <decay>",
    key: "ema",
    parse: shareBelowOne,
    description: "gives the moving average of the weights; 0: the last ones",
  },
  {
    setting: "earlyStoppingEpochs",
    flags: "--early-stopping <epochs>",
    key: "patience",
    parse: wholeNumber(0),
    description: "stops when the validation loss has not fallen for so long; 0: never",
  },
  {
    setting: "outputs",
    flags: "--outputs <1|2>",
    key: "outputs",
    parse: oneOrTwo,
    description: "malignant alone, or benign and malignant as the study",
  },
  {
    setting: "batchNormStatistics",
    flags: "--batch-norm <statistics>",
    key: "bn",
    parse: oneOf(["batch", "running"]),
    description: "what batch normalisation divides by in blocks that are trained: batch or running",
  },
  {
    setting: "flipProbability",
    flags: "--flip <probability>",
    key: "flip",
    parse: shareBelowOne,
    description: "of a horizontal, and of a vertical flip",
  },
];

/** What the options hold: a setting by its own name, where it was given. */
export type TrainingChoices = { [Setting in SimpleSetting]?: TrainingSettings[Setting] } & {
  firstBatchSizes?: number[];
  augment?: Partial<Augmentation>;
};

/** How models are trained; what is not given is as the protocol has it. */
export function addTrainingOptions(command: Command): Command {
  for (const { setting, flags, parse, description } of trainingOptions) {
    const byDefault = defaultInWords(setting);
    const ending = byDefault === undefined ? "" : ` (default: ${byDefault})`;
    const option = new Option(flags, `${description}${ending}`).argParser(parse);
    option.attributeName = () => setting;
    command.addOption(option);
  }
  return command
    .option(
      "--first-batch-sizes <list>",
      "rows in a batch of the first epochs, one after the other, where they differ, e.g. 8,16",
      (text: string) => text.split(",").map(wholeNumber(1)),
    )
    .option(
      "--augment <list>",
      "changes of the images under --part all, e.g. brightness=0.1,contrast=0.1,blur=0.1..2,rotation=10,translation=0.05",
      parseAugmentation,
    );
}

/** `10`, or `30; study: 10` where the protocols differ; undefined where the architecture says it. */
function defaultInWords(setting: SimpleSetting): string | undefined {
  const values = protocolNames.map((name) => {
    const training: TrainingSettings = trainingSettingsSchema.parse(protocols[name].training);
    return { name, value: training[setting] };
  });
  const [first, ...others] = values;
  if (first === undefined || first.value === null) return undefined;
  const different = others.filter(({ value }) => value !== first.value);
  return [first.value, ...different.map(({ name, value }) => `${name}: ${value}`)].join("; ");
}

/** The settings among the options, by their own names. */
export function trainingOf(options: TrainingChoices): Partial<TrainingSettings> {
  const given = trainingOptions.flatMap(({ setting }) =>
    options[setting] === undefined ? [] : [[setting, options[setting]]],
  );
  const { firstBatchSizes } = options;
  return { ...Object.fromEntries(given), ...(firstBatchSizes && { firstBatchSizes }) };
}

const augmentations: Record<string, (text: string) => Partial<Augmentation>> = {
  brightness: (text) => ({ brightness: shareBelowOne(text) }),
  contrast: (text) => ({ contrast: shareBelowOne(text) }),
  blur: (text) => {
    const [least = "", most = least] = text.split("..");
    return { blurSigmaPx: [positiveNumber(least), positiveNumber(most)] };
  },
  rotation: (text) => ({ rotationDegrees: positiveNumber(text) }),
  translation: (text) => ({ translation: shareBelowOne(text) }),
};

/** `brightness=0.1,blur=0.1..2` */
function parseAugmentation(text: string): Partial<Augmentation> {
  return Object.assign(
    {},
    ...text.split(",").map((part) => {
      const [name = "", value = ""] = part.trim().split("=");
      const parse = augmentations[name];
      if (parse) return parse(value);
      throw new InvalidArgumentError(
        `${JSON.stringify(name)} changes nothing that is known; give ${Object.keys(augmentations).join(", ")}.`,
      );
    }),
  ) as Partial<Augmentation>; // assign forgets what it put together
}

function oneOrTwo(text: string): number {
  return Number(oneOf(["1", "2"])(text));
}
