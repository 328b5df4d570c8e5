import assert from "node:assert/strict";
import fc from "fast-check";
import { decodePixels, type DicomSpec, type MaskedFrame, readDicom, writeDicom } from "@mammoflow/dicom";
import { maskOutsideBreast } from "@mammoflow/imaging";

interface Scene {
  width: number;
  height: number;
  /** Half axes of the breast, an ellipse around the middle of the left side. */
  breadth: number;
  length: number;
  /** Values of air, of the breast at its skin and inside, and of text. */
  air: number;
  skin: number;
  inside: number;
  text: number;
}

const scene: Scene = {
  width: 200,
  height: 260,
  breadth: 110,
  length: 90,
  air: 40,
  skin: 300,
  inside: 2000,
  text: 4095,
};

/** How far inside the breast a pixel is: 0 at its skin, 1 at the chest wall, negative in air. */
const depth = ({ height, breadth, length }: Scene, x: number, y: number): number =>
  1 - Math.hypot(x / breadth, (y - height / 2) / length);

/** Letters, as far as a mask is concerned: strokes in the upper right corner. */
const isText = ({ width }: Scene, x: number, y: number): boolean =>
  x >= width - 40 && x < width - 10 && y >= 8 && y < 20 && (x % 6 < 2 || y % 8 < 2);

function samplesOf(drawn: Scene): Uint16Array {
  const { width, height, air, skin, inside, text } = drawn;
  return Uint16Array.from({ length: width * height }, (_, index) => {
    const x = index % width;
    const y = Math.floor(index / width);
    const inBreast = depth(drawn, x, y);
    if (inBreast >= 0) return skin + Math.round((inside - skin) * Math.sqrt(inBreast));
    return isText(drawn, x, y) ? text : air + (index % 3);
  });
}

async function masked(samples: DicomSpec["samples"], more: Partial<DicomSpec> = {}): Promise<MaskedFrame | undefined> {
  const spec = { rows: scene.height, columns: scene.width, bitsStored: 12, photometricInterpretation: "MONOCHROME2" };
  const image = readDicom(writeDicom({ ...spec, samples, ...more }), "scene");
  return maskOutsideBreast(await decodePixels(image), image);
}

const inverse = (samples: Uint16Array): Uint16Array => samples.map((value) => 4095 - value);

describe("masking what lies outside the breast", () => {
  it("makes text disappear and leaves every pixel of the breast as it was", async () => {
    const samples = samplesOf(scene);
    const result = await masked(samples);
    assert.ok(result);
    assert.ok(!result.samples.includes(4095));
    const changed = samples.reduce((count, value, index) => count + (value === result.samples[index] ? 0 : 1), 0);
    assert.equal(result.changedPixels, changed);
    for (const [index, value] of samples.entries()) {
      if (depth(scene, index % scene.width, Math.floor(index / scene.width)) < 0) continue;
      assert.equal(result.samples[index], value);
    }
  });

  it("gives the outside its commonest value, where white is small too", async () => {
    for (const [samples, photometricInterpretation, air] of [
      [samplesOf(scene), "MONOCHROME2", [40, 41, 42]],
      [inverse(samplesOf(scene)), "MONOCHROME1", [4053, 4054, 4055]],
    ] as const) {
      const result = await masked(samples, { photometricInterpretation });
      const corner = result?.samples[scene.width - 12 + 12 * scene.width];
      assert.ok(corner !== undefined && (air as readonly number[]).includes(corner), `${corner}`);
      assert.equal(result?.samples[scene.width - 1], corner);
    }
  });

  it("gives it the frame's padding where there is one", async () => {
    const samples = samplesOf(scene).map((value, index) => (index % scene.width > 180 ? 7 : value));
    const result = await masked(samples, { pixelPadding: 7 });
    assert.equal(result?.samples[scene.width - 30 + 12 * scene.width], 7);
  });

  it("keeps negative values", async () => {
    const samples = Int16Array.from(samplesOf(scene), (value) => value - 2048);
    const result = await masked(samples);
    assert.ok(result && result.samples instanceof Int16Array && !result.samples.includes(2047));
    assert.equal(result.samples[scene.width * 130], samples[scene.width * 130]);
  });

  it("does nothing, and says so, where there is no outside to tell from a breast", async () => {
    assert.equal(await masked(new Uint16Array(scene.width * scene.height).fill(4095)), undefined);
    const full = { ...scene, breadth: 10_000, length: 10_000 };
    assert.equal(await masked(samplesOf(full)), undefined);
    assert.equal(await masked(samplesOf(scene), { modality: "CT" }), undefined);
    assert.ok(await masked(samplesOf(scene), { modality: "MG" }));
  });

  it("loses no tissue, whatever the size, the shape and the contrast", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          breadth: fc.integer({ min: 60, max: 150 }),
          length: fc.integer({ min: 50, max: 125 }),
          skin: fc.integer({ min: 120, max: 900 }),
          inside: fc.integer({ min: 1000, max: 4000 }),
          isInverted: fc.boolean(),
        }),
        async ({ isInverted, ...chosen }) => {
          const drawn = { ...scene, ...chosen };
          const samples = isInverted ? inverse(samplesOf(drawn)) : samplesOf(drawn);
          const result = await masked(samples, {
            photometricInterpretation: isInverted ? "MONOCHROME1" : "MONOCHROME2",
          });
          if (result === undefined) return;
          for (const [index, value] of samples.entries())
            if (depth(drawn, index % scene.width, Math.floor(index / scene.width)) >= 0)
              assert.equal(result.samples[index], value, `pixel ${index}`);
        },
      ),
      { numRuns: 30 },
    );
  });
});
