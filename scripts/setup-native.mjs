/**
 * The native libraries that training needs, TensorFlow and XGBoost, and nothing else of set-up: for container images, whose
 * packages and JavaScript are other stages of their build. The cache folder is MAMMOFLOW_CACHE; `--cuda` takes the TensorFlow
 * that uses NVIDIA's GPUs.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { setUpTensorFlow } from "./setup/tensorflow.mjs";
import { setUpXgboost } from "./setup/xgboost.mjs";

const options = {
  root: resolve(fileURLToPath(import.meta.url), "../.."),
  cacheDir: resolve(process.env.MAMMOFLOW_CACHE),
  say: (line) => console.error(`set-up: ${line}`),
};
await setUpTensorFlow({ ...options, forCuda: process.argv.includes("--cuda") });
await setUpXgboost(options);
