import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { imageFeatures, type MeasurableImage, measureImageFeatures } from "@mammoflow/imaging";
import { brightnessOf } from "../../packages/imaging/src/features/brightness.ts";
import { brightSpots } from "../../packages/imaging/src/features/bright-spots.ts";
import { edgeShare } from "../../packages/imaging/src/features/edges.ts";
import { textureOf } from "../../packages/imaging/src/features/texture.ts";
import { greyImage } from "../../packages/imaging/src/grey-image.ts";
import { type PackedArray, readGolden, unpackBytes } from "../support/goldens.ts";

interface GoldenFeatures {
  image: PackedArray;
  mask: PackedArray;
  brightness: Record<string, number>;
  texture: Record<string, Record<string, number>>;
  spots: Record<string, Record<string, number>>;
  edgeShare: number;
}

const near = (actual: number, expected: number, what: string, tolerance = 1e-9): void =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected)),
    `${what}: ${actual}, not ${expected}`,
  );

function agree(actual: object, expected: Record<string, number>, what: string, tolerance?: number): void {
  assert.deepEqual(Object.keys(actual).toSorted(), Object.keys(expected).toSorted());
  for (const [name, value] of Object.entries(actual))
    near(value as number, expected[name]!, `${what} ${name}`, tolerance);
}

/** A breast with its chest wall on one side: a half ellipse, brighter towards the middle, with some texture. */
function drawnBreast(side: "left" | "right", extras: { scale?: number; lesion?: boolean } = {}): MeasurableImage {
  const size = 128;
  const { scale = 1, lesion = false } = extras;
  const pixels = new Uint8Array(size * size);
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const across = side === "left" ? x : size - 1 - x;
      const radius = (across / (90 * scale)) ** 2 + ((y - 64) / (54 * scale)) ** 2;
      if (radius >= 1) continue;
      const spot = lesion ? 90 * Math.exp(-((across - 30) ** 2 + (y - 60) ** 2) / 18) : 0;
      pixels[y * size + x] = Math.min(255, 70 + 60 * (1 - radius) + ((across * 7 + y * 13) % 11) + spot);
    }
  return {
    pixels,
    widthPx: size,
    heightPx: size,
    geometry: {
      cropBox: { x: 0, y: 0, width: 10 * size, height: 20 * size },
      isMirrored: false,
      contentBox: { x: 0, y: 0, width: size, height: size },
    },
    laterality: side === "left" ? "L" : "R",
    viewPosition: "CC",
    pixelSpacingMm: [0.1, 0.1],
  };
}

const column = (name: string): number => imageFeatures.findIndex((feature) => feature.name === name);
function valueOf(study: MeasurableImage[], image: number, name: string): number {
  return measureImageFeatures(study).values[image * imageFeatures.length + column(name)]!;
}

describe("image features", () => {
  for (const [index, golden] of readGolden<GoldenFeatures[]>("image-features.json").entries())
    it(`are what NumPy, SciPy and scikit-image compute, image ${index + 1}`, () => {
      const [height, width] = golden.image.shape as [number, number];
      const image = greyImage(unpackBytes(golden.image), width, height);
      const mask = unpackBytes(golden.mask);
      const histogram = new Uint32Array(256);
      image.pixels.forEach((level, at) => mask[at] === 1 && histogram[level]!++);
      agree(brightnessOf(histogram), golden.brightness, "brightness");
      for (const [distance, texture] of Object.entries(golden.texture))
        agree(textureOf(image, mask, Number(distance)), texture, `texture at ${distance}`);
      for (const [at, found] of brightSpots(image, mask, [1, 2, 4]).entries())
        agree(found, golden.spots[2 ** at]!, `spots of size ${2 ** at}`, 1e-5); // single precision
      near(edgeShare(image, mask), golden.edgeShare, "edges");
    });

  it("give areas as they are in the original image, however it was stretched", () => {
    const ellipse = (Math.PI * 90 * 54) / 2; // in prepared pixels, of 10 x 20 original ones
    near(valueOf([drawnBreast("left")], 0, "breast-area-pixels"), (ellipse * 200) / 1e6, "pixels", 0.03);
    near(valueOf([drawnBreast("left")], 0, "breast-area"), (ellipse * 200 * 0.01) / 100, "cm²", 0.03);
  });

  it("are the same of a breast and its mirror image, and then there is no asymmetry", () => {
    const { values } = measureImageFeatures([drawnBreast("left"), drawnBreast("right")]);
    for (const [index, { name }] of imageFeatures.entries()) {
      const [left, right] = [values[index]!, values[imageFeatures.length + index]!];
      near(left, right, name, 1e-3);
      if (name.startsWith("asymmetry")) near(left, 0, name, 1e-3);
    }
  });

  it("see what one breast has and the other has not", () => {
    const study = [drawnBreast("left", { lesion: true }), drawnBreast("right")];
    assert.ok(valueOf(study, 0, "asymmetry-brightest") > 20);
    assert.ok(valueOf(study, 1, "asymmetry-brightest") < 15);
    assert.ok(valueOf(study, 0, "spot-contrast-4") > valueOf(study, 1, "spot-contrast-4") + 10);
    const smaller = [drawnBreast("left", { scale: 0.8 }), drawnBreast("right")];
    near(valueOf(smaller, 0, "asymmetry-area"), (200 * (0.64 - 1)) / 1.64, "area", 0.05);
    assert.equal(valueOf(smaller, 1, "asymmetry-area"), -valueOf(smaller, 0, "asymmetry-area"));
  });

  it("are not known, rather than guessed, where something is missing", () => {
    const { pixelSpacingMm: _, ...unscaled } = drawnBreast("left");
    assert.ok(Number.isNaN(valueOf([unscaled], 0, "breast-area")));
    assert.ok(Number.isNaN(valueOf([drawnBreast("left")], 0, "asymmetry-area")), "one breast only");
    const otherView = { ...drawnBreast("right"), viewPosition: "MLO" };
    assert.ok(Number.isNaN(valueOf([drawnBreast("left"), otherView], 0, "asymmetry-area")));
    const black = { ...drawnBreast("left"), pixels: new Uint8Array(128 * 128) };
    const values = measureImageFeatures([black]).values;
    assert.ok(values.every((value) => Number.isNaN(value) || Number.isFinite(value)));
  });

  it("stand in the documentation, one row each", () => {
    const page = readFileSync(new URL("../../docs/features.md", import.meta.url), "utf8");
    const lines = page.split("\n").filter((line) => line.startsWith("| `"));
    const rows = lines.map((line) => line.replace(/ {2,}/g, " "));
    assert.deepEqual(
      rows,
      imageFeatures.map(
        ({ name, title, unit, meaning }) => `| \`${name}\` | ${title} | ${unit === "" ? "-" : unit} | ${meaning} |`,
      ),
    );
  });
});
