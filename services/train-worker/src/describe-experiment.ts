import type { ManifestLine } from "@mammoflow/jobs";
import { stringify } from "yaml";
import { backboneOf, type ExperimentInputs } from "./experiment-inputs.ts";

/** `args.yaml`: everything that the experiment's results are a function of. */
export function describeArguments({
  config,
  experiment,
  manifestSha256,
  addresses,
  weights,
}: ExperimentInputs): string {
  return stringify(
    {
      ...experiment,
      training: config.training,
      weights,
      recipeHash: config.recipeHash,
      manifestSha256,
      features: addresses,
      bootstrapResamples: config.bootstrapResamples,
    },
    { lineWidth: 0 },
  );
}

/** What a program needs in order to use the head: which backbone on which weights, which recipe, which threshold. */
export function describeModel({ config, experiment, weights }: ExperimentInputs): object {
  const { featureLength } = backboneOf(experiment.backbone);
  return {
    name: experiment.name,
    backbone: experiment.backbone,
    weights,
    featureLength,
    outputs: ["benign", "malignant"],
    probability: "sigmoid((malignant - benign) / 2)",
    threshold: 0.5,
    recipe: config.recipe,
    recipeHash: config.recipeHash,
    labelRule: config.dataset.labelRule,
    use: "Research use only. Human review required.",
  };
}

/** `predictions.csv`: a line for each image of the test split. */
export function predictionsCsv(rows: { line: ManifestLine; probability: number }[]): Buffer {
  const lines = rows.map(({ line, probability }) =>
    [
      line.studyId,
      line.imageId,
      line.laterality ?? "",
      line.viewPosition ?? "",
      line.birads ?? "",
      line.density ?? "",
      line.label,
      line.rows,
      probability,
    ].join(","),
  );
  return Buffer.from(
    `study_id,image_id,laterality,view_position,birads,density,label,rows,probability\n${lines.join("\n")}\n`,
  );
}
