const { writeFileSync } = require("node:fs");
const { reporters, Runner } = require("mocha");

/**
 * The spec reporter, which also writes what was skipped and why for `scripts/run-tests.mjs`. A test or suite names its
 * missing part by `skipUnless` (test/support/parts.ts), which leaves the reason in `globalThis.mammoflowSkips`.
 */
module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const counts = { passed: 0, failed: 0 };
    const skipped = [];
    runner.on(Runner.constants.EVENT_TEST_PASS, () => counts.passed++);
    runner.on(Runner.constants.EVENT_TEST_FAIL, () => counts.failed++);
    runner.on(Runner.constants.EVENT_TEST_PENDING, (test) => {
      const missing = missingPart(test);
      skipped.push({
        title: test.fullTitle(),
        needs: missing?.needs ?? "",
        reason: missing?.reason ?? "no reason given",
      });
    });
    runner.on(Runner.constants.EVENT_RUN_END, () => {
      if (process.env.MAMMOFLOW_TEST_RESULTS)
        writeFileSync(process.env.MAMMOFLOW_TEST_RESULTS, JSON.stringify({ ...counts, skipped }));
    });
  }
};

function missingPart(test) {
  for (let at = test; at; at = at.parent) {
    const missing = globalThis.mammoflowSkips?.get(at);
    if (missing) return missing;
  }
  return undefined;
}
