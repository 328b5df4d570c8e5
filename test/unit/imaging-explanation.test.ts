import assert from "node:assert/strict";
import { breastMask, drawExplanation } from "@mammoflow/imaging";
import sharp from "sharp";
import { memoryPages } from "../../packages/imaging/src/kernels/wasm-memory.ts";
import { heatColour } from "../../packages/imaging/src/overlay/heat-colours.ts";

const sizePx = 64;

describe("drawExplanation", () => {
  const pixels = new Uint8Array(sizePx * sizePx).fill(90);
  const heat = new Float32Array(sizePx * sizePx);
  for (let y = 40; y < 56; y++) heat.fill(2.5, y * sizePx + 8, y * sizePx + 24);
  const boxes = [{ x: 36, y: 8, width: 20, height: 16 }];
  const picture = { pixels, sizePx, heat, peak: { x: 16, y: 48 }, boxes };

  async function drawn(facts: typeof picture, scale: number) {
    const { data, info } = await sharp(await drawExplanation(facts, scale))
      .raw()
      .toBuffer({ resolveWithObject: true });
    return {
      ...info,
      at: (x: number, y: number): number[] => [
        ...data.subarray((y * info.width + x) * info.channels, (y * info.width + x) * info.channels + 3),
      ],
    };
  }
  const isGrey = ([red = 0, green = 0, blue = 0]: number[]): boolean =>
    Math.max(red, green, blue) - Math.min(red, green, blue) < 14;

  it("leaves the original as it is, colours only what is hot, and draws boxes in both", async () => {
    const { at, width, height } = await drawn(picture, 2);
    const right = 2 * sizePx + 8;
    assert.deepEqual([width, height > 2 * sizePx], [2 * right - 8, true]);
    assert.ok(isGrey(at(24, 90)) && Math.abs(at(24, 90)[0]! - 90) < 6);
    const [red = 0, , blue = 0] = at(right + 43, 85);
    assert.ok(red - blue > 25, "hot is orange");
    assert.ok(isGrey(at(right + 100, 100)), "cold is grey");
    for (const left of [0, right]) {
      const [red = 0, , blue = 0] = at(left + 80, 16);
      assert.ok(blue - red > 60, "the box is blue");
      assert.ok(isGrey(at(left + 90, 32)), "and empty");
    }
  });

  it("draws an image without heat in grey alone", async () => {
    const { at } = await drawn({ ...picture, heat: new Float32Array(heat.length), boxes: [] }, 1);
    for (let y = 0; y < sizePx; y += 3) for (let x = 0; x < sizePx; x += 3) assert.ok(isGrey(at(sizePx + 8 + x, y)));
  });

  it("keeps a box at the border inside its picture", async () => {
    const { at } = await drawn({ ...picture, boxes: [{ x: 50, y: 50, width: 14, height: 14 }] }, 1);
    assert.ok(isGrey(at(sizePx + 2, 55)), "nothing between the pictures");
  });

  it("has colours whose lightness only rises, so that they read in grey and to the colour blind", () => {
    const luminance = (share: number): number => {
      const [red, green, blue] = heatColour(share);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    for (let step = 0; step < 100; step++) assert.ok(luminance((step + 1) / 100) > luminance(step / 100));
    for (let step = 0; step <= 100; step++) {
      const [red, , blue] = heatColour(step / 100);
      assert.ok(red >= blue);
    }
  });
});

describe("breastMask", () => {
  it("finds the breast on its ground, and all where there is no ground", () => {
    const side = 256;
    const pixels = new Uint8Array(side * side);
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        if (Math.hypot(x / 170, (y - 128) / 110) < 1) pixels[y * side + x] = 120 + ((x * 7 + y * 13) % 40);
    const mask = breastMask(pixels, side);
    assert.deepEqual([mask[128 * side + 60], mask[20 * side + 240], mask[128 * side + 250]], [1, 0, 0]);
    const tissue = pixels.filter((level) => level > 0).length;
    const found = mask.filter((flag) => flag === 1).length;
    assert.ok(found >= tissue && found < 1.1 * tissue, `${found} of ${tissue}`);
    assert.ok(breastMask(new Uint8Array(side * side).fill(140), side).every((flag) => flag === 1));
  });

  it("takes no memory that it does not give back", () => {
    const side = 2048;
    const pixels = new Uint8Array(side * side).fill(140);
    const images = Math.ceil((memoryPages * 65_536) / pixels.length) + 4;
    for (let image = 0; image < images; image++) breastMask(pixels, side);
  });
});
