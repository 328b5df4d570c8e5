import { formatComparison, parseRunSummary, type RunSummary } from "@mammoflow/evaluation";
import { objectNames, type RunProgress } from "@mammoflow/jobs";
import { openStore } from "@mammoflow/storage";
import { note, print, printJson } from "./terminal.ts";

/** Prints what came out of a run that has ended; the process's exit code says whether the run is whole. */
export async function showOutcome(
  run: RunProgress,
  { json, gcsEndpoint }: { json: boolean; gcsEndpoint: string | undefined },
): Promise<void> {
  const store = openStore(run.store, gcsEndpoint);
  const stored = await store.get(objectNames.summary(run.runId));
  const summary =
    run.state === "done" && stored
      ? parseRunSummary(JSON.parse(stored.bytes.toString()), objectNames.summary(run.runId))
      : undefined;
  const addresses = {
    report: `${run.store}/${objectNames.report(run.runId)}`,
    comparison: `${run.store}/${objectNames.comparison(run.runId)}`,
    models:
      summary?.experiments.map(({ name }) => `${run.store}/${objectNames.experiment(run.runId, name, "model")}`) ?? [],
  };
  const studies = run.stages.find(({ stage }) => stage === "preprocess");
  const counts = { submitted: run.studies, completed: studies?.done ?? 0, failed: studies?.failed ?? 0 };
  const hasFailedExperiments = run.stages.some(({ stage, failed }) => stage === "learn" && failed > 0);
  if (run.state !== "done" || hasFailedExperiments) process.exitCode = 1;
  if (json)
    return printJson({ runId: run.runId, state: run.state, reason: run.reason, ...counts, ...addresses, summary });

  if (summary) {
    print(`\n${formatComparison(summary)}`);
    print(`\nReport      ${addresses.report}\nComparison  ${addresses.comparison}`);
    const models =
      addresses.models.length > mostModels
        ? [`${run.store}/${objectNames.experiment(run.runId, "NAME", "model")}`]
        : addresses.models;
    if (models.length > 0) print(`Models      ${models.join("\n            ")}`);
  }
  print(`Studies     ${counts.submitted} submitted = ${counts.completed} completed + ${counts.failed} failed`);
  if (summary) print(`Experiments ${experimentsInWords(summary)}`);
  if (hasFailedExperiments) note(`Once their reasons are mended: \`mammoflow retry ${run.runId} --failed --watch\`.`);
  if (run.state !== "done") note(`The run ${run.runId} is ${run.state}${run.reason ? `: ${run.reason}` : ""}.`);
}

/** More are shown by the folder that they lie in. */
const mostModels = 4;

/** Those that were not run stand by their reasons, each said once, of many with one name alone. */
function experimentsInWords({ experiments, notRun }: RunSummary): string {
  const byReason = new Map<string, string[]>();
  for (const { name, reason } of notRun) byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  const reasons = [...byReason].map(([reason, [first = "", ...others]]) => {
    const more = others.length > 0 ? ` and ${others.length} more` : "";
    return `\n            ${first}${more}: ${reason}`;
  });
  return `${experiments.length} of ${experiments.length + notRun.length} compared${reasons.join("")}`;
}
