import { drawExplanation, invertedWarning } from "@mammoflow/imaging";
import { unlikeness } from "@mammoflow/models";
import { hotRegions } from "./hot-regions.ts";
import type { Judge } from "./judge.ts";
import { loadJudge } from "./load-judge.ts";
import type { PreparedPicture } from "./prepared-picture.ts";
import type { ChildModel, ExplainedImage, JudgedImages, ServeRequest } from "./serve-request.ts";

/** Pixels of an overlay per pixel of the prepared image. */
const scale = 1;

let loaded: { version: string; judge: Promise<Judge> } | undefined;

/** Answers one request of the parent, with the model loaded that it is about. */
export async function answerRequest(request: ServeRequest): Promise<JudgedImages | ExplainedImage | null> {
  if (request.kind === "start") return null; // what this process is made of has loaded meanwhile
  const judge = await judgeOf(request.model);
  switch (request.kind) {
    case "load":
      return null;
    case "predict":
      return judgePictures(judge, request.model, request.pictures);
    case "explain": {
      const { model, picture } = request;
      const { heat, peak } = await judge.explain(picture);
      const overlay = await drawExplanation({ ...picture, heat, peak, boxes: [] }, scale);
      const regions = hotRegions(heat, picture.sizePx, picture.geometry);
      return { ...(await judgePictures(judge, model, [picture])), overlay, regions };
    }
  }
}

async function judgeOf(model: ChildModel): Promise<Judge> {
  if (loaded?.version !== model.version) {
    const before = await loaded?.judge.catch(() => undefined);
    await before?.close();
    loaded = { version: model.version, judge: loadJudge(model) };
  }
  const { judge } = loaded;
  try {
    return await judge;
  } catch (error) {
    loaded = undefined; // weights that are missing now may be there at the next request
    throw error;
  }
}

async function judgePictures(
  judge: Judge,
  model: ChildModel,
  pictures: readonly PreparedPicture[],
): Promise<JudgedImages> {
  const startedAt = performance.now();
  const judged = await judge.judge(pictures);
  const networkMs = performance.now() - startedAt;
  const images = pictures.map(({ header, warnings }, image) => {
    const { probability = Number.NaN, row = new Float32Array() } = judged[image] ?? {};
    return {
      probability,
      unlikeness: model.likeness && unlikeness(row, model.likeness),
      header,
      warnings: warnings.map((message) => ({
        code: message === invertedWarning ? ("PHOTOMETRIC" as const) : ("PREPARATION" as const),
        message,
      })),
    };
  });
  const sum = (part: "decodeMs" | "prepareMs"): number => pictures.reduce((total, picture) => total + picture[part], 0);
  return { images, timing: { decodeMs: sum("decodeMs"), prepareMs: sum("prepareMs"), networkMs } };
}
