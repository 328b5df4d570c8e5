import assert from "node:assert/strict";
import fc from "fast-check";
import { writeDicom } from "@mammoflow/dicom";
import { type Recipe, parseRecipe, prepareImage, referenceHistogram } from "@mammoflow/imaging";
import sharp from "sharp";
import { greyImage } from "../../packages/imaging/src/grey-image.ts";
import { matchHistogram, matchReference } from "../../packages/imaging/src/steps/match.ts";

const images = fc.uint8Array({ minLength: 40, maxLength: 400 }).map((pixels) => greyImage(pixels, pixels.length, 1));
const hasTissue = ({ pixels }: { pixels: Uint8Array }): boolean => pixels.some((level) => level > 0);

describe("matching histograms", () => {
  it("leaves an image that is its own reference as it is", () => {
    fc.assert(
      fc.property(images.filter(hasTissue), (image) => {
        assert.deepEqual(matchHistogram(image, matchReference(image)).pixels, image.pixels);
      }),
    );
  });

  it("keeps the order of levels and what is black, and stays within the reference's levels", () => {
    fc.assert(
      fc.property(images.filter(hasTissue), images.filter(hasTissue), (image, reference) => {
        const matched = matchHistogram(image, matchReference(reference)).pixels;
        const occurring = reference.pixels.filter((level) => level > 0);
        const order = [...image.pixels.keys()].toSorted((a, b) => image.pixels[a]! - image.pixels[b]!);
        for (const [place, index] of order.entries()) {
          if (image.pixels[index] === 0) assert.equal(matched[index], 0);
          else
            assert.ok(
              matched[index]! >= Math.min(...occurring) && matched[index]! <= Math.max(...occurring),
              `${matched[index]}`,
            );
          if (place > 0) assert.ok(matched[index]! >= matched[order[place - 1]!]!);
        }
      }),
    );
  });

  it("brings a dark image to a bright one's levels by a recipe that carries them, in 8 and in 16 bits", async () => {
    const drawn = (brightness: number): Uint8Array =>
      writeDicom({
        rows: 60,
        columns: 50,
        bitsStored: 12,
        photometricInterpretation: "MONOCHROME2",
        windows: [{ center: 2048, width: 4096 }],
        samples: Uint16Array.from({ length: 3000 }, (_, index) =>
          index % 50 < 30 ? 100 + brightness * (20 + ((index * 7919) % 97)) : 0,
        ),
      });
    for (const bits of [8, 16] as const) {
      const before: Recipe = { version: 1, steps: [{ step: "scale", from: "voi", padding: "black", bits }] };
      const reference = await referenceHistogram(drawn(20), before, "bright.dicom");
      assert.equal(
        reference.reduce((sum, count) => sum + count),
        1800,
      );
      const recipe = parseRecipe(JSON.stringify({ steps: [...before.steps, { step: "match", reference }] }), "my.yaml");
      const meanOf = async (file: Uint8Array, used: Recipe): Promise<number> =>
        (await sharp((await prepareImage(file, used, "a.dicom")).png).stats()).channels[0]!.mean;
      const [dark, bright, matched] = [
        await meanOf(drawn(6), before),
        await meanOf(drawn(20), before),
        await meanOf(drawn(6), recipe),
      ];
      assert.ok(bright > 2 * dark);
      assert.ok(Math.abs(matched - bright) < 0.02 * bright, `${matched} is not ${bright}`);
    }
  });

  it("an all-black image stays black", () => {
    const reference = Array.from({ length: 256 }, (_, level) => level);
    assert.deepEqual(matchHistogram(greyImage(new Uint8Array(9), 3, 3), reference).pixels, new Uint8Array(9));
  });
});
