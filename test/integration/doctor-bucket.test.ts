import assert from "node:assert/strict";
import { examineBucket } from "../../services/producer/src/doctor/examine-bucket.ts";
import type { Finding } from "../../services/producer/src/doctor/finding.ts";
import { runCli } from "../support/cli.ts";
import { type SeenRequest, useFaultProxy } from "../support/fault-proxy.ts";
import { useGcsEmulator } from "../support/gcs-emulator.ts";

const isUpload = ({ url }: SeenRequest): boolean => url.startsWith("/upload/");
const isDownload = ({ url }: SeenRequest): boolean => url.includes("alt=media");
const isDeletion = ({ method }: SeenRequest): boolean => method === "DELETE";
const isListing = ({ method, url }: SeenRequest): boolean => method === "GET" && /\/o\?/.test(url);
const isAboutBucket = ({ method, url }: SeenRequest): boolean =>
  method === "GET" && /\/b\/[^/]+$/.test(url.split("?")[0] ?? "");

describe("doctor --target gcs", function () {
  this.timeout(60_000);
  const emulator = useGcsEmulator();
  const proxy = useFaultProxy(() => emulator.endpoint);
  beforeEach(() => proxy.reset());

  const address = (): string => `gs://${emulator.bucket}/runs`;
  const examine = (at = address()): Promise<Finding[]> => examineBucket(at, { gcsEndpoint: proxy.endpoint });
  const states = (findings: Finding[]): string[] => findings.map(({ part, state }) => `${part}: ${state}`);
  const refuse = (permission: string, matches: (request: SeenRequest) => boolean): void => {
    const message = `robot@project.iam.gserviceaccount.com does not have ${permission} access to the Google Cloud Storage object.`;
    proxy.fault = (request) => (matches(request) ? { kind: "status", status: 403, message } : undefined);
  };
  async function namesLeft(): Promise<string[]> {
    const answer = await fetch(`${emulator.endpoint}/storage/v1/b/${emulator.bucket}/o`);
    const { items = [] } = (await answer.json()) as { items?: { name: string }[] };
    return items.map(({ name }) => name);
  }

  it("finds nothing wrong with a bucket that does all, and leaves nothing in it", async () => {
    const environment = { STORAGE_EMULATOR_HOST: proxy.endpoint, MAMMOFLOW_OUT: address() };
    const { code, stdout } = await runCli(["doctor", "--target", "gcs"], environment);
    assert.equal(code, 0, stdout);
    for (const part of ["credentials", "bucket", "put once", "never overwritten", "get", "list", "latency", "delete"])
      assert.match(stdout, new RegExp(`^ok +${part} `, "m"));
    assert.ok(proxy.seen.some(isUpload) && proxy.seen.some(isDeletion));
    assert.deepEqual(await namesLeft(), []);
  });

  const refusals = [
    { permission: "storage.objects.create", matches: isUpload, part: "put once", role: "objectUser" },
    { permission: "storage.objects.get", matches: isDownload, part: "get", role: "objectViewer" },
    { permission: "storage.objects.list", matches: isListing, part: "list", role: "objectViewer" },
    { permission: "storage.objects.delete", matches: isDeletion, part: "delete", role: "objectUser" },
  ];
  for (const { permission, matches, part, role } of refusals)
    it(`names the role that lacks where ${permission} is refused, and tries the rest`, async () => {
      refuse(permission, matches);
      const findings = await examine();
      const wrong = findings.filter(({ state }) => state === "failed");
      assert.deepEqual(
        wrong.map((finding) => finding.part),
        [part],
      );
      assert.match(wrong[0]!.detail, new RegExp(permission));
      assert.match(
        wrong[0]!.advice!,
        new RegExp(
          `add-iam-policy-binding gs://mammoflow-test --member=serviceAccount:robot@\\S+ --role=roles/storage\\.${role}\``,
        ),
      );
      for (const other of ["put once", "get", "list", "delete"].filter((each) => each !== part))
        assert.ok(states(findings).includes(`${other}: ok`), `${other}: ${states(findings).join(", ")}`);
      const left = await namesLeft();
      if (part !== "delete") return assert.deepEqual(left, []);
      // What it cannot remove it names.
      assert.equal(left.length, 1);
      assert.ok(wrong[0]!.detail.includes(`gs://${emulator.bucket}/${left[0]}`), wrong[0]!.detail);
      await fetch(`${emulator.endpoint}/storage/v1/b/${emulator.bucket}/o/${encodeURIComponent(left[0]!)}`, {
        method: "DELETE",
      });
    });

  it("goes on without the bucket's settings where these may not be seen", async () => {
    // Once: where an object is not there, the store asks an emulator whether the bucket is.
    let isAsked = false;
    refuse("storage.buckets.get", (request) => isAboutBucket(request) && !isAsked && (isAsked = true));
    const findings = await examine();
    const bucket = findings.find(({ part }) => part === "bucket");
    assert.equal(bucket?.state, "warning");
    assert.match(String(bucket.advice), /roles\/storage\.bucketViewer/);
    assert.ok(states(findings).includes("delete: ok"));
    assert.ok(!states(findings).some((state) => state.endsWith("failed")));
  });

  it("fails where a second write under the same name goes through", async () => {
    let uploads = 0;
    proxy.fault = (request) => {
      if (!isUpload(request) || ++uploads !== 2) return undefined;
      // Somebody takes the first away meanwhile, so nothing is in the way of the second.
      const remove = async (): Promise<void> => {
        const objects = `${emulator.endpoint}/storage/v1/b/${emulator.bucket}/o`;
        for (const name of await namesLeft())
          await fetch(`${objects}/${encodeURIComponent(name)}`, { method: "DELETE" });
      };
      void remove();
      return { kind: "delay", ms: 1000 };
    };
    const finding = (await examine()).find(({ part }) => part === "never overwritten");
    assert.equal(finding?.state, "failed");
    assert.match(finding.detail, /went through/);
  });

  it("says how to make a bucket that is not there", async () => {
    const { code, stdout } = await runCli(["doctor", "gs://no-such-bucket", "--target", "gcs", "--json"], {
      STORAGE_EMULATOR_HOST: emulator.endpoint,
    });
    assert.equal(code, 1);
    const bucket = (JSON.parse(stdout) as Finding[]).find(({ part }) => part === "bucket");
    assert.equal(bucket?.state, "failed");
    assert.match(String(bucket.advice), /buckets create gs:\/\/no-such-bucket/);
  });

  it("says in one line that an endpoint does not answer", async () => {
    const findings = await examineBucket(address(), { gcsEndpoint: "http://127.0.0.1:9" });
    assert.deepEqual(states(findings), ["credentials: ok", "bucket: failed"]);
    assert.match(findings[1]!.detail, /ECONNREFUSED/);
  });

  it("wants a bucket's address", async () => {
    for (const [args, wanted, says] of [
      [["doctor", "--target", "gcs"], 2, /gs:\/\/bucket\/prefix/],
      [["doctor", "gs://b", "--target", "machine"], 2, /--target gcs/],
      [["doctor", "runs", "--target", "gcs"], 1, /"runs" .*gs:\/\/bucket\/prefix/],
    ] as const) {
      const { code, stderr } = await runCli([...args], { MAMMOFLOW_OUT: "" });
      assert.equal(code, wanted, stderr);
      assert.match(stderr, says);
    }
  });
});
