import assert from "node:assert/strict";
import type { RunConfig } from "@mammoflow/jobs";
import { Command } from "commander";
import { configure, planSubmission } from "../../services/producer/src/verbs/submit.ts";

/** What `mammoflow submit` makes of its command line, without a process of its own. */
export async function planOf(...args: string[]): Promise<RunConfig> {
  const command = new Command("submit").exitOverride().configureOutput({ writeErr: () => {} });
  configure(command);
  let planned: RunConfig | undefined;
  command.action(async (folders: string[]) => {
    planned = (await planSubmission(folders, command)).config;
  });
  await command.parseAsync(args, { from: "user" });
  assert.ok(planned);
  return planned;
}
