import assert from "node:assert/strict";
import * as fc from "fast-check";
import { splitPatients, type PatientToSplit } from "../../packages/dataset/src/split-patients.ts";

const patients: fc.Arbitrary<PatientToSplit[]> = fc
  .array(fc.tuple(fc.boolean(), fc.constantFrom("", "A", "B", "C", "D")), { minLength: 4, maxLength: 300 })
  .map((drawn) => drawn.map(([isMalignant, trait], index) => ({ patientId: `p${index}`, isMalignant, trait })));
const shares = fc.double({ min: 0.05, max: 0.6, noNaN: true });

const countWhere = (some: PatientToSplit[], isCounted: (patient: PatientToSplit) => boolean): number =>
  some.filter(isCounted).length;

describe("a split that is made here", () => {
  it("takes of both classes the asked share to the nearest patient, and leaves both classes in both parts", () => {
    fc.assert(
      fc.property(patients, fc.nat(1000), shares, (all, seed, testShare) => {
        const test = splitPatients(all, { seed, testShare });
        for (const kind of [true, false]) {
          const ofClass = countWhere(all, ({ isMalignant }) => isMalignant === kind);
          const taken = countWhere(all, ({ isMalignant, patientId }) => isMalignant === kind && test.has(patientId));
          if (ofClass < 2) assert.equal(taken, 0);
          else assert.equal(taken, Math.min(Math.max(Math.round(ofClass * testShare), 1), ofClass - 1));
        }
      }),
    );
  });

  it("keeps the mix of traits within each class to less than a patient of the exact share", () => {
    fc.assert(
      fc.property(patients, fc.nat(1000), shares, (all, seed, testShare) => {
        const test = splitPatients(all, { seed, testShare });
        for (const kind of [true, false]) {
          const ofClass = all.filter(({ isMalignant }) => isMalignant === kind);
          const taken = countWhere(ofClass, ({ patientId }) => test.has(patientId));
          for (const trait of new Set(ofClass.map((patient) => patient.trait))) {
            const stratum = ofClass.filter((patient) => patient.trait === trait);
            const exact = (taken * stratum.length) / ofClass.length;
            const chosen = countWhere(stratum, ({ patientId }) => test.has(patientId));
            assert.ok(Math.abs(chosen - exact) < 1, `${chosen} of ${stratum.length}, exactly ${exact}`);
          }
        }
      }),
    );
  });

  it("depends on seed and patients, not on their order", () => {
    const ids = (chosen: Set<string>): string[] => [...chosen].toSorted();
    fc.assert(
      fc.property(patients, fc.nat(1000), (all, seed) => {
        const choice = { seed, testShare: 0.2 };
        assert.deepEqual(ids(splitPatients(all, choice)), ids(splitPatients(all.toReversed(), choice)));
      }),
    );
  });

  it("chooses the same patients on every machine", () => {
    const all = Array.from({ length: 20 }, (_, index) => ({
      patientId: `p${index}`,
      isMalignant: index % 4 === 0,
      trait: "AB"[index % 2]!,
    }));
    // `printf '%s' "1 p0" | sha256sum` and so on: the smallest of each class and trait.
    assert.deepEqual([...splitPatients(all, { seed: 1, testShare: 0.2 })].toSorted(), ["p17", "p2", "p7", "p8"]);
  });
});
