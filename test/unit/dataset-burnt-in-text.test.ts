import assert from "node:assert/strict";
import { decodePixels, readDicom } from "@mammoflow/dicom";
import { createRandom } from "@mammoflow/runtime";
import { burnLabel } from "../../packages/dataset/src/phantom/burn-label.ts";
import {
  findBurntInText,
  type TextBlock,
} from "../../packages/dataset/src/validate/burnt-in-text/find-burnt-in-text.ts";
import { reduceFrame } from "../../packages/dataset/src/validate/burnt-in-text/reduce-frame.ts";
import { dicomFiles, readDicomFile } from "../support/dicom-files.ts";
import { skipUnless } from "../support/parts.ts";

const size = { rows: 1800, columns: 1400 };

/** A breast of middling brightness at the left, dense and fatty parts without sharp edges in it, on a noisy background. */
function drawBreast(): Uint16Array {
  const { rows, columns } = size;
  const random = createRandom(5);
  return Uint16Array.from({ length: rows * columns }, (_, index) => {
    const x = (index % columns) / 700;
    const y = (Math.floor(index / columns) - 900) / 800;
    const depth = 1 - x * x - y * y;
    const noise = random.below(40);
    if (depth <= 0) return 100 + noise;
    const density = Math.sin(9 * x) * Math.sin(11 * y);
    return Math.round(100 + Math.min(1, depth * 4) * (1400 + 1100 * density)) + noise;
  });
}

/** @param dotPx one of the five by seven dots of a character */
function withText(samples: Uint16Array, text: string, dotPx = 6, value = 4000): Uint16Array {
  const drawn = samples.slice();
  burnLabel(drawn, { ...size, pixelMm: 1 / dotPx }, text, "L", value);
  return drawn;
}

function withBox(samples: Uint16Array, x: number, y: number, width: number, height: number, value = 4000): Uint16Array {
  const drawn = samples.slice();
  for (let row = y; row < y + height; row++) drawn.fill(value, row * size.columns + x, row * size.columns + x + width);
  return drawn;
}

function search(samples: Uint16Array, grey: Partial<Parameters<typeof reduceFrame>[1]> = {}): TextBlock[] {
  const pixels = { ...size, samples, bitsStored: 12, isSigned: false, warnings: [] };
  return findBurntInText(reduceFrame(pixels, { isInverted: false, ...grey }));
}

describe("finding text burnt in beside the breast", function () {
  this.timeout(20_000);
  const breast = drawBreast();

  it("finds none where there is none: not in the breast, not in the noise", () => {
    assert.deepEqual(search(breast), []);
  });

  it("finds a view label, large or small, and calls it short", () => {
    for (const dot of [2, 3, 6, 10]) {
      const found = search(withText(breast, "L-MLO", dot));
      assert.deepEqual(
        found.map(({ isShort }) => isShort),
        [true],
        `dots of ${dot} pixels`,
      );
    }
  });

  it("tells a long text from a label", () => {
    const [found, ...more] = search(withText(breast, "MOLOMOLOMOL"));
    assert.deepEqual([found?.isShort, more.length], [false, 0]);
    assert.ok(found!.parts >= 11);
  });

  it("finds it where white is the smallest value, and where padding is brighter than it", () => {
    const inverted = withText(breast, "L-CC").map((value) => 4095 - value);
    assert.equal(search(inverted, { isInverted: true }).length, 1);
    const padded = withBox(withText(breast, "L-CC", 6, 3500), 800, 1000, 600, 800, 4095);
    assert.equal(search(padded, { padding: { low: 4095, high: 4095 } }).length, 1);
  });

  it("takes no marker, no frame, no edge and no defective pixels for text", () => {
    const cases: Record<string, Uint16Array> = {
      "a round marker": withBox(withBox(breast, 1000, 300, 20, 12), 1004, 296, 12, 20),
      "a collimator's edge": withBox(breast, 1200, 0, 200, 1800),
      "a long line": withBox(breast, 800, 100, 550, 6),
      "a frame around all": withBox(withBox(breast, 0, 0, 1400, 8), 0, 1792, 1400, 8),
    };
    for (const [name, samples] of Object.entries(cases)) assert.deepEqual(search(samples), [], name);
    const defective = breast.slice();
    for (let index = 0; index < 40; index++) defective[index * 60_000 + 1300] = 65_535;
    assert.deepEqual(search(defective), []);
  });

  it("is not disturbed by defective pixels beside a text", () => {
    const defective = withText(breast, "L-MLO");
    for (let index = 0; index < 40; index++) defective[index * 60_000 + 1300] = 65_535;
    assert.equal(search(defective).length, 1);
  });

  it("finds the slanted L MLO of a real mammogram's film marker", async function () {
    skipUnless(this, dicomFiles);
    const image = readDicom(readDicomFile("MG1_J2KI.dcm"), "MG1_J2KI.dcm");
    const found = findBurntInText(reduceFrame(await decodePixels(image), image));
    assert.deepEqual(
      found.map(({ isShort }) => isShort),
      [true],
    );
  });
});
