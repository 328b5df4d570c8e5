import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import sharp from "sharp";
import { writeDicom } from "@mammoflow/dicom";
import { ImageError, prepareImage, recipePresets, renderPreview } from "@mammoflow/imaging";
import { openImage } from "../../packages/imaging/src/image-source.ts";
import { type PackedArray, readGolden, unpackBytes, unpackUint16 } from "../support/goldens.ts";

interface Goldens {
  read: { name: string; file: string; values: PackedArray }[];
  refused: { name: string; file: string; code: string }[];
}

const goldens = readGolden<Goldens>("rasters.json");
const tiny = { bitsStored: 12, photometricInterpretation: "MONOCHROME2" };
const bytesOf = ({ file }: { file: string }): Buffer => Buffer.from(file, "base64");
const golden = (name: string): Goldens["read"][number] => goldens.read.find((each) => each.name === name)!;

/** Refused, by header or by decoding, with this code and one sentence that names the file. */
async function refuses(bytes: Uint8Array, code: string, pattern = /^a picture /): Promise<void> {
  await assert.rejects(
    openImage(bytes, "a picture").then((image) => image.decode()),
    (error) => {
      assert.ok(error instanceof ImageError, String(error));
      assert.deepEqual([error.code, error.retryable], [code, false], error.message);
      assert.match(error.message, pattern);
      assert.match(error.message, /^a picture .*: .*\.$/);
      return true;
    },
  );
}

describe("picture files", () => {
  for (const { name, values } of goldens.read)
    it(`gives the grey levels that others read from ${name}`, async () => {
      const image = await openImage(bytesOf(golden(name)), name);
      assert.deepEqual([image.rows, image.columns], values.shape);
      const { samples, bitsStored, isSigned, ...size } = await image.decode();
      const is16 = /16|big-endian|two-pages/.test(name);
      assert.deepEqual([bitsStored, isSigned, size.rows, size.columns], [is16 ? 16 : 8, false, ...values.shape]);
      assert.deepEqual([...samples], [...(is16 ? unpackUint16(values) : unpackBytes(values))]);
    });

  for (const { name, file, code } of goldens.refused) it(`refuses ${name}`, () => refuses(bytesOf({ file }), code));

  it("names the first pixel that has a colour", () =>
    refuses(bytesOf(goldens.refused[0]!), "IMAGE_COLOUR", /has colours, first at column 4, row 3/));

  it("warns of several pages and of a turned camera, and changes nothing for it", async () => {
    const recipe = recipePresets.study;
    const pages = await prepareImage(bytesOf(golden("two-pages.tif")), recipe, "a.tif");
    assert.match(pages.warnings.join(), /2 frames, of which the first is used/);
    const turned = await prepareImage(bytesOf(golden("turned.jpg")), recipe, "a.jpg");
    assert.match(turned.warnings.join(), /orientation mark \(6\) is ignored/);
    assert.deepEqual([turned.header.rows, turned.header.columns], [24, 32]);
  });

  it("knows the kind by the bytes, not by the name", async () => {
    const png = await openImage(bytesOf(golden("grey.png")), "called.dcm");
    assert.equal(png.facts.transferSyntaxUid, undefined);
    await assert.rejects(openImage(Buffer.from("P5x no greymap"), "text.pgm"), { code: "DICOM_NOT_DICOM" });
    const dicom = writeDicom({ ...tiny, rows: 2, columns: 2, samples: new Uint16Array(4) });
    dicom.set([0x49, 0x49, 0x2a, 0]); // a preamble that also begins a TIFF
    assert.equal((await openImage(dicom, "both.tif")).facts.photometricInterpretation, "MONOCHROME2");
  });

  it("comes out as the same picture as the same values in DICOM, by every preset", async () => {
    const [rows, columns] = [96, 80];
    const samples = Uint16Array.from({ length: rows * columns }, (_, index) => {
      const [x, y] = [index % columns, Math.floor(index / columns)];
      return (x - 5) ** 2 + (y - 48) ** 2 < 1600 ? 20_000 + ((x * y) % 8000) : 300;
    });
    const png = await sharp(samples, { raw: { width: columns, height: rows, channels: 1 } })
      .toColourspace("grey16")
      .png()
      .toBuffer();
    const dicom = writeDicom({ ...tiny, rows, columns, samples, bitsStored: 16 });
    for (const [name, recipe] of Object.entries(recipePresets)) {
      const [one, other] = [await prepareImage(png, recipe, "a"), await prepareImage(dicom, recipe, "a")];
      assert.equal(one.pngSha256, other.pngSha256, name);
      assert.deepEqual(one.geometry, other.geometry);
    }
    assert.deepEqual(await renderPreview(png, "a", 64), await renderPreview(dicom, "a", 64));
  });

  it("does not take a file for the one that lay in the same memory before", async () => {
    const memory = Buffer.from(bytesOf(golden("big-endian.tif")));
    const read = async (): Promise<number[]> => {
      const { samples } = await (await openImage(memory, "a.tif")).decode();
      return [...samples];
    };
    const before = await read();
    const raster = memory.indexOf(Buffer.from(Uint16Array.from(before.slice(0, 8)).buffer).swap16());
    assert.ok(raster > 0, "the values lie in the file as they are");
    memory.writeUInt16BE(12_345, raster);
    assert.deepEqual(await read(), [12_345, ...before.slice(1)]);
  });

  it("refuses what is too large before it decodes it", async () => {
    const huge = Buffer.from(bytesOf(golden("grey.png")));
    huge.writeUInt32BE(60_000, 16);
    huge.writeUInt32BE(50_000, 20);
    huge.writeUInt32BE(crc32(huge.subarray(12, 29)), 29);
    await assert.rejects(openImage(huge, "a picture"), { code: "IMAGE_TOO_LARGE", message: /60000 x 50000 pixels/ });
    const greymap = Buffer.from("P5 50000 50000 255\n");
    await assert.rejects(openImage(greymap, "a picture"), { code: "IMAGE_TOO_LARGE" });
  });

  it("refuses files that end early", async () => {
    for (const { name } of goldens.read) {
      const whole = bytesOf(golden(name));
      // Some kinds keep what tells the size at the end, and padding behind the last value.
      for (const share of [0.3, 0.6, 0.8])
        await refuses(whole.subarray(0, Math.floor(whole.length * share)), "IMAGE_CORRUPT");
    }
  });
});

