import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createGcsStore, type ObjectStore, StorageError } from "@mammoflow/storage";
import { type Fault, type SeenRequest, useFaultProxy } from "../support/fault-proxy.ts";
import { useGcsEmulator } from "../support/gcs-emulator.ts";
import { bytes } from "./keeps-the-contract.ts";

const passing: Record<string, Fault> = {
  "answer-503": { kind: "status", status: 503, message: "Backend Error" },
  "answer-500": { kind: "status", status: 500, message: "Internal Error" },
  "answer-429": { kind: "status", status: 429, message: "Too many requests" },
  "answer-408": { kind: "status", status: 408, message: "Request Timeout" },
  broken: { kind: "break request" },
  lost: { kind: "lose answer" },
  cut: { kind: "cut answer" },
  hanging: { kind: "stall" },
  slow: { kind: "delay", ms: 30 },
};

const isUpload = ({ method, url }: SeenRequest): boolean => method !== "GET" && url.startsWith("/upload/");
const isMedia = ({ url }: SeenRequest): boolean => url.includes("alt=media");
const isSecondPiece = ({ headers }: SeenRequest): boolean =>
  headers["content-range"]?.startsWith("bytes 4194304-") === true;
const large = randomBytes(11_000_000);
const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

async function namesIn(store: ObjectStore, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const name of store.list(prefix)) names.push(name);
  return names;
}

