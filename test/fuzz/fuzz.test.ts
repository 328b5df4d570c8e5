import assert from "node:assert/strict";
import { type Finding, type Fuzzer, openFuzzer } from "./campaign.ts";
import { fuzzKinds } from "./kinds.ts";

/** `npm run fuzz` goes on where these end, with other seeds. */
const seed = 1;
const mutations = 2000;

describe("a forged file becomes an image or an error with a code, in time and within its memory", function () {
  this.timeout(600_000);
  let fuzzer: Fuzzer;
  before(() => void (fuzzer = openFuzzer()));
  after(() => fuzzer.close());

  for (const kind of fuzzKinds())
    it(`${kind.name}, forged in ${mutations} ways`, async () => {
      const { findings, outcomes } = await fuzzer.run(kind, seed, 0, mutations);
      assert.equal(findings.length, 0, findings.slice(0, 5).map(describeFinding).join("\n\n"));
      // A fuzzer whose files all fail at the first byte, or not at all, tests nothing.
      assert.ok((outcomes["image"] ?? 0) > mutations / 20, JSON.stringify(outcomes));
      assert.ok(Object.keys(outcomes).length > 3, JSON.stringify(outcomes));
    });
});

function describeFinding({ kind, seed, number, how, problem }: Finding): string {
  return `${kind}, seed ${seed}, number ${number} (${how}):\n${problem}`;
}
