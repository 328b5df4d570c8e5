import assert from "node:assert/strict";
import { judgeBucketSettings } from "../../services/producer/src/doctor/judge-bucket-settings.ts";

/** As `gcloud storage buckets describe` shows a bucket made by docs/storage.md. */
const recommended = {
  location: "EUROPE-WEST3",
  storageClass: "STANDARD",
  softDeletePolicy: { retentionDurationSeconds: 604_800 },
  iamConfiguration: { publicAccessPrevention: "enforced", uniformBucketLevelAccess: { enabled: true } },
  lifecycle: { rule: [{ action: { type: "Delete" }, condition: { age: 90, matchesPrefix: ["runs/cache/"] } }] },
};

describe("what doctor says of a bucket's settings", () => {
  const wrongIn = (settings: Parameters<typeof judgeBucketSettings>[1]): string[] =>
    judgeBucketSettings("b", settings)
      .filter(({ state }) => state !== "ok")
      .map(({ part, state, advice }) => `${part}: ${state}: ${advice}`);

  it("is that a bucket made as documented is well", () => {
    assert.deepEqual(wrongIn(recommended), []);
    const soft = judgeBucketSettings("b", recommended).find(({ part }) => part === "soft delete");
    assert.match(`${soft?.detail}; ${soft?.advice}`, /7 days; .*--clear-soft-delete/);
  });

  it("is nothing about what an emulator does not tell", () => {
    assert.deepEqual(
      judgeBucketSettings("b", {}).map(({ part, state }) => `${part} ${state}`),
      ["bucket ok", "versioning ok", "lifecycle ok"],
    );
  });

  const cases: [string, Parameters<typeof judgeBucketSettings>[1], RegExp][] = [
    ["keeps versions", { versioning: { enabled: true } }, /versioning: warning: .*--no-versioning/],
    [
      "keeps objects from being replaced",
      { retentionPolicy: { retentionPeriod: 86_400 } },
      /retention: failed: .*another bucket/,
    ],
    ["bills each reading", { storageClass: "NEARLINE" }, /storage class: warning/],
    [
      "may be opened to everybody",
      { iamConfiguration: { publicAccessPrevention: "inherited" } },
      /public access: warning/,
    ],
    [
      "deletes whatever is old",
      { lifecycle: { rule: [{ action: { type: "Delete" }, condition: { age: 30 } }] } },
      /lifecycle: warning: .*matchesPrefix/,
    ],
  ];
  for (const [what, settings, says] of cases)
    it(`warns of a bucket that ${what}`, () => {
      assert.match(wrongIn({ ...recommended, ...settings }).join("\n"), says);
    });

  it("lets rules pass that delete old versions or some prefixes only", () => {
    const rule = [{ action: { type: "Delete" }, condition: { isLive: false } }];
    assert.deepEqual(wrongIn({ ...recommended, lifecycle: { rule } }), []);
  });
});
