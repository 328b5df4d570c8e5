import type { BucketSettings } from "@mammoflow/storage";
import { failed, type Finding, ok, warning } from "./finding.ts";

const daySeconds = 24 * 3600;
const days = (seconds: number): string => `${Math.round((seconds / daySeconds) * 10) / 10} days`;

/** What a bucket's settings mean for runs. What its server does not tell (an emulator's tells little) is passed over. */
export function judgeBucketSettings(bucket: string, settings: BucketSettings): Finding[] {
  const { location, storageClass, versioning, softDeletePolicy, retentionPolicy, iamConfiguration } = settings;
  const where = [location, storageClass].filter(Boolean).join(", ");
  const findings = [ok("bucket", `gs://${bucket} is there${where === "" ? "" : ` (${where})`}`)];
  const update = `gcloud storage buckets update gs://${bucket}`;

  if (storageClass !== undefined && storageClass !== "STANDARD")
    findings.push(
      warning(
        "storage class",
        `${storageClass}: each reading costs, and a run reads every original`,
        `\`${update} --default-storage-class=STANDARD\` for what is worked with`,
      ),
    );
  findings.push(
    versioning?.enabled === true
      ? warning(
          "versioning",
          "on: each manifest and report that is written again is kept and paid for",
          `runs do not need it: \`${update} --no-versioning\``,
        )
      : ok("versioning", "off: runs do not need it"),
  );
  const keptSeconds = softDeletePolicy?.retentionDurationSeconds;
  if (keptSeconds !== undefined)
    findings.push(
      keptSeconds === 0
        ? ok("soft delete", "off")
        : ok(
            "soft delete",
            `what is deleted is kept and paid for during ${days(keptSeconds)}`,
            `if that is not wanted: \`${update} --clear-soft-delete\``,
          ),
    );
  const retainedSeconds = retentionPolicy?.retentionPeriod ?? 0;
  if (retainedSeconds > 0)
    findings.push(
      failed(
        "retention",
        `objects can be neither replaced nor removed for ${days(retainedSeconds)}: manifests and reports are replaced`,
        `use another bucket, or \`${update} --clear-retention-period\``,
      ),
    );
  findings.push(...judgeLifecycle(settings, update));
  const { publicAccessPrevention, uniformBucketLevelAccess } = iamConfiguration ?? {};
  if (publicAccessPrevention !== undefined)
    findings.push(
      publicAccessPrevention === "enforced"
        ? ok("public access", "prevented")
        : warning(
            "public access",
            "not prevented: one wrong grant shows mammograms to everybody",
            `\`${update} --public-access-prevention\``,
          ),
    );
  if (uniformBucketLevelAccess?.enabled === false)
    findings.push(
      warning("access", "each object may have grants of its own", `\`${update} --uniform-bucket-level-access\``),
    );
  return findings;
}

function judgeLifecycle({ lifecycle }: BucketSettings, update: string): Finding[] {
  const rules = (lifecycle?.rule ?? []).filter(({ action }) => action.type === "Delete");
  const greedy = rules.find(
    ({ condition }) =>
      condition.isLive !== false && condition.matchesPrefix === undefined && condition.matchesSuffix === undefined,
  );
  if (greedy !== undefined)
    return [
      warning(
        "lifecycle",
        `a rule deletes every object${greedy.condition.age === undefined ? "" : ` after ${greedy.condition.age} days`}, runs and data sets included`,
        `give it \`matchesPrefix\` (docs/storage.md), or \`${update} --clear-lifecycle\``,
      ),
    ];
  return rules.length > 0
    ? [ok("lifecycle", "deletes only under some prefixes")]
    : [ok("lifecycle", "nothing is deleted: features are kept for ever", "docs/storage.md has a rule for them")];
}
