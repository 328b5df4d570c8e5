import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { useApi } from "../support/api.ts";
import { curl, skipUnless } from "../support/parts.ts";
import { servedRun } from "../support/served-run.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/api.md"), "utf8");
const examples = /<!-- examples: .*?-->\s+```bash\n(.*?)```/s.exec(page)?.[1]?.trim().split("\n") ?? [];

describe("the examples of docs/api.md", function () {
  this.timeout(60_000);
  const api = useApi();
  before(async function () {
    skipUnless(this, curl);
    for (const [index, name] of ["l-cc.dcm", "l-mlo.dcm", "r-cc.dcm", "r-mlo.dcm"].entries())
      writeFileSync(join(api.folder, name), api.exam[index]!);
    writeFileSync(join(api.folder, "image.dcm"), api.exam[0]!);
    const raw = { width: 64, height: 64, channels: 1 as const };
    writeFileSync(
      join(api.folder, "image.png"),
      await sharp(Buffer.alloc(64 * 64, 90), { raw })
        .png()
        .toBuffer(),
    );
  });

  it("are there", () => assert.equal(examples.length, 5));

  for (const example of examples)
    it(example.slice(0, 100), async () => {
      const command = example
        .replace("http://127.0.0.1:8080", api.url)
        .replace("EXPERIMENT", servedRun.experiment)
        .replace(/^curl/, "curl --silent --show-error --fail-with-body");
      const { stdout } = await promisify(execFile)("bash", ["-c", command], { cwd: api.folder });
      const output = / --output (\S+)/.exec(example)?.[1];
      if (output) {
        const { format } = await sharp(readFileSync(join(api.folder, output))).metadata();
        return assert.equal(format, "png");
      }
      const said = JSON.parse(stdout) as Record<string, unknown>;
      assert.ok("probability" in said || "models" in said || "outputs" in said, stdout);
    });
});
