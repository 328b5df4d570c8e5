import { z } from "zod";
import { type VariableFacts, variableFacts } from "@mammoflow/runtime";

const schemaOf = (readBy: string[]) => {
  return (variable: string, what: string, example: string, unset?: string): z.ZodOptional<z.ZodString> => {
    const facts: VariableFacts = { variable, readBy, what, example, ...(unset !== undefined && { unset }) };
    return z.string().optional().register(variableFacts, facts);
  };
};
const compose = schemaOf(["docker-compose.yml"]);
const manifests = schemaOf(["deploy/k8s"]);
const anywhere = schemaOf(["docker-compose.yml", "deploy/k8s"]);

/** What no program of mammoflow's reads: Compose puts it into its file, manifests make others of it, tests and benchmarks ask for it. */
export const deploymentVariables = z.object({
  DATASET_DIR: compose("DATASET_DIR", "the data set's folder, which is `/data`", "./vindr-mammo", "an empty volume"),
  FAKE_GCS: compose("FAKE_GCS", "how many emulators of Google Cloud Storage run: 0 or 1", "0", "1"),
  GCS_CREDENTIALS: compose("GCS_CREDENTIALS", "the file with Google credentials", "./service-account.json"),
  MAMMOFLOW_UID: compose("MAMMOFLOW_UID", "the user, by number, as whom the services run", "1001", "1000"),
  MAMMOFLOW_GID: compose("MAMMOFLOW_GID", "its group", "1001", "1000"),
  COMPOSE_PROFILES: compose("COMPOSE_PROFILES", "`gpu`: the GPU's train worker in place of the CPU's", "gpu"),
  MAMMOFLOW_WEIGHTS: compose(
    "MAMMOFLOW_WEIGHTS",
    "backbones whose pre-trained weights are fetched at the start",
    "resnet18 resnet50",
    "`efficientnet-lite0 resnet18 mobilenetv2`",
  ),
  PREPROCESS_CPUS: compose("PREPROCESS_CPUS", "cores of a preprocess worker", "2", "1"),
  PREPROCESS_MEMORY: compose("PREPROCESS_MEMORY", "memory of a preprocess worker", "4g", "`2g`"),
  TRAIN_CPUS: compose("TRAIN_CPUS", "cores of the train worker; 0: all", "3", "0"),
  TRAIN_MEMORY: compose("TRAIN_MEMORY", "memory of the train worker", "16g", "`8g`"),
  TRAIN_TMP_SIZE: compose("TRAIN_TMP_SIZE", "the part of it for graphs and activations", "8g", "`4g`"),
  MAMMOFLOW_API_PORT: compose("MAMMOFLOW_API_PORT", "the API's port on this machine", "80", "`8080`"),
  API_CPUS: compose("API_CPUS", "cores of the API; 0: all", "2", "0"),
  API_MEMORY: compose("API_MEMORY", "memory of the API", "8g", "`4g`"),
  PRODUCER_CPUS: compose("PRODUCER_CPUS", "cores of the command line; 0: all", "2", "0"),
  PRODUCER_MEMORY: compose("PRODUCER_MEMORY", "memory of the command line", "8g", "`4g`"),
  REDIS_MAXMEMORY: compose("REDIS_MAXMEMORY", "what Redis may hold", "2gb", "`768mb`"),
  REDIS_MEMORY: compose("REDIS_MEMORY", "memory of its container, about twice that", "4g", "`1536m`"),
  MAMMOFLOW_TAG: compose("MAMMOFLOW_TAG", "tag of mammoflow's images", "0.1.0", "`latest`"),
  NODE_IMAGE: compose("NODE_IMAGE", "image on which they are built", "mirror/node:20", "`node:20-bookworm-slim`"),
  REDIS_IMAGE: compose("REDIS_IMAGE", "Redis' image", "redis:7@sha256:...", "`redis:7`"),
  FAKE_GCS_IMAGE: compose(
    "FAKE_GCS_IMAGE",
    "the emulator's image",
    "fsouza/fake-gcs-server:1.52",
    "`fsouza/fake-gcs-server:latest`",
  ),
  REVISION: compose("REVISION", "the commit that is written into the images' labels", "4f2a91c", "`unknown`"),
  OWNER: compose("OWNER", "whose the volumes become; the file sets it for `init`", "1000:1000"),
  WEIGHTS: anywhere("WEIGHTS", "what the container `weights` fetches; the files set it", "resnet18"),
  REDIS_ADDRESS: manifests(
    "REDIS_ADDRESS",
    "host and port of the queue, for KEDA; the manifests make `REDIS_URL` of it",
    "redis.mammoflow.svc.cluster.local:6379",
  ),
  MAMMOFLOW_K8S_REDIS: schemaOf(["npm run test:k8s"])(
    "MAMMOFLOW_K8S_REDIS",
    "an empty Redis that the cluster and the test reach",
    "redis://:password@127.0.0.1:6379",
  ),
  REQUIRE: schemaOf(["npm test"])(
    "REQUIRE",
    "parts of the machine whose absence fails tests instead of skipping them",
    "redis,gcs,browser",
  ),
  PEER_PYTHON: schemaOf(["npm run bench"])(
    "PEER_PYTHON",
    "the Python with the libraries beside which is measured",
    ".venv/bin/python",
    "that of `.venv`",
  ),
});
