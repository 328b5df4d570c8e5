import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that is there for the tests of the suite that calls this, and gone afterwards. */
export function useTemporaryFolder(): { readonly path: string } {
  const folder = { path: "" };
  before(() => {
    folder.path = mkdtempSync(join(tmpdir(), "mammoflow-test-"));
  });
  after(() => rmSync(folder.path, { recursive: true, force: true }));
  return folder;
}
