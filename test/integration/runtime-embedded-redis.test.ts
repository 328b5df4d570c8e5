import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { connectRedis } from "@mammoflow/jobs";
import {
  findRedisProgram,
  isLocalRedisUp,
  localRedisSocket,
  startEmbeddedRedis,
  type EmbeddedRedis,
} from "@mammoflow/runtime";
import { cacheDir, redis as part, skipUnless } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { isAlive, until } from "../support/waiting.ts";

describe("the embedded queue server", function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  const servers: EmbeddedRedis[] = [];
  before(function () {
    skipUnless(this, part);
  });
  afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

  const start = async (homeDir: string): Promise<EmbeddedRedis> => {
    const server = await startEmbeddedRedis({ homeDir, cacheDir });
    servers.push(server);
    return server;
  };
  const ask = async <Answer>(
    url: string,
    question: (redis: Awaited<ReturnType<typeof connectRedis>>) => Promise<Answer>,
  ): Promise<Answer> => {
    const redis = await connectRedis(url, "client");
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  };
  const serverPid = (url: string): Promise<number> =>
    ask(url, async (redis) => Number(/process_id:(\d+)/.exec(await redis.info("server"))?.[1]));

  it("keeps what was queued over a restart, in a folder of its own", async () => {
    const home = mkdtempSync(join(folder.path, "home-"));
    const first = await start(home);
    await ask(first.url, (redis) => redis.set("kept", "yes"));
    await first.close();
    assert.equal(await isLocalRedisUp(home), false);
    const second = await start(home);
    assert.equal(await ask(second.url, (redis) => redis.get("kept")), "yes");
    const other = await start(mkdtempSync(join(folder.path, "home-")));
    assert.equal(await ask(other.url, (redis) => redis.get("kept")), null);
  });

  it("listens on a private socket only, and never forgets under memory pressure", async () => {
    const home = mkdtempSync(join(folder.path, "home-"));
    const { url } = await start(home);
    assert.equal(url, `unix://${localRedisSocket(home)}`);
    assert.deepEqual(
      await ask(url, async (redis) => {
        const settings = await redis.config("GET", "port", "maxmemory-policy", "appendonly");
        return settings.filter((_, index) => index % 2 === 1).toSorted();
      }),
      ["0", "noeviction", "yes"],
    );
  });

  it("has one owner where several start at once", async () => {
    const home = mkdtempSync(join(folder.path, "home-"));
    const outcomes = await Promise.allSettled([start(home), start(home), start(home)]);
    const refusals = outcomes.flatMap((outcome) =>
      outcome.status === "rejected" ? [(outcome.reason as { code: string }).code] : [],
    );
    assert.deepEqual(refusals, ["REDIS_RUNNING", "REDIS_RUNNING"]);
  });

  it("refuses a socket's folder that others may enter", async () => {
    const home = mkdtempSync(join(folder.path, "home-"));
    mkdirSync(dirname(localRedisSocket(home)), { recursive: true });
    chmodSync(dirname(localRedisSocket(home)), 0o755);
    await assert.rejects(start(home), { code: "REDIS_FAILED", message: /open to others/ });
  });

  it("refuses a second owner while the first lives", async () => {
    const home = mkdtempSync(join(folder.path, "home-"));
    await start(home);
    await assert.rejects(start(home), { code: "REDIS_RUNNING" });
  });

  it("takes over from an owner that was killed, and keeps what was queued", async () => {
    const home = mkdtempSync(join(folder.path, "home-"));
    const owner = spawn(
      process.execPath,
      [...process.execArgv, join(import.meta.dirname, "../fixtures/redis-owner.ts"), home, cacheDir],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const [line] = (await once(owner.stdout, "data")) as [Buffer];
    const url = line.toString().trim();
    const orphan = await serverPid(url);
    await ask(url, (redis) => redis.set("kept", "yes"));
    owner.kill("SIGKILL");
    await once(owner, "exit");
    assert.equal(isAlive(orphan), true, "the server ended with its owner: there is nothing to take over");

    const next = await start(home);
    assert.equal(await ask(next.url, (redis) => redis.get("kept")), "yes");
    assert.notEqual(await serverPid(next.url), orphan);
    await until(() => !isAlive(orphan));
    assert.equal(readFileSync(join(home, "redis", "owner.pid"), "utf8"), String(process.pid));
  });

  it("says what the server said when it cannot start, and leaves no server behind", async () => {
    const home = mkdtempSync(join(folder.path, "home-"));
    const server = await start(home);
    await ask(server.url, (redis) => redis.set("kept", "yes"));
    await server.close();
    const manifest = join(home, "redis", "appendonlydir", "appendonly.aof.manifest");
    assert.ok(existsSync(manifest));
    writeFileSync(manifest, "no manifest\n");
    await assert.rejects(start(home), { code: "REDIS_FAILED", message: /manifest.*server\.log/is });
    assert.equal(await isLocalRedisUp(home), false);
  });

  it("takes the newest of several servers, which can read what an older one wrote", () => {
    const path = ["7.0.15", "9.1.2", "10.0.1"].map((version) => {
      const bin = mkdtempSync(join(folder.path, "bin-"));
      writeFileSync(join(bin, "redis-server"), `#!/bin/sh\necho "Redis server v=${version} sha=0"\n`, { mode: 0o755 });
      return bin;
    });
    assert.equal(findRedisProgram(folder.path, path.join(delimiter))?.version, "10.0.1");
    assert.equal(findRedisProgram(folder.path, path.slice(0, 2).toReversed().join(delimiter))?.version, "9.1.2");
    assert.equal(findRedisProgram(folder.path, ""), undefined);
  });

  it("tells data that it cannot read from other failures, and what to do", async () => {
    const home = mkdtempSync(join(folder.path, "home-"));
    await (await start(home)).close();
    writeFileSync(join(home, "redis", "appendonlydir", "appendonly.aof.1.base.rdb"), "REDIS9999, of another time");
    await assert.rejects(start(home), { code: "REDIS_FAILED", message: /written by a newer server.*npm run setup/ });
  });
});
