#!/usr/bin/env node
/**
 * Makes this checkout ready: packages, a queue server, TensorFlow, XGBoost, the build, the demo's weights; with `--for-tests` also
 * what only tests need. Needs Node, npm, Python 3 with pip and a C++ compiler; safe to run at any time, quick when there
 * is nothing to do.
 */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { setUpBrowser } from "./setup/browser.mjs";
import { setUpBuild } from "./setup/build.mjs";
import { setUpGcsEmulator } from "./setup/gcs-emulator.mjs";
import { setUpKubernetes } from "./setup/kubernetes.mjs";
import { setUpPackages } from "./setup/packages.mjs";
import { setUpRedis } from "./setup/redis.mjs";
import { setUpTensorFlow } from "./setup/tensorflow.mjs";
import { setUpWeights } from "./setup/weights.mjs";
import { setUpXgboost } from "./setup/xgboost.mjs";

const root = resolve(fileURLToPath(import.meta.url), "../..");
const cacheDir = resolve(process.env.MAMMOFLOW_CACHE || join(homedir(), ".cache", "mammoflow"));
const forTests = process.argv.includes("--for-tests");
const say = (line) => console.error(`set-up: ${line}`);

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  say(`Node ${process.versions.node} is too old: mammoflow needs 20.19 or newer.`);
  process.exit(1);
}

const startedAt = Date.now();
const options = { root, cacheDir, say };
try {
  await setUpPackages(options);
  const redis = await setUpRedis(options);
  const tensorflow = await setUpTensorFlow(options);
  // Only trees over image features need it; experiments with them say so where it cannot be had.
  await setUpXgboost(options).catch((error) => say(`no XGBoost: ${error.message}`));
  await setUpBuild(options);
  await setUpWeights(options);
  if (forTests) {
    // Tests that need these say so and skip where they cannot be had.
    await setUpGcsEmulator(options).catch((error) => say(`no Google Cloud Storage emulator: ${error.message}`));
    await setUpKubernetes(options).catch((error) => say(`no tools for Kubernetes: ${error.message}`));
    await setUpBrowser(options).catch((error) => say(`no browser: ${error.message}`));
  }
  say(
    `ready in ${((Date.now() - startedAt) / 1000).toFixed(1)} s (Redis-compatible server ${redis.version}, TensorFlow ${tensorflow.version})`,
  );
} catch (error) {
  say(error.message);
  process.exit(1);
}
