import { AppError, messageOf } from "@mammoflow/runtime";
import type { GivenImage, ServedModel } from "@mammoflow/serving";
import { createFileReader } from "./file-reader.ts";
import { note } from "./terminal.ts";

export interface AskedFiles<Answer> {
  answers: { files: string[]; answer: Answer }[];
  failures: { files: string[]; reason: string }[];
}

/**
 * Asks a model about files, group by group. One bad file stops nothing: it is named on standard error, and the others go on.
 *
 * @param opened is waited for while the first file is read; closed at the end
 * @throws what opening the model throws
 */
export async function askAboutFiles<Model extends Pick<ServedModel, "ready" | "close">, Answer>(
  opened: Promise<Model>,
  groups: readonly string[][],
  ask: (model: Model, images: GivenImage[]) => Promise<Answer>,
): Promise<AskedFiles<Answer>> {
  const reader = createFileReader();
  const read = async (files: readonly string[]): Promise<GivenImage[]> =>
    Promise.all(files.map(async (name) => ({ name, bytes: await reader.read(name) })));
  const result: AskedFiles<Answer> = { answers: [], failures: [] };
  let next = settled(read(groups[0] ?? []));
  const model = await opened;
  try {
    for (const [index, files] of groups.entries()) {
      const images = next;
      next = settled(read(groups[index + 1] ?? []));
      try {
        result.answers.push({ files, answer: await ask(model, await images) });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        await model.ready(); // no file's fault: the network cannot be loaded
        note(`mammoflow: ${messageOf(error)}`);
        result.failures.push({ files, reason: messageOf(error) });
      }
    }
    return result;
  } finally {
    await model.close();
  }
}

/** A promise that is awaited later; until then its failure is nobody's. */
function settled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => undefined);
  return promise;
}
