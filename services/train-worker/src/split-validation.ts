import { createHash } from "node:crypto";
import { patientOf, type ManifestLine } from "@mammoflow/jobs";

/**
 * Sets aside whole patients of the training split (whole studies where patients are not known) for validation, the same share
 * of those with and without a malignant image. Which ones is decided by a hash of seed and patient, so that it depends on no
 * order.
 *
 * @returns the validation part, as `patientOf` names it; at least one patient of each kind stays for training
 */
export function splitValidation(training: ManifestLine[], share: number, seed: number): Set<string> {
  const isMalignant = new Map<string, boolean>();
  for (const line of training)
    isMalignant.set(patientOf(line), isMalignant.get(patientOf(line)) === true || line.label === 1);
  const chosen = new Set<string>();
  for (const kind of [true, false]) {
    const patients = [...isMalignant].filter(([, malignant]) => malignant === kind).map(([patient]) => patient);
    const order = patients
      .map((patient) => ({ patient, key: hash(`${seed} ${patient}`) }))
      .toSorted((a, b) => (a.key < b.key ? -1 : 1));
    for (const { patient } of order.slice(0, Math.min(Math.round(patients.length * share), patients.length - 1)))
      chosen.add(patient);
  }
  return chosen;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
