import { randomUUID } from "node:crypto";
import { AppError, messageOf, type Settings } from "@mammoflow/runtime";
import {
  type ConnectionOptions,
  createGcsStore,
  describeBucket,
  describeCredentials,
  explainGcsFailure,
  type GcsAction,
  type ObjectStore,
  parseBucketAddress,
  StorageError,
} from "@mammoflow/storage";
import { failed, type Finding, ok, warning } from "./finding.ts";
import { judgeBucketSettings } from "./judge-bucket-settings.ts";

/**
 * Whether runs can be kept in a bucket: who asks, what the bucket is set to, and an object of its own name that is put once, read,
 * listed and removed again.
 *
 * @param address `gs://bucket/prefix`
 */
export async function examineBucket(
  address: string,
  { gcsEndpoint }: Pick<Settings, "gcsEndpoint">,
): Promise<Finding[]> {
  const { bucket, prefix } = parseBucketAddress(address);
  // Nobody wants to wait half a minute for each refusal.
  const connection = { bucket, endpoint: gcsEndpoint, timeoutMs: 10_000, retries: 1, mostDelayMs: 1000 };
  const credentials = await examineCredentials(connection);
  if (credentials.state === "failed") return [credentials];
  const settings = await examineSettings(connection);
  // Nothing to try in a bucket that is not there, or that does not answer.
  if (settings.some(({ state }) => state === "failed")) return [credentials, ...settings];
  const store = createGcsStore({ ...connection, prefix });
  try {
    return [credentials, ...settings, ...(await tryObjects(store, bucket))];
  } finally {
    await store.close();
  }
}

async function examineCredentials(connection: ConnectionOptions): Promise<Finding> {
  const part = "credentials";
  if (connection.endpoint !== undefined)
    return ok(part, `none are sent: STORAGE_EMULATOR_HOST names an emulator, ${connection.endpoint}`);
  try {
    const { kind, account, payer } = await describeCredentials(connection);
    const pays = payer === undefined ? "" : `; the project ${payer} pays`;
    const advice = /key/.test(kind)
      ? "a key that leaks is good for ever: a workload identity federation needs none (docs/storage.md)"
      : undefined;
    return ok(part, `${kind}${account === undefined ? "" : `: ${account}`}${pays}`, advice);
  } catch (error) {
    const advice = "run `gcloud auth application-default login`, or name a file in GOOGLE_APPLICATION_CREDENTIALS";
    return failed(part, messageOf(error), advice);
  }
}

async function examineSettings(connection: ConnectionOptions): Promise<Finding[]> {
  const part = "bucket";
  const { bucket } = connection;
  try {
    return judgeBucketSettings(bucket, await describeBucket(connection));
  } catch (error) {
    const { status, reason, advice } = explain(error, bucket, "describe");
    const detail = `gs://${bucket}: ${reason}`;
    return [
      status === 403
        ? warning(
            part,
            `${detail} (storage.buckets.get): its settings are not known`,
            `work goes on without; ${advice}`,
          )
        : failed(part, detail, advice),
    ];
  }
}

/** How far apart workers and bucket may be. */
const slowFromMs = 150;

async function tryObjects(store: ObjectStore, bucket: string): Promise<Finding[]> {
  const name = `doctor/${randomUUID()}`;
  const bytes = Buffer.from("mammoflow doctor: this object may be removed\n");
  /** What it says of an action, or what it took to do it. */
  const attempt = async (part: string, permission: string, action: GcsAction, act: () => Promise<string>) => {
    try {
      return ok(part, await act());
    } catch (error) {
      const { status, reason, advice } = explain(error, bucket, action);
      return failed(part, status === 403 ? `${permission} is refused: ${reason}` : reason, advice);
    }
  };
  const put = await attempt("put once", "storage.objects.create", "write", async () => {
    await store.putOnce(name, bytes);
    return `${store.address}/${name} is written`;
  });
  const isThere = put.state === "ok";
  const findings = [put];
  if (isThere)
    findings.push(await attempt("never overwritten", "storage.objects.get", "write", () => overwrite(store, name)));
  findings.push(
    await attempt("get", "storage.objects.get", "read", async () => {
      const found = await store.get(name);
      if (isThere && found?.bytes.equals(bytes) !== true) throw new Error("what was written does not come back");
      return isThere ? "the same bytes come back" : "may be read";
    }),
    await attempt("list", "storage.objects.list", "read", async () => {
      const names: string[] = [];
      for await (const listed of store.list(name)) names.push(listed);
      if (isThere && !names.includes(name)) throw new Error("what was written is not listed");
      return isThere ? "what was written is listed" : "may be listed";
    }),
    await examineLatency(store, name),
  );
  const removal = await attempt("delete", "storage.objects.delete", "write", async () => {
    await store.delete(name);
    if (isThere && (await store.exists(name))) throw new Error("what was removed is still there");
    return isThere ? "it is removed again" : "may be removed";
  });
  if (removal.state === "failed" && isThere) removal.detail += `; ${store.address}/${name} stays behind`;
  return [...findings, removal];
}

async function overwrite(store: ObjectStore, name: string): Promise<string> {
  try {
    await store.putOnce(name, Buffer.from("other bytes"));
  } catch (error) {
    if (error instanceof AppError && error.code === "STORAGE_CONFLICT")
      return "a second write of other bytes is refused";
    throw error;
  }
  throw new Error("a second write of other bytes went through: this store loses results");
}

async function examineLatency(store: ObjectStore, name: string): Promise<Finding> {
  const part = "latency";
  const tookMs: number[] = [];
  try {
    for (let times = 0; times < 5; times++) {
      const beganMs = performance.now();
      await store.exists(name);
      tookMs.push(performance.now() - beganMs);
    }
  } catch {
    return warning(part, "not known: nothing may be asked", "see above");
  }
  const median = tookMs.toSorted((a, b) => a - b)[2] ?? 0;
  const detail = `${median.toFixed(median < 10 ? 1 : 0)} ms for a question, the median of 5`;
  return median < slowFromMs
    ? ok(part, detail)
    : warning(part, detail, "run workers in the bucket's region: every image is read and written over this line");
}

function explain(error: unknown, bucket: string, action: GcsAction): ReturnType<typeof explainGcsFailure> {
  return explainGcsFailure(error instanceof StorageError ? (error.cause ?? error) : error, bucket, action);
}
