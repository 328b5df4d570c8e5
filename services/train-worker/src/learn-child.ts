import { jsonBytes, objectNames, type Payload } from "@mammoflow/jobs";
import { type Device, deviceInUse, loadTensorFlow } from "@mammoflow/models";
import { createEnergyMeter, serveRequests, type EnergySettings } from "@mammoflow/runtime";
import { openStore } from "@mammoflow/storage";
import { createExperimentMemory, type ExperimentMemory } from "./experiment-memory.ts";
import { putFirst } from "./put-first.ts";
import { createFeatureTaker } from "./take-features.ts";
import { runExperiment } from "./run-experiment.ts";

/** What the worker asks of the process that may block, be killed, and knows no queue. */
export type LearnRequest = { kind: "load" } | JobRequest;

type JobRequest = {
  storeAddress: string;
  gcsEndpoint: string | undefined;
  cacheDir: string;
  energy: EnergySettings;
} & (
  | { kind: "extract"; task: Payload<"extract"> }
  | { kind: "experiment"; runId: string; experiment: string; memoryMb: number }
);

export type LearnAnswer = object;

const featureTaker = createFeatureTaker();
let memory: ExperimentMemory | undefined;

serveRequests(async (request: LearnRequest, progress): Promise<LearnAnswer> => {
  if (request.kind === "load") {
    await loadTensorFlow();
    return {};
  }
  const { cacheDir } = request;
  const store = openStore(request.storeAddress, request.gcsEndpoint);
  const startedAt = performance.now();
  const meter = createEnergyMeter(request.energy);
  try {
    if (request.kind === "extract") {
      const answer = await featureTaker.take(request.task, { store, cacheDir, progress });
      return { ...answer, ...taken(startedAt), energy: meter.stop() };
    }
    const { runId, experiment, memoryMb: limitMb } = request;
    memory ??= createExperimentMemory({ cacheDir, limitMb });
    const answer = await runExperiment(request, { store, cacheDir, progress, memory });
    const energy = meter.stop();
    if (answer.done === "now")
      await putFirst(store, objectNames.experiment(runId, experiment, "energy.json"), jsonBytes(energy));
    return { ...answer, ...taken(startedAt), energy };
  } finally {
    meter.stop();
  }
});

function taken(startedAt: number): { ms: number; device: Device | undefined } {
  return { ms: Math.round(performance.now() - startedAt), device: deviceInUse() };
}
