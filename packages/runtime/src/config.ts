import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { UsageError, messageOf } from "./errors.ts";

const booleanSchema = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);

const settingsSchema = z.strictObject({
  /** Where the queue is; unset: the local server that `mammoflow up` or a local run starts. */
  redisUrl: z.string().min(1).optional(),
  /** A file that holds the queue's password, which goes into `redisUrl`. */
  redisPasswordFile: z.string().min(1).optional(),
  /** What set-up fetched and can be fetched again: TensorFlow, weights, the embedded queue server. */
  cacheDir: z.string().min(1),
  /** What a local queue keeps between starts. */
  homeDir: z.string().min(1),
  /** Base URL of a Google Cloud Storage emulator; unset: Google. */
  gcsEndpoint: z.string().min(1).optional(),
  /** Where runs go unless `--out` says so. */
  out: z.string().min(1).optional(),
  /** The folders that workers on other machines or in containers see under the same path, parted by colons; unset: all. */
  sharedFolders: z.string().min(1).optional(),
  /** A worker writes the time into it while it and its queue are well. */
  heartbeatFile: z.string().min(1).optional(),
  logLevel: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]),
  /** Images that one preprocess worker prepares at the same time, each in its own process. */
  concurrency: z.coerce.number().int().min(1).max(256),
  /** A preparation or a training that takes longer than this is killed and counted as a failure. */
  imageTimeoutMs: z.coerce.number().int().min(100),
  experimentTimeoutMs: z.coerce.number().int().min(1000),
  /** Memory that a child that prepares images, or one that trains, may hold before it is killed. */
  childMemoryMb: z.coerce.number().int().min(64),
  trainMemoryMb: z.coerce.number().int().min(512),
  /** A worker that is not heard of for this long has lost its jobs to the others. */
  lockMs: z.coerce.number().int().min(1000),
  dashboardPort: z.coerce.number().int().min(0).max(65535),
  dashboardHost: z.string().min(1),
  /** Something else keeps strangers from the dashboard's address, so it may be one that other machines reach. */
  dashboardFenced: booleanSchema,
  /** Where the dashboard serves metrics of the queues to Prometheus; unset: nowhere. */
  metricsPort: z.coerce.number().int().min(0).max(65535).optional(),
  /** Lets Bull Board retry, promote and remove jobs. */
  dashboardActions: booleanSchema,
  /** Shards wait while more studies than this are queued, so that Redis stays small. */
  highWaterMark: z.coerce.number().int().min(1),
  /** What a busy core draws, where the processor's energy counters cannot be read. */
  wattsPerCore: z.coerce.number().positive(),
  /** Grams of CO2 equivalent that a kilowatt-hour of the local grid stands for. */
  gridGramsPerKwh: z.coerce.number().nonnegative(),
  /** What an hour of a worker's machine costs, and a kilowatt-hour; unset: nothing is said of cost. */
  pricePerHour: z.coerce.number().nonnegative().optional(),
  pricePerKwh: z.coerce.number().nonnegative().optional(),
  currency: z.string().min(1),
});

export type Settings = z.infer<typeof settingsSchema>;

/** The environment variable of each setting; `mammoflow.yaml` uses the setting's own name. */
const variables: Record<keyof Settings, string> = {
  redisUrl: "REDIS_URL",
  redisPasswordFile: "REDIS_PASSWORD_FILE",
  cacheDir: "MAMMOFLOW_CACHE",
  homeDir: "MAMMOFLOW_HOME",
  gcsEndpoint: "STORAGE_EMULATOR_HOST",
  out: "MAMMOFLOW_OUT",
  sharedFolders: "MAMMOFLOW_SHARED_FOLDERS",
  heartbeatFile: "MAMMOFLOW_HEARTBEAT_FILE",
  logLevel: "LOG_LEVEL",
  concurrency: "MAMMOFLOW_CONCURRENCY",
  imageTimeoutMs: "MAMMOFLOW_IMAGE_TIMEOUT_MS",
  experimentTimeoutMs: "MAMMOFLOW_EXPERIMENT_TIMEOUT_MS",
  childMemoryMb: "MAMMOFLOW_CHILD_MEMORY_MB",
  trainMemoryMb: "MAMMOFLOW_TRAIN_MEMORY_MB",
  lockMs: "MAMMOFLOW_LOCK_MS",
  dashboardPort: "MAMMOFLOW_DASHBOARD_PORT",
  dashboardHost: "MAMMOFLOW_DASHBOARD_HOST",
  dashboardFenced: "MAMMOFLOW_DASHBOARD_FENCED",
  metricsPort: "MAMMOFLOW_METRICS_PORT",
  dashboardActions: "MAMMOFLOW_DASHBOARD_ACTIONS",
  highWaterMark: "MAMMOFLOW_HIGH_WATER_MARK",
  wattsPerCore: "MAMMOFLOW_WATTS_PER_CORE",
  gridGramsPerKwh: "MAMMOFLOW_GRID_GRAMS_PER_KWH",
  pricePerHour: "MAMMOFLOW_PRICE_PER_HOUR",
  pricePerKwh: "MAMMOFLOW_PRICE_PER_KWH",
  currency: "MAMMOFLOW_CURRENCY",
};

