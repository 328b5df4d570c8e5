import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createGcsStore, describeCredentials, type ObjectStore, type StorageError } from "@mammoflow/storage";
import { useFaultProxy } from "../support/fault-proxy.ts";
import { useGcsEmulator } from "../support/gcs-emulator.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const variables = [
  "GOOGLE_APPLICATION_CREDENTIALS",
  "GOOGLE_CLOUD_QUOTA_PROJECT",
  "GCE_METADATA_HOST",
  "METADATA_SERVER_DETECTION",
  "CLOUDSDK_CONFIG",
  "HOME",
] as const;

describe("who asks Google Cloud Storage", function () {
  this.timeout(30_000);
  const emulator = useGcsEmulator();
  const proxy = useFaultProxy(() => emulator.endpoint);
  const folder = useTemporaryFolder();
  const environment = Object.fromEntries(variables.map((name) => [name, process.env[name]]));
  /** Stands for Google's token service and for the metadata server of a machine or pod. */
  const asked: string[] = [];
  const tokens = createServer((request: IncomingMessage, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume();
    request.once("end", () => {
      response.setHeader("metadata-flavor", "Google");
      response.setHeader("content-type", "application/json");
      const grant = { access_token: "secret-token", expires_in: 3600, token_type: "Bearer" };
      if (request.url?.includes("/token")) response.end(JSON.stringify(grant));
      else response.end(request.url?.includes("universe") ? "googleapis.com" : "{}");
    });
  });
  let tokenHost = "";
  before(async () => {
    tokens.listen(0, "127.0.0.1");
    await once(tokens, "listening");
    tokenHost = `127.0.0.1:${(tokens.address() as AddressInfo).port}`;
  });
  after(() => void tokens.close());
  beforeEach(() => {
    proxy.reset();
    asked.length = 0;
    for (const name of variables) delete process.env[name];
    // No file that `gcloud auth application-default login` may have left.
    process.env["CLOUDSDK_CONFIG"] = folder.path;
    process.env["HOME"] = folder.path;
  });
  afterEach(() => {
    for (const [name, value] of Object.entries(environment))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });

  const open = (): ObjectStore =>
    createGcsStore({
      bucket: emulator.bucket,
      prefix: "credentials",
      endpoint: proxy.endpoint,
      isIdentified: true,
      mostDelayMs: 1000,
    });

  const assertAsksWithToken = async (): Promise<void> => {
    const store = open();
    await store.replace("a", Buffer.from("1"), (await store.get("a"))?.version ?? null);
    await store.getRange("a", 0, 1);
    await store.putOnce("large", Buffer.alloc(11_000_000));
    for await (const name of store.list("")) await store.delete(name);
    await store.close();
    assert.ok(proxy.seen.length >= 8);
    for (const { headers, url } of proxy.seen)
      // The library sends large objects as nobody to every endpoint that is not Google's.
      if (!/resumable|upload_id/.test(url)) assert.equal(headers.authorization, "Bearer secret-token", url);
    assert.equal(asked.filter((line) => line.includes("/token")).length, 1, asked.join("\n"));
  };

  it("is whoever a workload identity federation's file says, and a named project pays", async () => {
    const [file, subject] = ["federation.json", "subject"].map((name) => join(folder.path, name)) as [string, string];
    writeFileSync(subject, "a token of another cloud");
    writeFileSync(
      file,
      JSON.stringify({
        type: "external_account",
        audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/provider",
        subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
        token_url: `http://${tokenHost}/token`,
        credential_source: { file: subject },
      }),
    );
    process.env["GOOGLE_APPLICATION_CREDENTIALS"] = file;
    process.env["GOOGLE_CLOUD_QUOTA_PROJECT"] = "the-payer";
    await assertAsksWithToken();
    assert.deepEqual(await describeCredentials({ bucket: emulator.bucket }), {
      kind: "a workload identity federation",
      account: undefined,
      payer: "the-payer",
    });
    for (const { headers, url } of proxy.seen) {
      if (headers.authorization !== undefined) assert.equal(headers["x-goog-user-project"], "the-payer");
      assert.match(url, /[?&]userProject=the-payer/);
    }
  });

  it("is the service account of the machine or pod where there is no file", async () => {
    process.env["GCE_METADATA_HOST"] = tokenHost;
    process.env["METADATA_SERVER_DETECTION"] = "assume-present";
    await assertAsksWithToken();
    assert.match((await describeCredentials({ bucket: emulator.bucket })).kind, /this machine or pod/);
    for (const { url } of proxy.seen) assert.doesNotMatch(url, /userProject/);
  });

  it("is said to be nobody, with what to do, where there are no credentials", async () => {
    process.env["METADATA_SERVER_DETECTION"] = "none";
    for (const file of [undefined, join(folder.path, "missing.json")]) {
      if (file !== undefined) process.env["GOOGLE_APPLICATION_CREDENTIALS"] = file;
      await assert.rejects(open().get("a"), (error: StorageError) => {
        assert.deepEqual([error.code, error.retryable], ["STORAGE_CREDENTIALS", false], error.message);
        assert.match(error.message, /gcloud auth application-default login.*GOOGLE_APPLICATION_CREDENTIALS/);
        return true;
      });
    }
    assert.equal(proxy.seen.length, 0);
  });
});