describe("objects in Google Cloud Storage over a line that fails", function () {
  this.timeout(60_000);
  const emulator = useGcsEmulator();
  const proxy = useFaultProxy(() => emulator.endpoint);
  let stores = 0;
  let prefix: string;
  let store: ObjectStore;
  /** Waits long enough for the emulator to take in large pieces. */
  let patient: ObjectStore;
  /** Without the proxy. */
  let direct: ObjectStore;

  const open = (options: Partial<Parameters<typeof createGcsStore>[0]> = {}): ObjectStore =>
    createGcsStore({
      bucket: emulator.bucket,
      prefix,
      endpoint: proxy.endpoint,
      timeoutMs: 150,
      pieceBytes: 4 * 2 ** 20,
      mostDelayMs: 1000,
      ...options,
    });
  beforeEach(() => {
    proxy.reset();
    prefix = `faults-${++stores}`;
    store = open();
    patient = open({ timeoutMs: 3000 });
    direct = open({ endpoint: emulator.endpoint, timeoutMs: 3000 });
  });
  afterEach(async () => {
    await store.close();
    await patient.close();
    await direct.close();
  });

  /** The first `times` requests that match have the fault. */
  const breakNext = (fault: Fault, matches: (request: SeenRequest) => boolean = () => true, times = 1): void => {
    let left = times;
    proxy.fault = (request) => (matches(request) && left-- > 0 ? fault : undefined);
  };

  it("gets over whatever may pass, in whatever it was doing", async () => {
    const isBroken = new Set<string>();
    const faultOf = (url: string): string | undefined =>
      Object.keys(passing).find((name) => url.includes(`/${name}`) || url.includes(`%2F${name}`));
    // The first request of every kind and address fails.
    proxy.fault = ({ method, url, headers }) => {
      const name = faultOf(url);
      const request = `${method} ${url} ${headers.range}`;
      if (name === undefined || isBroken.has(request)) return undefined;
      isBroken.add(request);
      return passing[name];
    };
    const getsOver = async (fault: string): Promise<void> => {
      await direct.putOnce(`${fault}/read`, bytes("0123"));
      await direct.putOnce(`${fault}/deleted`, bytes("1"));
      const version = await direct.replace(`${fault}/replaced`, bytes("1"), null);
      const read = `${fault}/read`;
      await Promise.all([
        store.putOnce(`${fault}/put`, bytes("1")).then((put) => {
          assert.equal(put, /lost|cut/.test(fault) ? "same" : "created");
        }),
        store.replace(`${fault}/replaced`, bytes("2"), version).then(async (next) => {
          assert.deepEqual(await direct.get(`${fault}/replaced`), { bytes: bytes("2"), version: next });
        }),
        store.get(read).then((found) => assert.equal(found?.bytes.toString(), "0123")),
        store.getRange(read, 1, 2).then((found) => assert.equal(found?.bytes.toString(), "12")),
        store.exists(read).then((isThere) => assert.equal(isThere, true)),
        namesIn(store, read).then((names) => assert.deepEqual(names, [read])),
        store.delete(`${fault}/deleted`).then(async () => {
          assert.equal(await direct.exists(`${fault}/deleted`), false);
        }),
      ]);
    };
    const faults = Object.keys(passing);
    const outcomes = await Promise.allSettled(faults.map(getsOver));
    outcomes.forEach((outcome, index) => {
      if (outcome.status === "rejected") throw new Error(`not over ${faults[index]}`, { cause: outcome.reason });
    });
    assert.ok(isBroken.size >= 7 * faults.length, `${isBroken.size} requests failed`);
  });

  it("does not write again what was written although nobody heard of it", async () => {
    breakNext({ kind: "lose answer" }, isUpload);
    assert.equal(await store.putOnce("a", bytes("1")), "same");
    const version = (await direct.get("a"))?.version;
    breakNext({ kind: "lose answer" }, isUpload);
    const next = await store.replace("a", bytes("2"), String(version));
    assert.deepEqual(await direct.get("a"), { bytes: bytes("2"), version: next });
    await assert.rejects(store.replace("a", bytes("3"), String(version)), { code: "STORAGE_CHANGED" });
  });

  it("sends a damaged upload again, and leaves nothing where every one is damaged", async () => {
    const damagedUnder = new Map<string, number>();
    proxy.fault = (request) => {
      const name = isUpload(request) ? /faults-\d+(?:\/|%2F)(\w+)/.exec(request.url)?.[1] : undefined;
      const isBytes = request.method === "PUT" || !request.url.includes("resumable");
      if (name === undefined || !isBytes) return undefined;
      const before = damagedUnder.get(name) ?? 0;
      damagedUnder.set(name, before + 1);
      return name.startsWith("never") || before === 0 ? { kind: "damage request" } : undefined;
    };
    const hasty = open({ timeoutMs: 3000, retries: 1 });
    for (const [size, content] of Object.entries({ small: randomBytes(1000), large })) {
      await patient.putOnce(size, content);
      assert.equal(sha256((await direct.get(size))!.bytes), sha256(content));
      await assert.rejects(hasty.putOnce(`never_${size}`, content), (error: StorageError) => {
        assert.deepEqual([error.code, error.retryable], ["STORAGE_GCS", true]);
        assert.match(error.message, /did not arrive as they were sent|doesn't match/);
        return true;
      });
      assert.equal(await direct.exists(`never_${size}`), false);
    }
    assert.equal(damagedUnder.size, 4);
  });

  it("reads again what was damaged on the way down, and gives up rather than hand it out", async () => {
    const content = randomBytes(100_000);
    await direct.putOnce("a", content);
    breakNext({ kind: "damage answer" }, isMedia);
    assert.equal(sha256((await store.get("a"))!.bytes), sha256(content));
    assert.equal(proxy.seen.filter(isMedia).length, 2);
    breakNext({ kind: "damage answer" }, isMedia, Infinity);
    await assert.rejects(store.get("a"), (error: StorageError) => {
      assert.deepEqual([error.code, error.retryable], ["STORAGE_GCS", true]);
      assert.match(error.message, /damaged on the way down/);
      return true;
    });
  });

  it("sends again only the piece of a large object that failed", async () => {
    const hasty = open({ timeoutMs: 600 });
    for (const kind of ["break request", "stall"] as const) {
      proxy.seen.length = 0;
      breakNext({ kind }, isSecondPiece);
      assert.equal(await hasty.putOnce(kind, large), "created");
      const ranges = proxy.seen.flatMap(({ headers }) => headers["content-range"]?.split(/[ /]/)[1] ?? []);
      // The server is asked how far it came.
      assert.deepEqual(ranges, ["0-4194303", "4194304-8388607", "*", "4194304-8388607", "8388608-10999999"]);
      assert.equal(sha256((await direct.get(kind))!.bytes), sha256(large));
    }
  });

  it("finds a large object written whose last answer was lost", async () => {
    const content = large;
    breakNext(
      { kind: "lose answer" },
      ({ headers }) => headers["content-range"]?.startsWith("bytes 8388608-") === true,
    );
    assert.equal(await patient.putOnce("a", content), "same");
    assert.equal(sha256((await direct.get("a"))!.bytes), sha256(content));
  });

  it("loses nothing and writes nothing twice where a fourth of all requests fail", async () => {
    const kinds = Object.values(passing);
    let turn = 0;
    proxy.fault = () => (++turn % 4 === 0 ? kinds[turn % kinds.length] : undefined);
    const names = Array.from({ length: 60 }, (_, index) => `many/${String(index).padStart(2, "0")}`);
    await Promise.all(names.map((name) => store.putOnce(name, bytes(name))));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, writer) => store.putOnce("race", bytes(`writer ${writer}`))),
    );
    assert.deepEqual(await namesIn(direct, ""), [...names, "race"]);
    for (const name of names) assert.equal((await direct.get(name))?.bytes.toString(), name);
    const winner = (await direct.get("race"))?.bytes.toString();
    outcomes.forEach((outcome, writer) => {
      if (outcome.status === "fulfilled") assert.equal(winner, `writer ${writer}`);
      else assert.equal(outcome.reason.code, "STORAGE_CONFLICT");
    });
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  });

  it("opens no more connections than it may", async () => {
    proxy.fault = () => ({ kind: "delay", ms: 10 });
    await Promise.all(Array.from({ length: 40 }, (_, index) => store.putOnce(`${index}`, bytes("1"))));
    assert.ok(proxy.mostConnections <= 16, `${proxy.mostConnections} connections`);
  });

  const refusals: { status: number; message: string; advice: RegExp; isReading?: boolean }[] = [
    {
      status: 403,
      message:
        "robot@project.iam.gserviceaccount.com does not have storage.objects.create access to the Google Cloud Storage object.",
      advice:
        /add-iam-policy-binding gs:\/\/mammoflow-test --member=serviceAccount:robot@project\.iam\.gserviceaccount\.com --role=roles\/storage\.objectUser/,
    },
    {
      status: 403,
      message: "someone@example.org does not have storage.objects.get access to the Google Cloud Storage object.",
      advice: /--member=user:someone@example\.org --role=roles\/storage\.objectViewer/,
      isReading: true,
    },
    {
      status: 400,
      message: "Bucket is a requester pays bucket but no user project provided.",
      advice: /name the project that pays in GOOGLE_CLOUD_QUOTA_PROJECT/,
    },
    {
      status: 403,
      message: "robot does not have serviceusage.services.use access to the Google Cloud project.",
      advice: /roles\/serviceusage\.serviceUsageConsumer on the project that pays/,
    },
    {
      status: 403,
      message: "Object 'a' is subject to bucket's retention policy and cannot be deleted or overwritten",
      advice: /write under another prefix/,
    },
    { status: 401, message: "Invalid Credentials", advice: /gcloud auth application-default login/ },
    { status: 404, message: "The specified bucket does not exist.", advice: /buckets create gs:\/\/mammoflow-test/ },
  ];
  for (const { status, message, advice, isReading } of refusals)
    it(`says at once what to do about ${status} (${message.slice(0, 50)}...)`, async () => {
      proxy.fault = () => ({ kind: "status", status, message });
      const refused = (error: StorageError): true => {
        assert.ok(error instanceof StorageError);
        assert.deepEqual([error.code, error.retryable], ["STORAGE_GCS", false]);
        assert.match(error.message, advice);
        assert.ok(error.message.includes(message.replace(/\.$/, "")), error.message);
        assert.doesNotMatch(error.message, /\.\.|\. \w/, "more than one sentence");
        return true;
      };
      await assert.rejects(isReading ? store.get("a") : store.putOnce("a", bytes("1")), refused);
      assert.equal(proxy.seen.length, 1, "it was asked again");
    });

  it("gives up on a server that never recovers with an error that may be tried again", async () => {
    const hasty = open({ retries: 1 });
    proxy.fault = () => ({ kind: "status", status: 429, message: "Rate limited" });
    for (const ask of [() => hasty.get("a"), () => hasty.putOnce("a", bytes("1"))]) {
      proxy.seen.length = 0;
      await assert.rejects(ask, (error: StorageError) => {
        assert.deepEqual([error.code, error.retryable], ["STORAGE_GCS", true]);
        assert.match(error.message, /Rate limited; too much was asked at once/);
        return true;
      });
      assert.equal(proxy.seen.length, 2);
    }
  });
});
