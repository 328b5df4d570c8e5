import { runIdSchema } from "@mammoflow/jobs";
import { backboneNames, imbalanceStrategyNames } from "@mammoflow/models";
import { z } from "zod";

/** By which protocol the command line can go; it says what each sets. */
export const protocolNames = ["recommended", "study"] as const;

/** Boxes that are ticked: none, one, or several. */
const ticked = <Name extends string>(names: readonly [Name, ...Name[]]) =>
  z.preprocess((given) => (given === undefined ? [] : [given].flat()), z.array(z.enum(names)));

export const startChoicesSchema = z.object({
  data: z.string().min(1).max(1000),
  models: ticked(backboneNames),
  imbalance: ticked(imbalanceStrategyNames),
  protocol: z.enum(protocolNames).default("recommended"),
  name: z.preprocess((given) => (given === "" ? undefined : given), runIdSchema.optional()),
});
export type StartChoices = z.infer<typeof startChoicesSchema>;

/** The words of the command that does what was chosen. What is not ticked at all is left to the command. */
export function submitWords({ data, models, imbalance, protocol, name }: StartChoices, out: string): string[] {
  return [
    "submit",
    data,
    "--out",
    out,
    "--protocol",
    protocol,
    ...(models.length > 0 ? ["--models", models.join(",")] : []),
    ...(imbalance.length > 0 ? ["--imbalance", imbalance.join(",")] : []),
    ...(name === undefined ? [] : ["--name", name]),
  ];
}
