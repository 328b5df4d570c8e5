import { z } from "zod";

/** What a variable says beside its type: `docs/configuration.md` is written from it, and errors quote it. */
export interface VariableFacts {
  /** The environment variable. */
  variable: string;
  /** The services that read it, or the program. `producer` is the command line. */
  readBy: readonly string[];
  /** What it does, as the end of a sentence: "images that one worker prepares at once". */
  what: string;
  example: string;
  /** What holds where nothing is set, when no value stands for it. */
  unset?: string;
}

/** The facts of every schema of a variable. */
export const variableFacts = z.registry<VariableFacts>();

/** @throws Error for a schema that was given none: a mistake in this program */
export function factsOf(schema: z.ZodType): VariableFacts {
  const facts = variableFacts.get(schema);
  if (facts === undefined) throw new Error("a variable without its facts");
  return facts;
}