describe("portable greymaps", () => {
  const deep = fc.record({
    columns: fc.integer({ min: 1, max: 9 }),
    rows: fc.integer({ min: 1, max: 9 }),
    maximum: fc.integer({ min: 1, max: 65_535 }),
    seed: fc.nat(),
  });

  it("come back as they were written, binary and as text, of any maximum", async () => {
    await fc.assert(
      fc.asyncProperty(deep, async ({ columns, rows, maximum, seed }) => {
        const values = Array.from({ length: rows * columns }, (_, index) => (seed + index * 7919) % (maximum + 1));
        const raster = Buffer.from(maximum > 255 ? values.flatMap((value) => [value >> 8, value & 255]) : values);
        const binary = Buffer.concat([Buffer.from(`P5\n# by hand\n${columns}\t${rows}\n${maximum}\n`), raster]);
        const text = Buffer.from(`P2 ${columns} #wide\n${rows}\n${maximum}\n${values.join("\n")}`);
        for (const file of [binary, text]) {
          const image = await openImage(file, "a.pgm");
          const { samples, bitsStored } = await image.decode();
          assert.deepEqual([...samples], values);
          assert.ok(maximum < 2 ** bitsStored && maximum >= 2 ** (bitsStored - 1), "bits");
          assert.deepEqual(image.warnings, []);
        }
      }),
    );
  });

  it("are refused when they contradict themselves", async () => {
    for (const [text, pattern] of [
      ["P5 ", /header says/],
      ["P2 2 2", /header says/],
      ["P2 0 2 255 ", /header says 0 x 2/],
      ["P2 2 2 70000 1 1 1 1", /of 0 to 70000/],
      ["P2 2 2 255 1 2 3", /ends after 3 of 4/],
      ["P2 2 2 255 1 2 3 x", /ends after 3 of 4/],
      ["P2 2 2 200 1 2 3 201", /value 3 is 201, above its maximum of 200/],
      ["P2 2 2 255 1 2 3 256", /value 3 is 256/],
      ["P5 2 2 100 abce", /value 3 is 101/],
      ["P5 2 2 300 \0a\0a", /ends after 2 of 4/],
    ] as const)
      await refuses(Buffer.from(text.replace(/^(P5 .*) /, "$1\n")), "IMAGE_CORRUPT", pattern);
  });

  it("warn of what lies behind the picture", async () => {
    const { warnings } = await openImage(Buffer.from("P5 1 1 255\nabc"), "a.pgm");
    assert.match(warnings.join(), /bytes behind the picture/);
  });
});
