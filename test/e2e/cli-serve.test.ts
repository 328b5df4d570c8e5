import assert from "node:assert/strict";
import { type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { writeDicom } from "@mammoflow/dicom";
import { promote } from "@mammoflow/serving";
import { openStore } from "@mammoflow/storage";
import { post } from "../support/api.ts";
import { useBrowser } from "../support/browser.ts";
import { runCli, startCli } from "../support/cli.ts";
import { servedRun, writeServedRun } from "../support/served-run.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { isAlive, until } from "../support/waiting.ts";

const { run, experiment } = servedRun;
const secret = "SECRET^PATIENT";
/** A breast whose file tells whose it is, where nothing asks for it. */
const telling = writeDicom({
  rows: 400,
  columns: 300,
  samples: Uint16Array.from({ length: 400 * 300 }, (_, at) =>
    Math.hypot(at % 300, Math.floor(at / 300) - 200) < 180 ? 1500 + ((at * 7919) % 1000) : 0,
  ),
  bitsStored: 12,
  photometricInterpretation: "MONOCHROME2",
  modality: "MG",
  patientId: secret,
  imageComments: secret,
  manufacturerModelName: secret,
});

describe("mammoflow serve", function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const store = (): string => join(folder.path, "store");
  const started: ChildProcessByStdio<null, Readable, Readable>[] = [];

  before(() => writeServedRun(openStore(store())));
  after(() => started.forEach((child) => child.kill("SIGKILL")));

  const start = async (args: string[], environment: Record<string, string> = {}): Promise<Served> => {
    const child = startCli(["serve", "--out", store(), "--port", "0", ...args], {
      MAMMOFLOW_HOME: join(folder.path, "home"),
      MAMMOFLOW_API_KEYS: join(folder.path, "no-keys.json"),
      ...environment,
    });
    started.push(child);
    const served: Served = { child, said: "", url: "" };
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text: Buffer) => (served.said += text.toString()));
    await until(() => / answers at /.test(served.said) || child.exitCode !== null, 60_000);
    served.url = /answers at (\S+);/.exec(served.said)?.[1] ?? "";
    assert.notEqual(served.url, "", served.said);
    return served;
  };
  /** Gives 0 only when everything was closed within 9.5 s. */
  const end = async ({ child }: Served): Promise<number | null> => {
    child.kill("SIGTERM");
    await once(child, "exit");
    return child.exitCode;
  };

  it("says what to do where no model is named and none is promoted, and where a name leads nowhere", async () => {
    const none = await runCli(["serve", "--out", store(), "--port", "0"]);
    assert.equal(none.code, 1);
    assert.match(none.stderr, /mammoflow promote/);
    const unknown = await runCli(["serve", `${run}/other`, "--out", store(), "--port", "0"]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, new RegExp(`${run} has no experiment other.*${experiment}`));
    assert.equal((await runCli(["serve", "nonsense", "--out", store()])).code, 2);
    assert.equal((await runCli(["serve", `${run}/${experiment}`, "--out", store(), "--port", "x"])).code, 2);
  });

  it("serves the promoted model, says that no key is asked for here, and ends cleanly on SIGTERM", async () => {
    await promote(openStore(store()), { run, experiment, by: "test", why: "the only one" });
    const served = await start([]);
    assert.match(served.said, /No key is asked for, because only this machine reaches it/);
    assert.match(served.said, /Research use only\. Human review required\./);
    const answer = await post(`${served.url}/v1/predict`, telling);
    assert.equal(answer.status, 200);
    assert.equal(((await answer.json()) as { model: string }).model, `${run}/${experiment}`);
    assert.equal(await end(served), 0);
  });

  it("asks for keys on an address that others reach, and says how one is made", async () => {
    const served = await start([`${run}/${experiment}`, "--host", "0.0.0.0"]);
    assert.match(served.said, /mammoflow keys add NAME/);
    assert.equal((await post(`${served.url.replace("0.0.0.0", "127.0.0.1")}/v1/predict`, telling)).status, 401);
    await end(served);
  });

  it("answers what it has begun when it is told to end, and takes nothing more", async () => {
    const served = await start([`${run}/${experiment}`]);
    const begun = Array.from({ length: 6 }, () => post(`${served.url}/v1/explain`, telling));
    await until(async () => /in_flight [1-9]/.test(await (await fetch(`${served.url}/metrics`)).text()));
    await sleep(50);
    const ended = end(served);
    const statuses = (await Promise.all(begun)).map(({ status }) => status);
    assert.deepEqual(statuses, Array(6).fill(200));
    assert.equal(await ended, 0);
    await assert.rejects(fetch(`${served.url}/healthz`));
  });

  it("goes on when the process that computes is killed, and leaves none behind when it is killed itself", async () => {
    const served = await start([`${run}/${experiment}`]);
    const children = (): number[] =>
      readdirSync(`/proc/${served.child.pid}/task`).flatMap((task) =>
        readFileSync(`/proc/${served.child.pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
      );
    for (const pid of children()) process.kill(pid, "SIGKILL");
    await until(async () => (await post(`${served.url}/v1/predict`, telling)).status === 200, 30_000);
    const left = children();
    assert.ok(left.length > 0);
    served.child.kill("SIGKILL");
    await until(() => !left.some(isAlive));
  });

  it("keeps and logs nothing of an image but hashes", async () => {
    const [home, temporary] = [join(folder.path, "private-home"), join(folder.path, "tmp")];
    mkdirSync(temporary);
    mkdirSync(home);
    const served = await start([`${run}/${experiment}`], {
      LOG_LEVEL: "trace",
      MAMMOFLOW_HOME: home,
      TMPDIR: temporary,
    });
    const form = new FormData();
    form.append("image", new Blob([new Uint8Array(telling)]), `${secret}.dcm`);
    const damaged = new FormData();
    damaged.append("image", new Blob([new Uint8Array(telling.subarray(0, 3000))]), `${secret}.dcm`);
    const answers = [
      await post(`${served.url}/v1/predict`, form),
      await post(`${served.url}/v1/explain`, telling),
      await post(`${served.url}/v1/predict`, damaged),
      await fetch(`${served.url}/metrics`),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 422, 200],
    );
    for (const answer of answers) assert.doesNotMatch(await answer.text(), /SECRET/);
    await end(served);
    assert.doesNotMatch(served.said, /SECRET/);
    const lines = served.said.split("\n").filter((line) => line.includes('"audit":true'));
    assert.equal(lines.length, 3);
    for (const line of lines) {
      const { images, answer, version, ...rest } = JSON.parse(line) as Record<string, unknown>;
      assert.match(
        JSON.stringify([images ?? [], answer ?? "", version ?? ""]),
        /^\[\[("[0-9a-f]{64}")?\],"[0-9a-f]{0,64}","[0-9a-f]{0,64}"\]$/,
      );
      const known = ["level", "time", "service", "pid", "audit", "request", "key", "operation", "status", "ms", "msg"];
      assert.deepEqual(Object.keys(rest).toSorted(), known.toSorted());
    }
    const pixels = Buffer.from(telling).subarray(-90_000, -89_900);
    for (const file of filesBelow(folder.path)) {
      const bytes = readFileSync(file);
      assert.ok(!bytes.includes(secret) && !bytes.includes(pixels), file);
    }
  });
});

describe("the page to try the API", function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const chromium = useBrowser();
  let served: ChildProcessByStdio<null, Readable, Readable> | undefined;
  after(() => served?.kill("SIGKILL"));

  it("sends an image, shows what is said of it, and asks nobody else", async () => {
    const store = join(folder.path, "store");
    await writeServedRun(openStore(store));
    served = startCli([
      "serve",
      `${run}/${experiment}`,
      "--out",
      store,
      "--port",
      "0",
      "--keys",
      join(folder.path, "none.json"),
    ]);
    let said = "";
    served.stderr.on("data", (text: Buffer) => (said += text.toString()));
    await until(() => / answers at /.test(said), 60_000);
    const url = /answers at (\S+);/.exec(said)![1]!;
    const file = join(folder.path, "image.dcm");
    writeFileSync(file, telling);
    const page = await chromium.browser.newPage();
    const complaints: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith("blob:")) complaints.push(request.url());
    });
    page.on("console", (message) => {
      const isIcon = message.location().url.endsWith("/favicon.ico"); // which browsers ask every host for
      if (message.type() === "error" && !isIcon) complaints.push(message.text());
    });
    await page.goto(`${url}/docs`);
    for (const [operation, type] of [
      ["predict", "application/json"],
      ["explain", "image/png"],
    ] as const) {
      const section = page.locator(`#${operation}`);
      await section.locator("summary").click();
      await section.locator("input[type=file]").setInputFiles(file);
      if (operation === "explain") await section.locator("select").selectOption(type);
      await section.locator("button").click();
      await section.locator("output p", { hasText: "200" }).waitFor();
    }
    assert.match(await page.locator("#predict output pre").innerText(), /"review": "required"/);
    const picture = page.locator("#explain output img");
    await until(async () => (await picture.evaluate((image: { naturalWidth: number }) => image.naturalWidth)) > 0);
    await page.goto(`${url}/docs#RATE_LIMIT`);
    assert.match(await page.locator("#RATE_LIMIT + dd").innerText(), /429/);
    assert.deepEqual(complaints, []);
  });
});

interface Served {
  child: ChildProcessByStdio<null, Readable, Readable>;
  /** On both streams. */
  said: string;
  url: string;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
