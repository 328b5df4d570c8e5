import { deviceInUse, listWeights, loadTensorFlow, loadXgboost } from "@mammoflow/models";
import { findRedisProgram, isLocalRedisUp, messageOf, type Settings } from "@mammoflow/runtime";
import { version } from "../version.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";
import { judgeRedis } from "./judge-redis.ts";

/** What this machine has for runs of its own. */
export async function examineMachine(settings: Settings): Promise<Finding[]> {
  return [
    program(),
    ...(await queue(settings)),
    await tensorflow(),
    await xgboost(settings),
    ...(await weights(settings)),
  ];
}

function program(): Finding {
  return ok("mammoflow", `${version()} on Node ${process.versions.node} (${process.platform} ${process.arch})`);
}

async function queue(settings: Settings): Promise<Finding[]> {
  const part = "queue (Redis)";
  if (settings.redisUrl !== undefined) {
    const { connectRedis } = await import("@mammoflow/jobs");
    try {
      const redis = await connectRedis(settings.redisUrl, "client");
      const info = await redis.info();
      redis.disconnect();
      return judgeRedis(info);
    } catch (error) {
      return [failed(part, messageOf(error), "correct REDIS_URL, or unset it to use a local queue")];
    }
  }
  const server = findRedisProgram(settings.cacheDir);
  if (!server) return [failed(part, "no Redis-compatible server on this machine", "npm run setup, or set REDIS_URL")];
  const isUp = await isLocalRedisUp(settings.homeDir);
  const detail = `${server.version} (${server.origin}: ${server.path}); ${isUp ? "a local queue is up" : "no local queue is up: `mammoflow up` starts one"}`;
  return [ok(part, detail)];
}

async function tensorflow(): Promise<Finding> {
  const part = "TensorFlow";
  try {
    const tf = await loadTensorFlow();
    const place = deviceInUse() === "gpu" ? "a GPU" : "the processor (MAMMOFLOW_DEVICE=gpu asks for a GPU)";
    return ok(
      part,
      `tfjs-node ${tf.version["tfjs-node"]} on libtensorflow ${tensorflowVersion(tf)}, computes on ${place}`,
    );
  } catch (error) {
    return failed(part, messageOf(error), "npm run setup, or MAMMOFLOW_DEVICE=cpu");
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
    return ok(part, `${found}, for trees over image features`);
  } catch (error) {
    return warning(part, messageOf(error), "npm run setup");
  }
}

async function weights({ cacheDir }: Settings): Promise<Finding[]> {
  return (await listWeights(cacheDir)).map(({ backbone, state, file, title }) =>
    state === "ready" || state === "imported"
      ? ok(`weights ${backbone}`, `${title}, ${file}`)
      : warning(
          `weights ${backbone}`,
          `${state}; experiments with it are not run`,
          `mammoflow weights pull ${backbone}`,
        ),
  );
}
