import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { variableFacts } from "./describe-variable.ts";

const booleanSchema = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);
const textSchema = z.string().min(1);
const portSchema = z.coerce.number().int().min(0).max(65535);
const priceSchema = z.coerce.number().nonnegative();

const workers = ["preprocess-worker", "train-worker"];
const all = ["producer", ...workers, "dashboard", "api"];

/** Every setting: its name in `mammoflow.yaml`, its type, default, variable and meaning. */
export const settingsSchema = z.strictObject({
  redisUrl: textSchema.optional().register(variableFacts, {
    variable: "REDIS_URL",
    readBy: all,
    what: "where the queue is: `redis://`, `rediss://` or `unix:///path`",
    example: "redis://queue:6379",
    unset: "a local server",
  }),
  redisPasswordFile: textSchema.optional().register(variableFacts, {
    variable: "REDIS_PASSWORD_FILE",
    readBy: all,
    what: "a file with the queue's password, which goes into `redisUrl`",
    example: "/run/secrets/redis-password",
  }),
  cacheDir: textSchema
    .default(() => join(homedir(), ".cache", "mammoflow"))
    .register(variableFacts, {
      variable: "MAMMOFLOW_CACHE",
      readBy: ["producer", "train-worker", "set-up", "api"],
      what: "the folder of what set-up fetched and can fetch again: TensorFlow, weights, the local queue's server",
      example: "/var/cache/mammoflow",
    }),
  homeDir: textSchema
    .default(() => join(homedir(), ".local", "state", "mammoflow"))
    .register(variableFacts, {
      variable: "MAMMOFLOW_HOME",
      readBy: ["producer", "dashboard"],
      what: "the folder of the local queue's data and of the services' logs",
      example: "/var/lib/mammoflow",
    }),
  gcsEndpoint: textSchema.optional().register(variableFacts, {
    variable: "STORAGE_EMULATOR_HOST",
    readBy: all,
    what: "base URL of a Google Cloud Storage emulator, to which no credentials are sent",
    example: "http://127.0.0.1:4443",
    unset: "Google",
  }),
  device: z
    .enum(["cpu", "gpu"])
    .default("cpu")
    .register(variableFacts, {
      variable: "MAMMOFLOW_DEVICE",
      readBy: ["producer", "train-worker"],
      what: "what networks are computed on: `cpu`, or `gpu`, which is refused where TensorFlow finds no GPU",
      example: "gpu",
    }),
  out: textSchema.optional().register(variableFacts, {
    variable: "MAMMOFLOW_OUT",
    readBy: ["producer", "api", "dashboard"],
    what: "where runs go unless `--out` says so, with the dashboard's own audit log",
    example: "gs://bucket/runs",
  }),
  sharedFolders: textSchema.optional().register(variableFacts, {
    variable: "MAMMOFLOW_SHARED_FOLDERS",
    readBy: ["producer"],
    what: "the folders, parted by `:`, that workers elsewhere see under the same path; `submit` refuses others",
    example: "/data:/phantoms",
    unset: "all",
  }),
  heartbeatFile: textSchema.optional().register(variableFacts, {
    variable: "MAMMOFLOW_HEARTBEAT_FILE",
    readBy: workers,
    what: "a file into which a worker writes the time every 5 s while its queue answers, for health checks",
    example: "/tmp/heartbeat",
  }),
  logLevel: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .register(variableFacts, {
      variable: "LOG_LEVEL",
      readBy: [...workers, "dashboard", "api"],
      what: "how much the services say, in JSON lines on standard error",
      example: "debug",
    }),
  concurrency: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(1)
    .register(variableFacts, {
      variable: "MAMMOFLOW_CONCURRENCY",
      readBy: ["preprocess-worker"],
      what: "images that one preprocess worker prepares at once, each in a process of its own",
      example: "4",
    }),
  imageTimeoutMs: z.coerce
    .number()
    .int()
    .min(100)
    .default(60_000)
    .register(variableFacts, {
      variable: "MAMMOFLOW_IMAGE_TIMEOUT_MS",
      readBy: ["producer", "preprocess-worker", "api"],
      what: "milliseconds after which the preparation of an image is stopped and fails its study",
      example: "120000",
    }),
  experimentTimeoutMs: z.coerce
    .number()
    .int()
    .min(1000)
    .default(24 * 3_600_000)
    .register(variableFacts, {
      variable: "MAMMOFLOW_EXPERIMENT_TIMEOUT_MS",
      readBy: ["producer", ...workers],
      what: "milliseconds after which a training, or a run's report, is stopped",
      example: "7200000",
    }),
  childMemoryMb: z.coerce
    .number()
    .int()
    .min(64)
    .default(1024)
    .register(variableFacts, {
      variable: "MAMMOFLOW_CHILD_MEMORY_MB",
      readBy: ["producer", "preprocess-worker"],
      what: "MB that a process which prepares images may hold before it is stopped",
      example: "2048",
    }),
  trainMemoryMb: z.coerce
    .number()
    .int()
    .min(512)
    .default(16_384)
    .register(variableFacts, {
      variable: "MAMMOFLOW_TRAIN_MEMORY_MB",
      readBy: ["producer", "train-worker", "api"],
      what: "MB that a process which extracts, trains or explains may hold before it is stopped",
      example: "6144",
    }),
  lockMs: z.coerce.number().int().min(1000).default(30_000).register(variableFacts, {
    variable: "MAMMOFLOW_LOCK_MS",
    readBy: workers,
    what: "milliseconds after which a worker that is not heard of loses its jobs to the others",
    example: "60000",
  }),
  dashboardPort: portSchema.default(3000).register(variableFacts, {
    variable: "MAMMOFLOW_DASHBOARD_PORT",
    readBy: ["producer", "dashboard"],
    what: "the dashboard's port",
    example: "8080",
  }),
  dashboardHost: textSchema.default("127.0.0.1").register(variableFacts, {
    variable: "MAMMOFLOW_DASHBOARD_HOST",
    readBy: ["producer", "dashboard"],
    what: "the address on which the dashboard listens; any other than loopback needs people who may sign in",
    example: "0.0.0.0",
  }),
  dashboardUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .register(variableFacts, {
      variable: "MAMMOFLOW_DASHBOARD_URL",
      readBy: ["dashboard"],
      what: "the address under which browsers reach the dashboard through a proxy; with `https:` cookies go by TLS alone",
      example: "https://mammoflow.example.org",
    }),
  trustedProxies: textSchema.optional().register(variableFacts, {
    variable: "MAMMOFLOW_TRUSTED_PROXIES",
    readBy: ["dashboard"],
    what: "addresses of proxies, parted by commas, whose X-Forwarded-For is believed",
    example: "10.0.0.7",
  }),
  usersFile: textSchema.optional().register(variableFacts, {
    variable: "MAMMOFLOW_USERS",
    readBy: ["producer", "dashboard"],
    what: "the file of who may use the dashboard, which `mammoflow users` writes",
    example: "/run/people/users.json",
    unset: "`users.json` in `homeDir`",
  }),
  dataRoots: textSchema.optional().register(variableFacts, {
    variable: "MAMMOFLOW_DATA_ROOTS",
    readBy: ["dashboard"],
    what: 'folders and buckets, parted by commas, whose data sets the dashboard\'s page "Start" offers',
    example: "/data,gs://bucket/data",
  }),
  who: textSchema
    .max(200)
    .optional()
    .register(variableFacts, {
      variable: "MAMMOFLOW_WHO",
      readBy: ["producer"],
      what: "whose name audit logs get",
      example: "maria",
      unset: "the account's name",
    }),
  apiHost: textSchema.default("127.0.0.1").register(variableFacts, {
    variable: "MAMMOFLOW_API_HOST",
    readBy: ["api", "producer"],
    what: "the address on which the API listens; any other than loopback needs keys",
    example: "0.0.0.0",
  }),
  apiPort: portSchema.default(8080).register(variableFacts, {
    variable: "PORT",
    readBy: ["api", "producer"],
    what: "the API's port",
    example: "80",
  }),
  apiModel: textSchema.optional().register(variableFacts, {
    variable: "MAMMOFLOW_MODEL",
    readBy: ["api", "producer"],
    what: "RUN/EXPERIMENT, the model that the API serves",
    example: "vindr-2026/resnet18-sampler-head-s1",
    unset: "the promoted one",
  }),
  apiKeys: textSchema
    .default(() => join(homedir(), ".local", "state", "mammoflow", "api-keys.json"))
    .register(variableFacts, {
      variable: "MAMMOFLOW_API_KEYS",
      readBy: ["api", "producer"],
      what: "the file of the API's keys, hashed, which `mammoflow keys` writes and the API follows",
      example: "/run/secrets/api-keys.json",
    }),
  apiKey: textSchema.optional().register(variableFacts, {
    variable: "MAMMOFLOW_API_KEY",
    readBy: ["producer"],
    what: "the key that `predict --server` shows the API",
    example: "mf_…",
  }),
  apiPlaces: z.coerce
    .number()
    .int()
    .min(1)
    .max(1024)
    .default(16)
    .register(variableFacts, {
      variable: "MAMMOFLOW_API_PLACES",
      readBy: ["api"],
      what: "requests about images that the API has in hand at once, waiting ones included; more are refused with 503",
      example: "4",
    }),
  apiRatePerMinute: z.coerce
    .number()
    .int()
    .min(1)
    .default(600)
    .register(variableFacts, {
      variable: "MAMMOFLOW_API_RATE_PER_MINUTE",
      readBy: ["api"],
      what: "requests a minute that one key may send",
      example: "60",
    }),
  apiTimeoutMs: z.coerce
    .number()
    .int()
    .min(100)
    .default(30_000)
    .register(variableFacts, {
      variable: "MAMMOFLOW_API_TIMEOUT_MS",
      readBy: ["api", "producer"],
      what: "milliseconds after which a request that is not answered is given up",
      example: "10000",
    }),
  metricsPort: portSchema.optional().register(variableFacts, {
    variable: "MAMMOFLOW_METRICS_PORT",
    readBy: ["dashboard", "api"],
    what: "the port on which the dashboard, or the API, serves `/metrics` to Prometheus: counts, no names",
    example: "9464",
    unset: "nowhere",
  }),
  dashboardActions: booleanSchema.default(false).register(variableFacts, {
    variable: "MAMMOFLOW_DASHBOARD_ACTIONS",
    readBy: ["dashboard"],
    what: "lets Bull Board retry, promote and remove jobs where nobody signs in; else the role decides",
    example: "true",
  }),
  highWaterMark: z.coerce
    .number()
    .int()
    .min(1)
    .default(20_000)
    .register(variableFacts, {
      variable: "MAMMOFLOW_HIGH_WATER_MARK",
      readBy: ["preprocess-worker"],
      what: "queued studies above which shards wait, so that Redis stays small",
      example: "5000",
    }),
  // Lannelongue and others, "Green Algorithms", 2021 (data v3.0, "Any").
  wattsPerCore: z.coerce.number().positive().default(12).register(variableFacts, {
    variable: "MAMMOFLOW_WATTS_PER_CORE",
    readBy: workers,
    what: "watts that a busy core draws, where the processor's energy counters cannot be read",
    example: "7.5",
  }),
  // Ember, "Global Electricity Review 2024".
  gridGramsPerKwh: z.coerce.number().nonnegative().default(481).register(variableFacts, {
    variable: "MAMMOFLOW_GRID_GRAMS_PER_KWH",
    readBy: workers,
    what: "grams of CO2 equivalent for a kilowatt-hour of the local grid; the default is the world's average of 2023",
    example: "56",
  }),
  pricePerHour: priceSchema.optional().register(variableFacts, {
    variable: "MAMMOFLOW_PRICE_PER_HOUR",
    readBy: workers,
    what: "what an hour of a worker's machine costs",
    example: "0.35",
    unset: "nothing is said of cost",
  }),
  pricePerKwh: priceSchema.optional().register(variableFacts, {
    variable: "MAMMOFLOW_PRICE_PER_KWH",
    readBy: workers,
    what: "what a kilowatt-hour costs",
    example: "0.28",
    unset: "nothing is said of cost",
  }),
  currency: textSchema.default("EUR").register(variableFacts, {
    variable: "MAMMOFLOW_CURRENCY",
    readBy: workers,
    what: "the currency of these prices",
    example: "USD",
  }),
});

export type Settings = z.infer<typeof settingsSchema>;
