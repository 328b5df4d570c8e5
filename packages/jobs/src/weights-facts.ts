import { z } from "zod";

/** What the weights of a backbone are and where they came from. */
export const weightsFactsSchema = z.strictObject({
  title: z.string(),
  source: z.string(),
  licence: z.string(),
  sha256: z.string(),
});
export type WeightsFacts = z.infer<typeof weightsFactsSchema>;
