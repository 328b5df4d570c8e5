import assert from "node:assert/strict";
import { crc32, deflateSync } from "node:zlib";
import { decodeGreyPng } from "@mammoflow/imaging";
import fc from "fast-check";
import sharp from "sharp";

const word = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  return Buffer.concat([word(data.length), body, word(crc32(body))]);
}

/** A PNG of 8-bit grey from rows as they lie in it: each a filter's number and its bytes, cut into chunks. */
function pngOf(rows: Uint8Array[], { width, height = rows.length, chunkBytes = 50 }: Record<string, number>): Buffer {
  const header = Buffer.concat([word(width!), word(height), Buffer.of(8, 0, 0, 0, 0)]);
  const data = deflateSync(Buffer.concat(rows));
  const parts = Array.from({ length: Math.ceil(data.length / chunkBytes) }, (_, index) =>
    chunk("IDAT", data.subarray(index * chunkBytes, (index + 1) * chunkBytes)),
  );
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([signature, chunk("IHDR", header), ...parts, chunk("IEND", Buffer.of())]);
}

const squares = fc.integer({ min: 1, max: 24 }).chain((side) =>
  fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.uint8Array({ minLength: side, maxLength: side })), {
    minLength: side,
    maxLength: side,
  }),
);

describe("decodeGreyPng", () => {
  it("decodes every filter as libvips does", () =>
    fc.assert(
      fc.asyncProperty(squares, async (lines) => {
        const rows = lines.map(([filter, bytes]) => Buffer.concat([Buffer.of(filter), bytes]));
        const png = pngOf(rows, { width: rows.length });
        const { pixels, sizePx } = await decodeGreyPng(png, "a.png");
        assert.equal(sizePx, rows.length);
        assert.deepEqual(Buffer.from(pixels), await sharp(png).raw().toColourspace("b-w").toBuffer());
      }),
      { numRuns: 100 },
    ));

  it("decodes what others write: 16 bits, colours, interlaced", async () => {
    const pixels = Uint8Array.from({ length: 64 * 64 }, (_, index) => (index * 7) ^ (index >> 6));
    const grey = sharp(pixels, { raw: { width: 64, height: 64, channels: 1 } });
    const others = {
      interlaced: await grey.clone().png({ progressive: true }).toBuffer(),
      colours: await grey.clone().toColourspace("srgb").png().toBuffer(),
      "16 bits": await grey.clone().toColourspace("grey16").png().toBuffer(),
    };
    for (const [name, png] of Object.entries(others))
      assert.deepEqual(Uint8Array.from((await decodeGreyPng(png, name)).pixels), pixels, name);
  });

  const row = Buffer.alloc(9);
  const rows = Array.from({ length: 8 }, () => row);
  const whole = pngOf(rows, { width: 8 });
  const damaged = Buffer.from(whole);
  damaged[whole.length - 24]! ^= 1;
  const wrong: Record<string, { png: Buffer; says: RegExp }> = {
    "a text": { png: Buffer.from("GIF89a, a picture of another kind"), says: /a\.png is no readable PNG/ },
    "an image that is not square": { png: pngOf(rows.slice(1), { width: 8 }), says: /8 x 7 px, not a square/ },
    "a damaged chunk": { png: damaged, says: /no readable PNG \(its chunk IDAT is damaged\)/ },
    "a file that ends early": { png: whole.subarray(0, whole.length - 20), says: /no readable PNG/ },
    "too few rows": { png: pngOf(rows.slice(1), { width: 8, height: 8 }), says: /its data end after 63 bytes/ },
    "too many rows": { png: pngOf([...rows, row], { width: 8, height: 8 }), says: /no readable PNG/ },
    "a filter that there is not": {
      png: pngOf([Buffer.alloc(9, 5), ...rows.slice(1)], { width: 8 }),
      says: /a filter of number 5/,
    },
  };
  for (const [what, { png, says }] of Object.entries(wrong))
    it(`refuses ${what} in one sentence`, () =>
      assert.rejects(decodeGreyPng(png, "a.png"), { code: "IMAGE_PNG", message: says }));
});
