import { AppError } from "@mammoflow/runtime";
import type { Prediction, ServedModel } from "@mammoflow/serving";
import { z } from "zod";
import { sha256 } from "../audit.ts";
import { imagesOfTensor, mostBatched } from "../images-of-tensor.ts";
import type { Metrics } from "../metrics.ts";
import type { Call, Operation } from "../operation.ts";
import {
  inferenceRequestSchema,
  inferenceResponseSchema,
  modelMetadataSchema,
  modelReadySchema,
  serverLiveSchema,
  serverMetadataSchema,
  serverReadySchema,
  type InferenceRequest,
} from "../schemas/inference.ts";
import { notice } from "../schemas/predictions.ts";
import { requireModel } from "./models.ts";

/** What a batch can be answered with: one number an image. */
const outputs = {
  probability: { datatype: "FP64", of: ({ probability }: Prediction) => probability },
  calibrated: { datatype: "FP64", of: ({ calibrated }: Prediction) => calibrated },
  label: { datatype: "INT64", of: ({ label }: Prediction) => label },
} as const;
type OutputName = keyof typeof outputs;

/** The Open Inference Protocol, version 2, over REST: https://github.com/kserve/open-inference-protocol */
export function inferenceOperations(
  model: ServedModel,
  { metrics, serverVersion, isClosing }: { metrics: Metrics; serverVersion: string; isClosing: () => boolean },
): Operation[] {
  const { facts } = model;
  const given = givenOutputs(model);
  const metadata = modelMetadataSchema.parse({
    name: facts.experiment,
    versions: [facts.version],
    platform: "mammoflow_tensorflow",
    inputs: [{ name: "image", datatype: "BYTES", shape: [-1] }],
    outputs: given.map((name) => ({ name, datatype: outputs[name].datatype, shape: [-1] })),
  });
  const common = { tag: "open inference protocol" } as const;
  const json = "application/json";
  const ofModel = (path: string): string[] => [
    `/v2/models/{model_name}${path}`,
    `/v2/models/{model_name}/versions/{model_version}${path}`,
  ];
  const parametersOf = (path: string): NonNullable<Operation["parameters"]> => ({
    model_name: { schema: z.string(), description: "EXPERIMENT.", example: facts.experiment },
    ...(path.includes("{model_version}") && {
      model_version: { schema: z.string(), description: "The model's version.", example: facts.version },
    }),
  });
  const requireNamed = (params: unknown): void => {
    const { model_name: name, model_version: version } = params as { model_name: string; model_version?: string };
    requireModel(facts, name);
    if (version !== undefined && version !== facts.version)
      throw new AppError({ code: "MODEL_UNKNOWN", message: `${name} is here in version ${facts.version} only.` });
  };
  const suffixOf = (path: string): string => (path.includes("{model_version}") ? "Version" : "");

  return [
    {
      ...common,
      id: "serverMetadata",
      method: "GET",
      path: "/v2",
      summary: "Server metadata",
      scope: "read",
      gives: { [json]: serverMetadataSchema },
      handle: async () => serverMetadataSchema.parse({ name: "mammoflow", version: serverVersion, extensions: [] }),
    },
    {
      ...common,
      id: "serverLive",
      method: "GET",
      path: "/v2/health/live",
      summary: "Server live",
      gives: { [json]: serverLiveSchema },
      handle: async () => serverLiveSchema.parse({ live: true }),
    },
    {
      ...common,
      id: "serverReady",
      method: "GET",
      path: "/v2/health/ready",
      summary: "Server ready",
      gives: { [json]: serverReadySchema },
      refuses: ["CLOSING"],
      async handle(_, reply) {
        if (isClosing()) reply.status(503);
        return serverReadySchema.parse({ live: true, ready: !isClosing() });
      },
    },
    ...ofModel("").map((path): Operation => ({
      ...common,
      id: `modelMetadata${suffixOf(path)}`,
      method: "GET",
      path,
      summary: "Model metadata",
      scope: "read",
      parameters: parametersOf(path),
      gives: { [json]: modelMetadataSchema },
      refuses: ["MODEL_UNKNOWN"],
      async handle({ params }) {
        requireNamed(params);
        return metadata;
      },
    })),
    ...ofModel("/ready").map((path): Operation => ({
      ...common,
      id: `modelReady${suffixOf(path)}`,
      method: "GET",
      path,
      summary: "Model ready",
      scope: "read",
      parameters: parametersOf(path),
      gives: { [json]: modelReadySchema },
      refuses: ["MODEL_UNKNOWN", "CLOSING"],
      async handle({ params }, reply) {
        requireNamed(params);
        if (isClosing()) reply.status(503);
        return modelReadySchema.parse({ name: facts.experiment, ready: !isClosing() });
      },
    })),
    ...ofModel("/infer").map((path): Operation => ({
      ...common,
      id: `infer${suffixOf(path)}`,
      method: "POST",
      path,
      summary: "Inference: each image of the batch for itself",
      scope: "predict",
      takesPlace: true,
      parameters: parametersOf(path),
      takes: { [json]: { content: inferenceRequestSchema, example: exampleRequest } },
      gives: { [json]: inferenceResponseSchema },
      refuses: [
        "BAD_REQUEST",
        "MODEL_UNKNOWN",
        "BODY_SIZE",
        "IMAGE_SIZE",
        "MEDIA_TYPE",
        "DICOM_*",
        "CHILD_CRASHED",
        "CHILD_TIMEOUT",
      ],
      async handle({ params, body, id }, _, call) {
        requireNamed(params);
        const request = parseRequest(body);
        const wanted = wantedOutputs(request, given);
        const predictions = await predictEach(model, imagesOfTensor(request.inputs[0]), call);
        for (const { warnings, label } of predictions) metrics.predicted(1, warnings, label);
        return inferenceResponseSchema.parse({
          model_name: facts.experiment,
          model_version: facts.version,
          id: request.id ?? id,
          parameters: {
            review: "required",
            notice,
            threshold: predictions[0]?.threshold,
            recipe_hash: facts.recipeHash,
            warnings: predictions.flatMap(({ warnings }, index) =>
              warnings.map(({ code, message }) => `image ${index + 1}: ${code}: ${message}`),
            ),
          },
          outputs: wanted.map((name) => ({
            name,
            shape: [predictions.length],
            datatype: outputs[name].datatype,
            data: predictions.map((prediction) => outputs[name].of(prediction)),
          })),
        });
      },
    })),
  ];
}

