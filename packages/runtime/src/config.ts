import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import type { z } from "zod";
import { UsageError, messageOf } from "./errors.ts";
import { factsOf } from "./settings/describe-variable.ts";
import { type Settings, settingsSchema } from "./settings/settings-schema.ts";

export type { Settings };

const variables = new Map(
  Object.entries(settingsSchema.shape).map(([setting, schema]) => [setting, factsOf(schema).variable]),
);

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
  for (const [setting, variable] of variables) {
    const value = environment[variable];
    if (value !== undefined && value !== "") fromEnvironment[setting] = value;
  }
  const flagsGiven = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const merged = { ...readSettingsFile(folder), ...fromEnvironment, ...flagsGiven };
  const parsed = settingsSchema.safeParse(merged);
  if (parsed.success)
    return withPassword({
      ...parsed.data,
      cacheDir: resolve(parsed.data.cacheDir),
      homeDir: resolve(parsed.data.homeDir),
    });
  throw refusalOf(parsed.error.issues[0]);
}

/** Names the setting, its variable, what it is, and a value that would do. */
function refusalOf(issue: z.core.$ZodIssue | undefined): UsageError {
  const setting = String(issue?.path[0] ?? "");
  const schema = Object.entries(settingsSchema.shape).find(([name]) => name === setting)?.[1];
  if (schema === undefined)
    return new UsageError(
      `mammoflow.yaml cannot be used: ${issue?.message}. docs/configuration.md lists the settings.`,
    );
  const { variable, what, example } = factsOf(schema);
  return new UsageError(
    `The setting ${setting} (environment variable ${variable}: ${what}) cannot be used: ${issue?.message}. Correct it, for example ${example}, and run again.`,
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

/** The file of who may use the dashboard. */
export function usersFileOf({ usersFile, homeDir }: Pick<Settings, "usersFile" | "homeDir">): string {
  return usersFile === undefined ? join(homeDir, "users.json") : resolve(usersFile);
}

/** The store of the log of what belongs to no run, such as who signed in: that of the runs, else a folder of this machine. */
export function auditAddressOf({ out, homeDir }: Pick<Settings, "out" | "homeDir">): string {
  return out ?? homeDir;
}

/** The environment that makes a child process see these settings. */
export function settingsEnvironment(settings: Partial<Settings>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([setting, value]) => {
      const variable = variables.get(setting);
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
