import { createHash } from "node:crypto";
import type { ManifestLine } from "@mammoflow/jobs";

/**
 * Sets aside whole studies of the training split for validation, the same share of those with and without a malignant
 * image. Which ones is decided by a hash of seed and study, so that it depends on no order.
 *
 * @returns the study ids of the validation part; at least one study of each kind stays for training
 */
export function splitValidation(training: ManifestLine[], share: number, seed: number): Set<string> {
  const isMalignant = new Map<string, boolean>();
  for (const { studyId, label } of training) isMalignant.set(studyId, isMalignant.get(studyId) === true || label === 1);
  const chosen = new Set<string>();
  for (const kind of [true, false]) {
    const studies = [...isMalignant].filter(([, malignant]) => malignant === kind).map(([studyId]) => studyId);
    const order = studies
      .map((studyId) => ({ studyId, key: hash(`${seed} ${studyId}`) }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
    for (const { studyId } of order.slice(0, Math.min(Math.round(studies.length * share), studies.length - 1)))
      chosen.add(studyId);
  }
  return chosen;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
