import { z } from "zod";
import { readJson } from "./run-program.ts";

const serviceSchema = z.looseObject({
  image: z.string().optional(),
  restart: z.string().optional(),
  /** Of the file's `scale:`; Compose also writes it under `deploy`. */
  scale: z.number().optional(),
  environment: z.record(z.string(), z.string().nullable()).default({}),
});
/** What `docker compose config --format json` prints. */
const projectSchema = z.looseObject({ name: z.string(), services: z.record(z.string(), serviceSchema) });
export type ComposeProject = z.infer<typeof projectSchema>;

const listedSchema = z.looseObject({
  ID: z.string(),
  Service: z.string(),
  State: z.string(),
  Health: z.string().default(""),
  ExitCode: z.number(),
  Publishers: z
    .array(z.looseObject({ URL: z.string(), TargetPort: z.number(), PublishedPort: z.number() }))
    .nullish()
    .transform((ports) => ports ?? []),
});
type Listed = z.infer<typeof listedSchema>;

const inspectedSchema = z.looseObject({
  Id: z.string(),
  RestartCount: z.number().default(0),
  State: z.looseObject({
    OOMKilled: z.boolean().default(false),
    Error: z.string().default(""),
    Health: z.looseObject({ Log: z.array(z.looseObject({ Output: z.string() })).nullish() }).nullish(),
  }),
  Config: z.looseObject({ Image: z.string(), Labels: z.record(z.string(), z.string()).nullish() }),
});

/** A container of the project, as Compose lists it and the engine knows it. */
export interface Container {
  service: string;
  state: string;
  health: string;
  exitCode: number;
  ports: { address: string; port: number; inside: number }[];
  restarts: number;
  isOutOfMemory: boolean;
  /** What the engine or the last health check said. */
  lastWords: string;
  image: string;
  labels: Record<string, string>;
}

export function readProject(text: string): ComposeProject | undefined {
  return readJson(projectSchema, text);
}

/** Of `docker compose ps --all --format json`: an object a line, in older versions an array. */
export function readListed(text: string): Listed[] {
  const inArray = readJson(z.array(listedSchema), text);
  return inArray ?? text.split("\n").flatMap((line) => readJson(listedSchema, line) ?? []);
}

/** @param inspected what `docker inspect ID...` prints */
export function readContainers(listed: Listed[], inspected: string): Container[] {
  const known = readJson(z.array(inspectedSchema), inspected) ?? [];
  return listed.map(({ ID, Service, State, Health, ExitCode, Publishers }) => {
    const details = known.find(({ Id }) => Id.startsWith(ID));
    const checked = details?.State.Health?.Log?.at(-1)?.Output ?? "";
    return {
      service: Service,
      state: State,
      health: Health,
      exitCode: ExitCode,
      ports: Publishers.filter(({ PublishedPort }) => PublishedPort > 0).map(({ URL, TargetPort, PublishedPort }) => ({
        address: URL,
        port: PublishedPort,
        inside: TargetPort,
      })),
      restarts: details?.RestartCount ?? 0,
      isOutOfMemory: details?.State.OOMKilled ?? false,
      lastWords: (details?.State.Error ?? "") || checked.trim().split("\n").at(-1)?.slice(0, 200) || "",
      image: details?.Config.Image ?? "",
      labels: details?.Config.Labels ?? {},
    };
  });
}
