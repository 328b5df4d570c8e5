import { createHash } from "node:crypto";
import type { MadeSplit } from "./dataset.ts";

/** A patient, or whatever else must not be divided between the splits. */
export interface PatientToSplit {
  patientId: string;
  isMalignant: boolean;
  /** A further trait to spread evenly, e.g. the density. */
  trait: string;
}

/**
 * Chooses patients for the test: of those with and without a malignant image the same share, rounded to whole patients, and
 * among each of the two every trait as evenly as whole patients allow (largest remainders). Which ones is decided by a
 * hash of seed and patient, so it depends on no order and no machine.
 *
 * @returns patient ids; of each class with two patients or more, at least one is chosen and one is not
 */
export function splitPatients(patients: PatientToSplit[], { seed, testShare }: MadeSplit): Set<string> {
  const chosen = new Set<string>();
  for (const isMalignant of [true, false]) {
    const ofClass = patients.filter((patient) => patient.isMalignant === isMalignant);
    const wanted = Math.min(Math.max(Math.round(ofClass.length * testShare), 1), ofClass.length - 1);
    const traits = [...new Set(ofClass.map(({ trait }) => trait))].toSorted();
    const groups = traits.map((trait) => ofClass.filter((patient) => patient.trait === trait));
    const counts = shareOut(
      Math.max(wanted, 0),
      groups.map(({ length }) => length),
    );
    groups.forEach((group, index) => {
      const order = group
        .map(({ patientId }) => ({ patientId, key: hash(`${seed} ${patientId}`) }))
        .toSorted((a, b) => (a.key < b.key ? -1 : 1));
      for (const { patientId } of order.slice(0, counts[index])) chosen.add(patientId);
    });
  }
  return chosen;
}

/** Divides `wanted` among groups in proportion to their sizes: whole parts first, then by largest remainder. */
function shareOut(wanted: number, sizes: number[]): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const exact = sizes.map((size) => (wanted * size) / Math.max(total, 1));
  const counts = exact.map(Math.floor);
  const left = wanted - counts.reduce((sum, count) => sum + count, 0);
  exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .toSorted((a, b) => b.remainder - a.remainder || a.index - b.index)
    .slice(0, left)
    .forEach(({ index }) => (counts[index] = (counts[index] ?? 0) + 1));
  return counts;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
