import { z } from "zod";
import { StorageError } from "../object-store.ts";

/** What the library does not notice, and another attempt may get over: bytes that were damaged or did not come. */
export class PassingFailure extends Error {}

const mostAttempts = 4;

export async function overPassingFailures<Result>(act: () => Promise<Result>): Promise<Result> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof PassingFailure) || attempts === mostAttempts) throw error;
    }
  }
}

/** What the library throws: its own errors, those of two HTTP clients below it, and the bodies of answers. */
const failureSchema = z.object({
  /** An HTTP status, or what a system calls its error. */
  code: z.union([z.number(), z.string()]).optional().catch(undefined),
  status: z.number().optional().catch(undefined),
  /** Of node-fetch: `system`, `request-timeout`, `invalid-json`, ... */
  type: z.string().optional().catch(undefined),
  message: z.string().catch(""),
  /** Of gaxios. */
  response: z.looseObject({ data: z.unknown() }).optional().catch(undefined),
  /** Of resumable uploads: the body of the answer. */
  errors: z.array(z.unknown()).optional().catch(undefined),
});

export interface GcsFailure {
  /** Of the answer; undefined where there was none. */
  status: number | undefined;
  reason: string;
  /** Google's list: https://cloud.google.com/storage/docs/retry-strategy; and whatever got no answer or a damaged one. */
  mayPass: boolean;
}

export function failureIn(error: unknown): GcsFailure {
  const {
    code,
    status: ownStatus,
    type,
    message,
    response,
    errors,
  } = failureSchema.safeParse(error).data ?? { message: String(error) };
  // A resumable upload that was given up says so in words alone.
  const givenUp = /^Retry (?:total time )?limit exceeded(?: - status: (\d+))?/.exec(message);
  const status = [Number(code), ownStatus, Number(givenUp?.[1])].find((found) => found !== undefined && found >= 100);
  const reason = messageIn(response?.data) ?? messageIn(errors?.[0]) ?? messageIn(message) ?? `HTTP status ${status}`;
  // A checksum that we sent did not fit what arrived.
  const isDamaged = status === 400 && /crc32c|md5/i.test(reason) && /match/i.test(reason);
  const isUnanswered =
    status === undefined &&
    (error instanceof PassingFailure ||
      type !== undefined ||
      givenUp !== null ||
      /^(ECONN|ENET|EHOST|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|ERR_STREAM_PREMATURE)/.test(String(code)) ||
      /network timeout|offset is lower/.test(message));
  const isPassing = status === 408 || status === 429 || (status !== undefined && status >= 500);
  return { status, reason, mayPass: isPassing || isDamaged || isUnanswered };
}

const errorBody = z.object({ error: z.object({ message: z.string().min(1) }) });

/** What an answer says, in one line: JSON where the API speaks, plain text from downloads, a page from proxies. */
function messageIn(body: unknown): string | undefined {
  const parsed = errorBody.safeParse(typeof body === "string" ? jsonIn(body) : body);
  if (parsed.success) return parsed.data.error.message;
  if (typeof body !== "string") return undefined;
  // The library numbers what it has several words for; the last ones are the server's.
  const line =
    body
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/^\s*\d+\. /, "") ?? "";
  return line === "" || line.startsWith("<") ? undefined : line.slice(0, 300);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What was to be done, which decides what permission it takes. */
export type GcsAction = "read" | "write" | "describe";

/** The roles that Google offers for each: https://cloud.google.com/storage/docs/access-control/iam-roles */
const roles: Record<GcsAction, string> = {
  read: "roles/storage.objectViewer",
  write: "roles/storage.objectUser",
  describe: "roles/storage.bucketViewer",
};

/** @param bucket its name @param address of the object, as a person would write it */
export function gcsError(
  { bucket, address, action }: { bucket: string; address: string; action: GcsAction },
  error: unknown,
): StorageError {
  if (error instanceof StorageError) return error;
  const { reason, advice, mayPass } = explainGcsFailure(error, bucket, action);
  return new StorageError({
    code: "STORAGE_GCS",
    message: `${address}: ${reason}; ${advice}.`,
    retryable: mayPass,
    cause: error,
  });
}

/** What the library or the server said, without a full stop, and what to do about it. */
export function explainGcsFailure(error: unknown, bucket: string, action: GcsAction): GcsFailure & { advice: string } {
  const { status, reason: said, mayPass } = failureIn(error);
  const reason = said.replace(/\.?\s*$/, "");
  return { status, reason, mayPass, advice: adviceFor(status, reason, bucket, action) };
}

function adviceFor(status: number | undefined, reason: string, bucket: string, action: GcsAction): string {
  if (status === 401 || /invalid_grant|access token|default credentials/i.test(reason))
    return "the credentials are not accepted: run `gcloud auth application-default login`, or name another file in GOOGLE_APPLICATION_CREDENTIALS";
  if (/requester pays/i.test(reason))
    return "name the project that pays in GOOGLE_CLOUD_QUOTA_PROJECT; its account needs roles/serviceusage.serviceUsageConsumer there";
  if (/serviceusage\.services\.use|billing/i.test(reason))
    return "grant the account roles/serviceusage.serviceUsageConsumer on the project that pays, and see that it has billing";
  if (/retention|hold/i.test(reason) && status === 403)
    return "a retention policy or a hold keeps the object: write under another prefix";
  if (status === 403) {
    const account = /[\w.+-]+@[\w.-]+/.exec(reason)?.[0];
    const kind = account?.endsWith(".gserviceaccount.com") ? "serviceAccount" : "user";
    const member = account === undefined ? "ACCOUNT" : `${kind}:${account}`;
    return `the account may not do that: \`gcloud storage buckets add-iam-policy-binding gs://${bucket} --member=${member} --role=${roles[action]}\` grants it`;
  }
  if (status === 404)
    return `is the bucket's name right? \`gcloud storage buckets create gs://${bucket} --uniform-bucket-level-access\` makes it`;
  if (status === 429) return "too much was asked at once: try again with fewer connections";
  if (status !== undefined && status < 500 && status !== 408) return "the request was refused: check the address";
  return "the store did not answer as expected: run again, what was written is kept";
}
