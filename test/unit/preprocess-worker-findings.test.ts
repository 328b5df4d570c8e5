import assert from "node:assert/strict";
import { findingsInOutput } from "../../services/preprocess-worker/src/findings-in-output.ts";

describe("findings on their way into the manifest", () => {
  const geometry = {
    cropBox: { x: 100, y: 50, width: 300, height: 600 },
    isMirrored: true,
    contentBox: { x: 0, y: 0, width: 100, height: 200 },
  };
  const mass = { categories: ["Mass"], birads: 4 };

  it("have their boxes in output pixels, cut to the picture, to a hundredth", () => {
    const box = { x: 90, y: 60, width: 20, height: 10 };
    assert.deepEqual(findingsInOutput([{ ...mass, box }], geometry), [
      { ...mass, box: { x: 96.67, y: 3.33, width: 3.33, height: 3.33 } },
    ]);
  });

  it("stay without a box where the source has none, or where it was cut away", () => {
    const findings = [
      { categories: [], birads: 1, box: null },
      { ...mass, box: { x: 0, y: 0, width: 90, height: 900 } },
    ];
    assert.deepEqual(
      findingsInOutput(findings, geometry),
      findings.map((finding) => ({ ...finding, box: null })),
    );
  });

  it("are absent where the data set lists none", () => assert.equal(findingsInOutput(undefined, geometry), undefined));
});
