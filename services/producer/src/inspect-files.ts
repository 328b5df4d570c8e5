import type { FileFacts, InspectFiles, InspectRequest } from "@mammoflow/dataset";
import { AppError, createProcessPool, siblingModule } from "@mammoflow/runtime";

export interface InspectorOptions {
  /** Processes at work at once. */
  jobs: number;
  deadlineMs: number;
  memoryMb: number;
  /** Module of the processes; tests have one that fails on purpose. */
  module?: URL;
}

export interface FilesInspector {
  inspect: InspectFiles;
  close(): Promise<void>;
}

/** Files of one request: many where a look is short, so that sending takes no time worth mentioning. */
const batchSizes: Record<InspectRequest["look"], number> = { header: 32, blocks: 32, whole: 8, pixels: 4 };

/**
 * Looks at files in child processes, a batch each. Where one hangs, takes too much memory or dies, the files of its batch are
 * looked at again, one by one: a hostile file is a failure of its own and of no other.
 */
export function createFilesInspector(options: InspectorOptions): FilesInspector {
  const { jobs, deadlineMs, memoryMb, module = siblingModule(import.meta.url, "inspect-files-child") } = options;
  const pool = createProcessPool<InspectRequest, FileFacts[]>({ module, size: jobs, deadlineMs, memoryMb });

  const inspectBatch = async (request: InspectRequest): Promise<FileFacts[]> => {
    try {
      return await pool.call(request);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { code, message } = error;
      if (request.files.length === 1) return [{ sizeBytes: 0, bytesRead: 0, failure: { code, message } }];
    }
    const facts: FileFacts[] = [];
    for (const file of request.files) facts.push(...(await inspectBatch({ ...request, files: [file] })));
    return facts;
  };

  return {
    async inspect(request, onDone) {
      const size = Math.min(batchSizes[request.look], Math.ceil(request.files.length / jobs));
      const batches: InspectRequest[] = [];
      for (let start = 0; start < request.files.length; start += size)
        batches.push({ ...request, files: request.files.slice(start, start + size) });
      const facts = await Promise.all(
        batches.map(async (batch) => {
          const own = await inspectBatch(batch);
          onDone(own.length);
          return own;
        }),
      );
      return facts.flat();
    },
    close: () => pool.close(),
  };
}
