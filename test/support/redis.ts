import { startEmbeddedRedis, type EmbeddedRedis } from "@mammoflow/runtime";
import { cacheDir, redis, skipUnless } from "./parts.ts";
import { useTemporaryFolder } from "./temporary-folder.ts";

/** A real server of its own for the suite that calls this. */
export function useRedis(): { readonly url: string } {
  const home = useTemporaryFolder();
  const server = { url: "" };
  let started: EmbeddedRedis | undefined;
  before(async function () {
    skipUnless(this, redis);
    started = await startEmbeddedRedis({ homeDir: home.path, cacheDir });
    server.url = started.url;
  });
  after(() => started?.close());
  return server;
}
