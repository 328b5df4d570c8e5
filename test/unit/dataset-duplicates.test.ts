import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { createFileInspector } from "@mammoflow/dataset";
import { findDuplicates } from "../../packages/dataset/src/validate/find-duplicates.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const blockBytes = 64 * 1024;

/** Files that are alike: a few sizes, all zero but for one byte that may lie anywhere or not be there. */
const file = fc.record({
  size: fc.constantFrom(1, 1000, blockBytes, 3 * blockBytes, 3 * blockBytes + 1, 6 * blockBytes),
  at: fc.option(fc.nat(7 * blockBytes), { nil: undefined }),
});

describe("finding equal files", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();

  it("finds all that are equal byte for byte and no others, whatever part of them differs", async () => {
    const inspect = createFileInspector();
    await fc.assert(
      fc.asyncProperty(fc.array(file, { maxLength: 12 }), async (specs) => {
        const contents = specs.map(({ size, at }) => {
          const content = Buffer.alloc(size);
          if (at !== undefined && at < size) content[at] = 1;
          return content;
        });
        const files: { index: number; path: string; sizeBytes: number; hash: string }[] = [];
        for (const [index, content] of contents.entries()) {
          const path = join(folder.path, String(index));
          writeFileSync(path, content);
          const { sizeBytes, hash } = await inspect({ path, source: path }, { look: "header", patientKey: "" });
          files.push({ index, path, sizeBytes, hash: hash! });
        }
        const hashFiles = async (look: "blocks" | "whole", some: typeof files) => {
          const hashes = [];
          for (const { path } of some)
            hashes.push((await inspect({ path, source: path }, { look, patientKey: "" })).hash);
          return hashes;
        };
        const found = (await findDuplicates(files, hashFiles)).map((group) => group.map(({ index }) => index));
        const groups = contents.map((content) =>
          contents.flatMap((other, index) => (other.equals(content) ? [index] : [])),
        );
        const expected = groups.filter((group, index) => group.length > 1 && group[0] === index);
        assert.deepEqual(found, expected);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it("hashes nothing where sizes or beginnings differ, and nothing whole where blocks do", async () => {
    const asked: string[] = [];
    const files = [
      { name: "a", sizeBytes: 10, hash: "x" },
      { name: "b", sizeBytes: 11, hash: "x" },
      { name: "c", sizeBytes: 12, hash: "y" },
      { name: "d", sizeBytes: 12, hash: "y" },
      { name: "e", sizeBytes: 12, hash: "z" },
    ];
    const groups = await findDuplicates(files, async (look, some) => {
      asked.push(`${look} ${some.map(({ name }) => name).join("")}`);
      return some.map(({ name }) => name);
    });
    assert.deepEqual([groups, asked], [[], ["blocks cd"]]);
  });
});
