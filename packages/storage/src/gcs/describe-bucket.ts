import type { Bucket } from "@google-cloud/storage";
import { z } from "zod";
import { gcsError } from "./gcs-failure.ts";
import { type ConnectionOptions, openBucket } from "./open-bucket.ts";

/** What a bucket is set to; what its server does not tell is absent. https://cloud.google.com/storage/docs/json_api/v1/buckets */
const settingsSchema = z.object({
  location: z.string().optional(),
  storageClass: z.string().optional(),
  versioning: z.object({ enabled: z.boolean().optional() }).optional(),
  softDeletePolicy: z.object({ retentionDurationSeconds: z.coerce.number().optional() }).optional(),
  retentionPolicy: z.object({ retentionPeriod: z.coerce.number().optional() }).optional(),
  iamConfiguration: z
    .object({
      publicAccessPrevention: z.string().optional(),
      uniformBucketLevelAccess: z.object({ enabled: z.boolean().optional() }).optional(),
    })
    .optional(),
  lifecycle: z
    .object({
      rule: z
        .array(
          z.object({
            action: z.object({ type: z.string() }),
            condition: z
              .object({
                age: z.number().optional(),
                isLive: z.boolean().optional(),
                matchesPrefix: z.array(z.string()).optional(),
                matchesSuffix: z.array(z.string()).optional(),
              })
              .default({}),
          }),
        )
        .optional(),
    })
    .optional(),
});
export type BucketSettings = z.infer<typeof settingsSchema>;

/** @throws StorageError when the bucket is not there, or may not be asked about (`storage.buckets.get`) */
export async function describeBucket(connection: ConnectionOptions): Promise<BucketSettings> {
  try {
    const [metadata] = await (await openBucket(connection)).getMetadata();
    return settingsSchema.parse(metadata);
  } catch (error) {
    const { bucket } = connection;
    throw gcsError({ bucket, address: `gs://${bucket}`, action: "describe" }, error);
  }
}

/** Google's library has a class for each way to be somebody. */
const kinds: Record<string, string> = {
  JWT: "a service account's key",
  UserRefreshClient: "a person's login (`gcloud auth application-default login`)",
  Compute: "the account of this machine or pod, from its metadata server",
  Impersonated: "a service account in whose name somebody else asks",
  IdentityPoolClient: "a workload identity federation",
  AwsClient: "a workload identity federation with AWS",
  PluggableAuthClient: "a workload identity federation by a program",
  ExternalAccountAuthorizedUserClient: "a person of a workforce identity federation",
};

export interface Credentials {
  kind: string;
  /** Its address, where it is known without asking Google. */
  account: string | undefined;
  /** The project that pays, where that is not the bucket's. */
  payer: string | undefined;
}

/**
 * Who asks Google.
 *
 * @throws StorageError `STORAGE_CREDENTIALS` when nobody does
 */
export async function describeCredentials(connection: ConnectionOptions): Promise<Credentials> {
  const { storage, userProject }: Bucket = await openBucket({ ...connection, isIdentified: true });
  const client = await storage.authClient.getClient();
  const { client_email: account } = await storage.authClient
    .getCredentials()
    .catch(() => ({ client_email: undefined }));
  return { kind: kinds[client.constructor.name] ?? client.constructor.name, account, payer: userProject };
}
