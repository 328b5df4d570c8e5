import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { loadSettings } from "@mammoflow/runtime";
import { startLocalServices } from "../local-services.ts";
import { wholeNumber } from "../options.ts";
import { note } from "../terminal.ts";
import { untilStopped } from "../until-stopped.ts";

export function configure(command: Command): void {
  command
    .option(
      "--preprocess-workers <n>",
      "processes that turn DICOM into images",
      wholeNumber(0),
      Math.max(1, availableParallelism()),
    )
    .option("--train-workers <n>", "processes that extract features and train", wholeNumber(0), 1)
    .option("--port <n>", "the dashboard's port", wholeNumber(0))
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow up --preprocess-workers 8\n\nStays until Ctrl-C, which stops everything cleanly. Uses REDIS_URL if set, else starts a local queue.",
    )
    .action(up);
}

async function up(options: { preprocessWorkers: number; trainWorkers: number; port?: number }): Promise<void> {
  const settings = loadSettings(options.port === undefined ? {} : { dashboardPort: options.port });
  const services = await startLocalServices(settings, { ...options, hasDashboard: true });
  note(
    `${options.preprocessWorkers} preprocess workers and ${options.trainWorkers} train workers are up; dashboard: ${services.dashboardUrl}\nCtrl-C stops them.`,
  );
  await untilStopped();
  note("Stopping.");
  await services.close();
}
