import type { Command } from "commander";
import { listWeights, loadTensorFlow, loadXgboost } from "@mammoflow/models";
import { findRedisProgram, isLocalRedisUp, loadSettings, messageOf, type Settings } from "@mammoflow/runtime";
import { print, printJson } from "../terminal.ts";
import { version } from "../version.ts";

interface Finding {
  part: string;
  state: "ok" | "missing" | "optional";
  detail: string;
  /** What to do about it. */
  advice?: string;
}

export function configure(command: Command): void {
  command
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow doctor\n\nEnds with 1 when something that every run needs is missing.",
    )
    .action(doctor);
}

async function doctor(options: { json?: boolean }): Promise<void> {
  const settings = loadSettings();
  const findings = [
    program(),
    await queue(settings),
    await tensorflow(),
    await xgboost(settings),
    ...(await weights(settings)),
  ];
  if (findings.some(({ state }) => state === "missing")) process.exitCode = 1;
  if (options.json) return printJson(findings);
  for (const { part, state, detail, advice } of findings)
    print(
      `${{ ok: "ok     ", missing: "MISSING", optional: "-      " }[state]}  ${part.padEnd(28)} ${detail}${advice ? `\n${" ".repeat(39)}-> ${advice}` : ""}`,
    );
}

function program(): Finding {
  return {
    part: "mammoflow",
    state: "ok",
    detail: `${version()} on Node ${process.versions.node} (${process.platform} ${process.arch})`,
  };
}

async function queue(settings: Settings): Promise<Finding> {
  const part = "queue (Redis)";
  if (settings.redisUrl !== undefined) {
    const { connectRedis } = await import("@mammoflow/jobs");
    try {
      const redis = await connectRedis(settings.redisUrl, "client");
      const text = await redis.info("server");
      redis.disconnect();
      return {
        part,
        state: "ok",
        detail: `REDIS_URL answers, version ${/(?:valkey|redis)_version:(\S+)/.exec(text)?.[1]}`,
      };
    } catch (error) {
      return {
        part,
        state: "missing",
        detail: messageOf(error),
        advice: "correct REDIS_URL, or unset it to use a local queue",
      };
    }
  }
  const server = findRedisProgram(settings.cacheDir);
  if (!server)
    return {
      part,
      state: "missing",
      detail: "no Redis-compatible server on this machine",
      advice: "npm run setup, or set REDIS_URL",
    };
  const isUp = await isLocalRedisUp(settings.homeDir);
  return {
    part,
    state: "ok",
    detail: `${server.version} (${server.origin}: ${server.path}); ${isUp ? "a local queue is up" : "no local queue is up: `mammoflow up` starts one"}`,
  };
}

async function tensorflow(): Promise<Finding> {
  const part = "TensorFlow";
  try {
    const tf = await loadTensorFlow();
    return {
      part,
      state: "ok",
      detail: `tfjs-node ${tf.version["tfjs-node"]} on libtensorflow ${tensorflowVersion(tf)}`,
    };
  } catch (error) {
    return { part, state: "missing", detail: messageOf(error), advice: "npm run setup" };
  }
}

function tensorflowVersion(tf: Awaited<ReturnType<typeof loadTensorFlow>>): string {
  const backend: unknown = tf.backend();
  const binding = typeof backend === "object" && backend !== null && "binding" in backend ? backend.binding : undefined;
  return typeof binding === "object" && binding !== null && "TF_Version" in binding
    ? String(binding.TF_Version)
    : "unknown";
}

async function xgboost({ cacheDir }: Settings): Promise<Finding> {
  const part = "XGBoost";
  try {
    const { version: found } = await loadXgboost(cacheDir);
    return { part, state: "ok", detail: `${found}, for trees over image features` };
  } catch (error) {
    return { part, state: "optional", detail: messageOf(error), advice: "npm run setup" };
  }
}

async function weights({ cacheDir }: Settings): Promise<Finding[]> {
  return (await listWeights(cacheDir)).map(({ backbone, state, file, title }) => ({
    part: `weights ${backbone}`,
    ...(state === "ready" || state === "imported"
      ? { state: "ok" as const, detail: `${title}, ${file}` }
      : {
          state: "optional" as const,
          detail: `${state}; experiments with it are not run`,
          advice: `mammoflow weights pull ${backbone}`,
        }),
  }));
}
