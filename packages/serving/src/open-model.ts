import { AppError, createProcessPool, requireFileSize, siblingModule, type Settings } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import type { PreparedPicture } from "./child/prepared-picture.ts";
import type { AskedImage, ExplainedImage, JudgedImages, PrepareRequest, ServeRequest } from "./child/serve-request.ts";
import { type CallOptions, type GivenImage, mostImages, type ServedModel } from "./served-model.ts";

export interface OpenModelOptions {
  /** Is not needed any more once the model is open. */
  store: ObjectStore;
  /** Which model; unset: the one that was promoted. */
  named?: { run: string; experiment: string } | undefined;
  /** Where weights lie, how buckets are reached, and what an image may take. */
  settings: Pick<Settings, "cacheDir" | "gcsEndpoint" | "imageTimeoutMs" | "childMemoryMb" | "trainMemoryMb">;
  /** False: the model is given before its network is loaded, so that images are prepared meanwhile; see `ready`. */
  waitsForNetwork?: boolean;
}

/**
 * A trained model, ready to answer. It decodes in one process, which a damaged file may cost, and computes in another, because
 * TensorFlow blocks its thread; both are replaced when they die. They start before anything is read, and what is needed here loads
 * meanwhile: the first answer comes the sooner.
 *
 * @throws AppError `NOT_PROMOTED`, `RUN_UNKNOWN`, `EXPERIMENT_UNKNOWN`, `MODEL_OLD`, `MODEL_DAMAGED`, `WEIGHTS_OTHER`, `WEIGHTS_MISSING`
 */
export async function openModel({
  store,
  named,
  settings,
  waitsForNetwork = true,
}: OpenModelOptions): Promise<ServedModel> {
  const { imageTimeoutMs: deadlineMs, childMemoryMb, trainMemoryMb } = settings;
  const child = createProcessPool<ServeRequest, JudgedImages | ExplainedImage | null>({
    module: siblingModule(import.meta.url, "serve-child"),
    size: 1,
    deadlineMs,
    memoryMb: trainMemoryMb,
    environment: { TF_CPP_MIN_LOG_LEVEL: "3" },
  });
  const decoder = createProcessPool<PrepareRequest, PreparedPicture[]>({
    module: siblingModule(import.meta.url, "prepare-child"),
    size: 1,
    deadlineMs,
    memoryMb: childMemoryMb,
    takesBytes: true,
  });
  const close = async (): Promise<void> => void (await Promise.all([child.close(), decoder.close()]));
  try {
    // A process that cannot start fails the next call, too.
    child.call({ kind: "start" }).catch(() => undefined);
    decoder.call({ images: [], recipe: {}, sizePx: null }).catch(() => undefined);
    const { describeModel } = await import("./describe-model.ts");
    const { facts, model, trainingImages } = await describeModel(store, named, settings);
    const loading = child.call({ kind: "load", model });
    loading.catch(() => undefined); // whoever asks is told
    const ready = async (): Promise<void> => void (await loading);
    if (waitsForNetwork) await ready();
    const { explanationOf, predictionOf } = await import("./prediction-of.ts");
    const prepare = (images: readonly GivenImage[], options?: CallOptions): Promise<PreparedPicture[]> => {
      requireExam(images);
      const request = { images: images.map(asked), recipe: model.recipe, sizePx: model.sizePx };
      return decoder.call(request, { ...calling(options), bytes: images.map(({ bytes }) => bytes) });
    };
    return {
      facts,
      ready,
      async predict(images, options) {
        const pictures = await prepare(images, options);
        const judged = await child.call({ kind: "predict", model, pictures }, calling(options));
        return predictionOf(judged as JudgedImages, facts, trainingImages); // what is answered to `predict`
      },
      async explain(image, options) {
        const [picture] = await prepare([image], options);
        if (picture === undefined) throw new RangeError("one image gives one picture");
        const explained = await child.call({ kind: "explain", model, picture }, calling(options));
        return explanationOf(explained as ExplainedImage, facts, trainingImages); // and to `explain`
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Who gives up is not waited for; the process goes on, because a new one would have to load the network again. */
const calling = ({ signal }: CallOptions = {}) => ({ ...(signal && { signal }), whenAborted: "let-finish" as const });

const asked = ({ bytes: _, ...image }: GivenImage): AskedImage => image;

function requireExam(images: readonly GivenImage[]): void {
  if (images.length === 0 || images.length > mostImages)
    throw new AppError({
      code: "EXAM_SIZE",
      message: `${images.length} images are no exam: give one image, or up to ${mostImages} of one patient.`,
    });
  for (const { name, bytes } of images) requireFileSize(name, bytes.length);
}
