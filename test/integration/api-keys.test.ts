import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openApiKeys, type Scope } from "@mammoflow/http";
import { post, useApi } from "../support/api.ts";
import { runCli } from "../support/cli.ts";

describe("the API's keys", function () {
  this.timeout(60_000);
  const api = useApi();
  const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` });
  const code = async (answer: Response): Promise<[number, unknown]> => [
    answer.status,
    ((await answer.json()) as { code?: unknown }).code,
  ];

  it("are not asked for while only this machine reaches the server and none was made", async () => {
    const open = await api.start();
    assert.equal(open.needsKey, false);
    assert.equal((await fetch(`${open.url}/v1/models`)).status, 200);
  });

  it("are asked for on an address that others reach, even before there are any", async () => {
    const shut = await api.start({ host: "0.0.0.0" });
    assert.equal(shut.needsKey, true);
    const answer = await fetch(`${shut.url}/v1/models`);
    assert.equal(answer.headers.get("www-authenticate"), "Bearer");
    assert.deepEqual(await code(answer), [401, "KEY_MISSING"]);
    for (const open of ["/healthz", "/readyz", "/v2/health/live", "/v2/health/ready", "/openapi.json", "/docs"])
      assert.equal((await fetch(shut.url + open)).status, 200, open);
    for (const closed of ["/metrics", "/v2", "/v2/models/any", "/v1/models/any"])
      assert.equal((await fetch(shut.url + closed)).status, 401, closed);
    assert.equal((await fetch(`${shut.url}/v2/models/any/infer`, { method: "POST" })).status, 401);
  });

  it("open what they are for, from the request after they are made, and nothing once they are revoked", async () => {
    const shut = await api.start({ host: "0.0.0.0" });
    const make = async (...scopes: Scope[]): Promise<string> =>
      (await api.keys.add({ name: scopes.join(), scopes })).text;
    const [predict, explain, read] = [await make("predict"), await make("explain"), await make("read")];
    const [image] = api.exam;
    assert.equal((await post(`${shut.url}/v1/predict`, image!, bearer(predict))).status, 200);
    assert.equal((await post(`${shut.url}/v1/explain`, image!, bearer(explain))).status, 200);
    assert.equal((await fetch(`${shut.url}/v1/models`, { headers: bearer(read) })).status, 200);
    assert.deepEqual(await code(await post(`${shut.url}/v1/predict`, image!, bearer(read))), [403, "KEY_SCOPE"]);
    assert.deepEqual(await code(await post(`${shut.url}/v1/explain`, image!, bearer(predict))), [403, "KEY_SCOPE"]);
    await api.keys.revoke("predict");
    assert.deepEqual(await code(await post(`${shut.url}/v1/predict`, image!, bearer(predict))), [401, "KEY_REFUSED"]);
    await assert.rejects(api.keys.revoke("predict"), { code: "KEY_UNKNOWN" });
  });

  it("are refused when they are wrong in any part, and no upload is read for them", async () => {
    const shut = await api.start({ host: "0.0.0.0" });
    const { text, key } = await api.keys.add({ name: "right", scopes: ["read", "predict"] });
    const other = await api.keys.add({ name: "other", scopes: ["read"] });
    const last = text.at(-1) === "A" ? "B" : "A";
    for (const wrong of [
      text.slice(0, -1) + last,
      text.slice(0, -1),
      `${text}A`,
      text.replace(key.id, other.key.id),
      text.replace(key.id, "000000000000"),
      key.hash,
      "",
    ])
      assert.deepEqual(
        await code(await fetch(`${shut.url}/v1/models`, { headers: bearer(wrong) })),
        [401, "KEY_REFUSED"],
        wrong,
      );
    assert.deepEqual(
      await code(await fetch(`${shut.url}/v1/models`, { headers: { authorization: `Basic ${text}` } })),
      [401, "KEY_REFUSED"],
    );
    assert.equal((await post(`${shut.url}/v1/predict`, "x", bearer("wrong"))).status, 401);
  });

  it("expire", async () => {
    let now = new Date("2026-01-01T00:00:00Z");
    const keys = openApiKeys(join(api.folder, "expiring.json"), () => now);
    const { text } = await keys.add({ name: "short", scopes: ["read"], days: 2 });
    await keys.check(`Bearer ${text}`, "read");
    now = new Date("2026-01-03T00:00:00Z");
    await assert.rejects(keys.check(`Bearer ${text}`, "read"), { code: "KEY_REFUSED" });
  });

  it("lie in a file that only its owner reads and that does not hold them; a damaged one lets nobody in", async () => {
    const file = join(api.folder, "kept.json");
    const keys = openApiKeys(file);
    const { text, key } = await keys.add({ name: "kept", scopes: ["read"] });
    const kept = readFileSync(file, "utf8");
    assert.ok(!kept.includes(text) && !kept.includes(text.slice(17)) && kept.includes(key.hash));
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const shut = await api.start({ keys });
    assert.equal(shut.needsKey, true, "on this machine, too, once there is a file of keys");
    assert.equal((await fetch(`${shut.url}/v1/models`, { headers: bearer(text) })).status, 200);
    writeFileSync(file, "{ damaged");
    assert.deepEqual(await code(await fetch(`${shut.url}/v1/models`, { headers: bearer(text) })), [503, "KEYS_FILE"]);
  });

  it("are all kept when many are made at once", async () => {
    const file = join(api.folder, "many.json");
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, index) => openApiKeys(file).add({ name: `key ${index}`, scopes: ["read"] })),
    );
    const kept = await openApiKeys(file).list();
    assert.deepEqual(kept.map(({ id }) => id).toSorted(), made.map(({ key }) => key.id).toSorted());
  });

  it("may each send so many requests a minute, and no key takes from another", async () => {
    const slow = await api.start({ host: "0.0.0.0", ratePerMinute: 8 });
    const [first, second] = [
      await api.keys.add({ name: "first", scopes: ["read"] }),
      await api.keys.add({ name: "second", scopes: ["read"] }),
    ];
    const ask = (text: string): Promise<Response> => fetch(`${slow.url}/v1/models`, { headers: bearer(text) });
    const statuses: number[] = [];
    for (let time = 0; time < 6; time++) statuses.push((await ask(first.text)).status);
    assert.deepEqual(statuses.slice(0, 4), [200, 200, 200, 200]);
    assert.equal(statuses[5], 429);
    const refused = await ask(first.text);
    assert.match(String(refused.headers.get("retry-after")), /^[1-9]\d?$/);
    assert.deepEqual(await code(refused), [429, "RATE_LIMIT"]);
    assert.equal((await ask(second.text)).status, 200);
  });

  it("are made, listed and revoked on the command line", async () => {
    const file = join(api.folder, "by-hand.json");
    const made = await runCli([
      "keys",
      "add",
      "reading room",
      "--scopes",
      "predict,read",
      "--days",
      "90",
      "--keys",
      file,
    ]);
    assert.equal(made.code, 0, made.stderr);
    const text = made.stdout.trim();
    assert.match(text, /^mfk_[0-9a-f]{12}_[\w-]{43}$/);
    assert.match(made.stderr, /not shown again/);
    const keys = openApiKeys(file);
    assert.deepEqual((await keys.check(`Bearer ${text}`, "read")).scopes, ["predict", "read"]);
    const listed = await runCli(["keys", "list", "--keys", file]);
    assert.match(listed.stdout, /^[0-9a-f]{12} {2}reading room {2}predict,read {2}holds until \d/);
    assert.equal((await runCli(["keys", "revoke", "reading room", "--keys", file])).code, 0);
    await assert.rejects(keys.check(`Bearer ${text}`, "read"), { code: "KEY_REFUSED" });
    const again = await runCli(["keys", "revoke", "reading room", "--keys", file]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /reading room.*`mammoflow keys list`/);
    assert.equal((await runCli(["keys", "add", "x", "--scopes", "everything", "--keys", file])).code, 2);
  });
});
