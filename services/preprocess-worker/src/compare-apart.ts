import type { Comparison, Experiment } from "@mammoflow/evaluation";
import { createProcessPool, siblingModule, type Settings } from "@mammoflow/runtime";
import type { CompareRequest } from "./compare-child.ts";

/**
 * Compares the run's experiments in a process of its own, because hundreds of models take minutes, and the queue's locks must
 * stay alive here.
 */
export async function compareApart(
  experiments: Experiment[],
  { storeAddress, runId }: { storeAddress: string; runId: string },
  { gcsEndpoint, experimentTimeoutMs, childMemoryMb }: Settings,
): Promise<Comparison[]> {
  if (experiments.length === 0) return [];
  const children = createProcessPool<CompareRequest, Comparison[]>({
    module: siblingModule(import.meta.url, "compare-child"),
    size: 1,
    deadlineMs: experimentTimeoutMs,
    memoryMb: childMemoryMb,
  });
  try {
    return await children.call({ storeAddress, gcsEndpoint, runId, experiments });
  } finally {
    await children.close();
  }
}
