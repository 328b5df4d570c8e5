import type { Bucket, Storage } from "@google-cloud/storage";
import { messageOf } from "@mammoflow/runtime";
import { StorageError } from "../object-store.ts";
import { failureIn } from "./gcs-failure.ts";

export interface ConnectionOptions {
  bucket: string;
  /** Base URL, e.g. of an emulator; Google where absent. */
  endpoint?: string | undefined;
  /** Whether requests say who asks: by default Google is told, and emulators are not. */
  isIdentified?: boolean;
  /** An answer that has not begun, or does not go on, for this long is given up; four times as long for uploads. */
  timeoutMs?: number;
  /** How often a request is made again. */
  retries?: number;
  /** The longest wait before that; the library wants a second at least. */
  mostDelayMs?: number;
}

/** Short, because the library's HTTP client waits for the rest of an answer that was cut off until this is over. */
export const defaultTimeoutMs = 30_000;

/** Connections that the library keeps open in a process; further requests wait. Large uploads have one more each. */
const mostConnections = 16;

/**
 * A bucket in Google's library, which finds the credentials, keeps the connections and repeats what fails in a way that may pass.
 *
 * Credentials are Google's Application Default Credentials: the file that GOOGLE_APPLICATION_CREDENTIALS names (a service
 * account's key, or a workload identity federation), `gcloud auth application-default login`, the service account of the machine
 * or pod. GOOGLE_CLOUD_QUOTA_PROJECT names the project that pays.
 *
 * @throws StorageError `STORAGE_CREDENTIALS`
 */
export async function openBucket(options: ConnectionOptions): Promise<Bucket> {
  const { endpoint, isIdentified = endpoint === undefined, timeoutMs = defaultTimeoutMs } = options;
  const { retries = 6, mostDelayMs = 32_000 } = options;
  // Loaded when first asked for: it takes a while, which no command that only sees folders should wait for.
  const { IdempotencyStrategy, Storage: Client } = await import("@google-cloud/storage");
  const storage = new Client({
    // Objects need none; without this a federation looks its own up, which takes one more permission.
    projectId: "none",
    ...(endpoint !== undefined && { apiEndpoint: urlOf(endpoint), useAuthWithCustomEndpoint: isIdentified }),
    retryOptions: {
      // Every write names the generation that it replaces, so all of it may be repeated.
      idempotencyStrategy: IdempotencyStrategy.RetryAlways,
      // All attempts must end before the library's limit of 600 s, after which it would fall silent.
      maxRetries: retries,
      retryDelayMultiplier: 1.5,
      maxRetryDelay: mostDelayMs / 1000,
      retryableErrorFn: (error) => failureIn(error).mayPass,
    },
  });
  // With STORAGE_EMULATOR_HOST set the library leaves out the path, which that variable does not carry elsewhere.
  if (endpoint !== undefined) storage.baseUrl = `${storage.apiEndpoint}/storage/v1`;
  storage.interceptors.push({
    request: (request) => {
      // The pieces of resumable uploads come without an address.
      const uri = "uri" in request ? request.uri : "";
      const timeout = uri === "" || uri.includes("/upload/") ? timeoutMs * 4 : timeoutMs;
      return { ...request, uri, timeout, pool: { maxSockets: mostConnections } };
    },
  });
  const payer = isIdentified ? await identify(storage) : undefined;
  return storage.bucket(options.bucket, payer === undefined ? {} : { userProject: payer });
}

/** Google's other clients take `host:port` in STORAGE_EMULATOR_HOST too. */
function urlOf(endpoint: string): string {
  return /^https?:/.test(endpoint) ? endpoint : `http://${endpoint}`;
}

/** @returns the project that pays, where that is not the bucket's */
async function identify({ authClient }: Storage): Promise<string | undefined> {
  try {
    const client = await authClient.getClient();
    await client.getAccessToken();
    return client.quotaProjectId;
  } catch (error) {
    throw new StorageError({
      code: "STORAGE_CREDENTIALS",
      message: `No credentials for Google Cloud Storage: ${messageOf(error).replace(/\.?\s*$/, "")}; run \`gcloud auth application-default login\`, name a credentials file in GOOGLE_APPLICATION_CREDENTIALS, or run as a service account.`,
      retryable: failureIn(error).mayPass,
      cause: error,
    });
  }
}
