import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { fileMemory } from "@mammoflow/imaging";
import { readFileInto } from "../../services/preprocess-worker/src/file-reader.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("reading files into the same memory", () => {
  const folder = useTemporaryFolder();

  it("gives each file's own bytes, whatever the sizes before it", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 5000 }), { maxLength: 8 }), (contents) => {
        for (const content of contents) {
          const path = join(folder.path, "file");
          writeFileSync(path, content);
          assert.deepEqual(Buffer.from(readFileInto(path, fileMemory)), Buffer.from(content));
        }
      }),
    );
  });

  it("throws the system's error for a missing file and goes on with the next", () => {
    assert.throws(() => readFileInto(join(folder.path, "missing"), fileMemory), { code: "ENOENT" });
    writeFileSync(join(folder.path, "there"), "x");
    assert.equal(Buffer.from(readFileInto(join(folder.path, "there"), fileMemory)).toString(), "x");
  });
});