/** Without a calibration there is no calibrated probability. */
function givenOutputs({ facts }: ServedModel): OutputName[] {
  const names: OutputName[] = ["probability", "calibrated", "label"];
  return names.filter((name) => name !== "calibrated" || facts.levels.image?.calibration);
}

function parseRequest(body: unknown): InferenceRequest {
  const parsed = inferenceRequestSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError({
    code: "BAD_REQUEST",
    message: `The inference request is wrong at ${issue?.path.join(".") || "its top"}: ${issue?.message}.`,
  });
}

function wantedOutputs({ outputs: asked }: InferenceRequest, given: OutputName[]): OutputName[] {
  if (asked === undefined || asked.length === 0) return given;
  return asked.map(({ name }) => {
    const known = given.find((each) => each === name);
    if (known) return known;
    throw new AppError({
      code: "BAD_REQUEST",
      message: `This model gives no output ${JSON.stringify(name)}: ask for ${given.join(", ")}.`,
    });
  });
}

async function predictEach(model: ServedModel, images: Uint8Array[], { signal, audit }: Call): Promise<Prediction[]> {
  if (images.length === 0 || images.length > mostBatched)
    throw new AppError({
      code: "BAD_REQUEST",
      message: `${images.length} images came: a batch has 1 to ${mostBatched}.`,
    });
  audit.images = images.map(sha256);
  audit.version = model.facts.version;
  const predictions: Prediction[] = [];
  for (const [index, bytes] of images.entries())
    predictions.push(await model.predict([{ name: `image ${index + 1}`, bytes }], { signal }));
  return predictions;
}

/** Two rows of two grey pixels: small enough to be read. */
const exampleRequest: InferenceRequest = {
  id: "42",
  inputs: [{ name: "pixels", shape: [64, 64], datatype: "UINT8", data: drawnPixels() }],
};

/** A bright disc on black: what a breast is to a recipe that looks for one. */
function drawnPixels(): number[] {
  return Array.from({ length: 64 * 64 }, (_, at) =>
    Math.hypot(at % 64, Math.floor(at / 64) - 32) < 28 ? 120 + (at % 7) * 8 : 0,
  );
}
