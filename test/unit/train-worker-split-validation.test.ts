import assert from "node:assert/strict";
import type { ManifestLine } from "@mammoflow/jobs";
import fc from "fast-check";
import { manifestLine } from "../fixtures/run-parts.ts";
import { splitValidation } from "../../services/train-worker/src/split-validation.ts";

const line = (study: number, label: number): ManifestLine =>
  manifestLine({ imageId: `${study}-${label}`, studyId: `study${study}`, label: label === 1 ? 1 : 0 });

describe("the validation part", () => {
  const studies = fc.array(fc.constantFrom(0, 1), { minLength: 10, maxLength: 60 });

  it("takes whole studies, the same share of both kinds, and leaves some of each for training", () => {
    fc.assert(
      fc.property(studies, fc.nat(100), (labels, seed) => {
        const lines = labels.flatMap((label, study) => [line(study, 0), line(study, label)]);
        const chosen = splitValidation(lines, 0.2, seed);
        for (const kind of [0, 1]) {
          const all = labels.flatMap((label, study) => (label === kind ? [`study${study}`] : []));
          const taken = all.filter((study) => chosen.has(study)).length;
          assert.equal(taken, Math.max(0, Math.min(Math.round(all.length * 0.2), all.length - 1)));
        }
      }),
    );
  });

  it("depends on seed and studies, not on their order", () => {
    const lines = Array.from({ length: 40 }, (_, study) => line(study, study % 4 === 0 ? 1 : 0));
    assert.deepEqual(splitValidation(lines, 0.2, 1), splitValidation(lines.toReversed(), 0.2, 1));
    assert.notDeepEqual(splitValidation(lines, 0.2, 1), splitValidation(lines, 0.2, 2));
  });
});