const defaults = (): Settings => ({
  cacheDir: join(homedir(), ".cache", "mammoflow"),
  homeDir: join(homedir(), ".local", "state", "mammoflow"),
  logLevel: "info",
  concurrency: 1,
  imageTimeoutMs: 60_000,
  experimentTimeoutMs: 24 * 3_600_000,
  childMemoryMb: 1024,
  trainMemoryMb: 16_384,
  lockMs: 30_000,
  dashboardPort: 3000,
  dashboardHost: "127.0.0.1",
  dashboardFenced: false,
  dashboardActions: false,
  highWaterMark: 20_000,
  // Of a processor that is not known: Lannelongue and others, "Green Algorithms", 2021 (data v3.0, "Any").
  wattsPerCore: 12,
  // The world's average of 2023: Ember, "Global Electricity Review 2024".
  gridGramsPerKwh: 481,
  currency: "EUR",
});

/**
 * The settings: flags over environment over `mammoflow.yaml` (in the working folder) over defaults.
 *
 * @throws UsageError naming the setting that cannot be used
 */
export function loadSettings(
  flags: Partial<Settings> = {},
  environment: NodeJS.ProcessEnv = process.env,
  folder: string = process.cwd(),
): Settings {
  const fromEnvironment: Record<string, string> = {};
  for (const [setting, variable] of Object.entries(variables)) {
    const value = environment[variable];
    if (value !== undefined && value !== "") fromEnvironment[setting] = value;
  }
  const flagsGiven = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const merged = { ...defaults(), ...readSettingsFile(folder), ...fromEnvironment, ...flagsGiven };
  const parsed = settingsSchema.safeParse(merged);
  if (parsed.success)
    return withPassword({
      ...parsed.data,
      cacheDir: resolve(parsed.data.cacheDir),
      homeDir: resolve(parsed.data.homeDir),
    });
  const issue = parsed.error.issues[0];
  const setting = String(issue?.path[0] ?? issue?.message);
  const variable = Object.entries(variables).find(([name]) => name === setting)?.[1];
  throw new UsageError(
    `The setting ${setting}${variable ? ` (environment variable ${variable})` : ""} cannot be used: ${issue?.message}. Correct it and run again.`,
  );
}

/** @throws UsageError when the file with the queue's password cannot be read */
function withPassword(settings: Settings): Settings {
  const { redisUrl, redisPasswordFile: file } = settings;
  if (file === undefined || redisUrl === undefined || redisUrl.startsWith("unix:")) return settings;
  try {
    const url = new URL(redisUrl);
    url.password = encodeURIComponent(readFileSync(file, "utf8").trim());
    return { ...settings, redisUrl: url.href };
  } catch (error) {
    throw new UsageError(
      `The queue's password cannot be taken from ${file} (environment variable REDIS_PASSWORD_FILE): ${messageOf(error)}. Correct the path, or what it may be read by.`,
      error,
    );
  }
}

function readSettingsFile(folder: string): Record<string, unknown> {
  const file = join(folder, "mammoflow.yaml");
  if (!existsSync(file)) return {};
  try {
    const content: unknown = parse(readFileSync(file, "utf8")) ?? {};
    if (typeof content === "object" && !Array.isArray(content)) return { ...content };
    throw new Error("it must hold `name: value` lines");
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}. Correct or remove the file.`, error);
  }
}

/** The environment that makes a child process see these settings. */
export function settingsEnvironment(settings: Partial<Settings>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([setting, value]) => {
      const variable = Object.entries(variables).find(([name]) => name === setting)?.[1];
      return variable === undefined || value === undefined ? [] : [[variable, String(value)]];
    }),
  );
}

/** The environment of this process with additions, for children that are to inherit it. */
export function inheritedEnvironment(additions: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...additions };
}

/** What the environment says about the terminal. */
export interface TerminalVariables {
  term: string;
  program: string;
  isKitty: boolean;
}

export function terminalVariables(environment: NodeJS.ProcessEnv = process.env): TerminalVariables {
  const { TERM: term = "", TERM_PROGRAM: program = "", KITTY_WINDOW_ID: kittyWindow = "" } = environment;
  return { term, program, isKitty: kittyWindow !== "" };
}

/** @throws UsageError when no queue is set: services do not start one, `mammoflow up` does */
export function requireRedisUrl(settings: Settings): string {
  if (settings.redisUrl !== undefined) return settings.redisUrl;
  throw new UsageError("REDIS_URL is not set: set it to the queue's address, or start everything with `mammoflow up`.");
}
