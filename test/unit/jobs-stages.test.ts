import assert from "node:assert/strict";
import { planExperiments, runnableExperiments, stopReason, type FeaturesIndex, type RunConfig } from "@mammoflow/jobs";

const both = { training: new Set([0, 1]), test: new Set([0, 1]) };

describe("whether a run goes on to learning", () => {
  const decide = (studies: number, failed: number, continueWithFailures = false): string | undefined =>
    stopReason({ continueWithFailures }, { studies, failed }, both, both);

  it("goes on with up to 10 failed studies, or 1 % of them", () => {
    assert.equal(decide(20, 10), undefined);
    assert.equal(decide(5000, 50), undefined);
  });

  it("stops above that and names the flag that continues", () => {
    assert.match(decide(20, 11) ?? "", /11 of 20.*--continue-with-failures/);
    assert.match(decide(5000, 51) ?? "", /--continue-with-failures/);
    assert.equal(decide(5000, 4000, true), undefined);
  });

  it("stops when a split has lost a class, whatever the flag", () => {
    const after = { ...both, test: new Set([0]) };
    assert.match(
      stopReason({ continueWithFailures: true }, { studies: 20, failed: 1 }, both, after) ?? "",
      /test split.*malignant/,
    );
    assert.match(
      stopReason({ continueWithFailures: true }, { studies: 20, failed: 20 }, both, {}) ?? "",
      /training split/,
    );
  });
});

describe("experiments", () => {
  it("run only where their backbone has features", () => {
    const config = {
      experiments: planExperiments({ backbones: ["a", "b"], strategies: ["none"], parts: ["head"], seeds: [1] }),
    } as RunConfig; // the rest is not read
    const weights = { title: "A", source: "s", licence: "l", sha256: "0" };
    const features: FeaturesIndex = {
      manifestSha256: "0",
      backbones: { a: { features: ["x"], activations: [], weights }, b: { notRun: "no weights" } },
    };
    assert.deepEqual(
      runnableExperiments(config, features).map(({ name }) => name),
      ["a-none-head-s1"],
    );
  });
});
