import assert from "node:assert/strict";
import fc from "fast-check";
import { DicomError, readDicom, writeDicom } from "@mammoflow/dicom";
import { readLosslessScan } from "../../packages/dicom/src/codecs/jpeg-lossless.ts";
import { readSequentialScan } from "../../packages/dicom/src/codecs/jpeg-sequential.ts";
import { decodeLosslessInKernels } from "../../packages/dicom/src/codecs/kernels/decode-lossless.ts";
import { decodeSequentialInKernels } from "../../packages/dicom/src/codecs/kernels/decode-sequential.ts";
import { type CodecKernels, loadKernels } from "../../packages/dicom/src/codecs/kernels/load-kernels.ts";
import { unpackRleInKernels } from "../../packages/dicom/src/codecs/kernels/unpack-rle.ts";
import { decodeLosslessPlainly } from "../../packages/dicom/src/codecs/plain/decode-lossless.ts";
import { decodeSequentialPlainly } from "../../packages/dicom/src/codecs/plain/decode-sequential.ts";
import { unpackRlePlainly } from "../../packages/dicom/src/codecs/plain/unpack-rle.ts";
import { readRlePlanes } from "../../packages/dicom/src/codecs/rle.ts";
import { entropyBytes, huffmanTables, jpegStream } from "../support/jpeg-streams.ts";

/** Cells, or the code of the error that the reader of the image would see. */
function outcome(decode: () => ArrayLike<number>): number[] | string {
  try {
    return Array.from(decode());
  } catch (error) {
    return error instanceof DicomError ? error.code : "DICOM_CORRUPT";
  }
}

const side = fc.integer({ min: 1, max: 24 });

describe("the decoders in WebAssembly", function () {
  let kernels: CodecKernels;
  let decoded = 0;
  before(() => {
    kernels = loadKernels()!;
    assert.ok(kernels, "build them first: node packages/dicom/build.mjs");
  });

  const agree = (inKernels: () => ArrayLike<number>, plainly: () => ArrayLike<number>): void => {
    const expected = outcome(plainly);
    assert.deepEqual(outcome(inKernels), expected);
    if (typeof expected !== "string") decoded++;
  };
  /** Most random streams are cut short or make no sense; some must not. */
  const assertSomeDecoded = (): void => {
    assert.ok(decoded > 20, `only ${decoded} streams were whole`);
    decoded = 0;
  };

  it("unpack the same RLE as the plain one, or find the same fault", () => {
    const packets = fc.array(
      fc.oneof(
        fc.tuple(fc.integer({ min: 129, max: 255 }), fc.nat(255)).map((packet) => Uint8Array.from(packet)),
        fc.uint8Array({ minLength: 1, maxLength: 128 }).map((bytes) => Uint8Array.from([bytes.length - 1, ...bytes])),
        fc.uint8Array({ maxLength: 3 }),
      ),
      { maxLength: 400 },
    );
    fc.assert(
      fc.property(
        fc.array(packets, { minLength: 1, maxLength: 2 }),
        fc.double({ min: 0.8, max: 1.02 }),
        (planes, part) => {
          const packed = planes.map((packets) => Buffer.concat(packets));
          const samples = Math.ceil(part * Math.min(...planes.map((packets) => bytesOf(packets)))) || 1;
          const header = Buffer.alloc(64);
          header.writeUInt32LE(planes.length, 0);
          let start = 64;
          for (const [index, plane] of packed.entries()) {
            header.writeUInt32LE(start, 4 + 4 * index);
            start += plane.length;
          }
          const image = {
            ...readDicom(writeDicom({ ...tiny, bitsStored: 8 * planes.length }), "a.dicom"),
            bitsAllocated: 8 * planes.length,
            rows: 1,
            columns: samples,
            encoded: Buffer.concat([header, ...packed]),
          };
          agree(
            () => unpackRleInKernels(readRlePlanes(image), kernels, "a.dicom"),
            () => unpackRlePlainly(readRlePlanes(image), "a.dicom"),
          );
        },
      ),
      { numRuns: 300 },
    );
    assertSomeDecoded();
  });

  it("decode the same lossless JPEG as the plain one, whatever the table, predictor, precision and restarts", () => {
    const categories = [0, 0, 0, 1, 2, 3, 5, 8, 11, 15, 16];
    const streams = fc
      .record({
        precision: fc.integer({ min: 2, max: 16 }),
        rows: side,
        columns: side,
        selection: fc.integer({ min: 1, max: 7 }),
        pointTransform: fc.constantFrom(0, 0, 1, 3),
        rowsBetweenRestarts: fc.constantFrom(0, 0, 1, 2, 7),
        huffman: huffmanTables(0, categories, 40),
        segments: fc.array(entropyBytes, { minLength: 1, maxLength: 4 }),
      })
      .map((parts) =>
        jpegStream({
          ...parts,
          kind: 0xc3,
          huffman: [parts.huffman],
          restartInterval: parts.rowsBetweenRestarts * parts.columns,
          units: parts.rows * parts.columns,
          scan: [parts.selection, 0, parts.pointTransform],
        }),
      );
    fc.assert(
      fc.property(streams, (stream) => {
        agree(
          () => decodeLosslessInKernels(readLosslessScan(stream, "a.dicom"), kernels, "a.dicom"),
          () => decodeLosslessPlainly(readLosslessScan(stream, "a.dicom"), "a.dicom"),
        );
      }),
      { numRuns: 300 },
    );
    assertSomeDecoded();
  });

  it("decode the same sequential JPEG as the plain one, whatever the tables, precision and restarts", () => {
    const symbols = [0, 0, 0x01, 0x02, 0x11, 0x25, 0x3a, 0x0f, 0xf0];
    const streams = fc
      .record({
        precision: fc.constantFrom(8, 12),
        rows: side,
        columns: side,
        restartInterval: fc.constantFrom(0, 0, 1, 3, 9),
        huffman: fc.tuple(huffmanTables(0, [0, 1, 2, 5, 9, 15, 16], 12), huffmanTables(0x10, symbols, 40)),
        quantization: fc.uint8Array({ minLength: 64, maxLength: 64 }),
        segments: fc.array(entropyBytes, { minLength: 1, maxLength: 4 }),
      })
      .map((parts) => {
        const units = Math.ceil(parts.rows / 8) * Math.ceil(parts.columns / 8);
        return jpegStream({ ...parts, kind: 0xc1, units, scan: [0, 63, 0] });
      });
    fc.assert(
      fc.property(streams, (stream) => {
        agree(
          () => decodeSequentialInKernels(readSequentialScan(stream, "a.dicom"), kernels, "a.dicom"),
          () => decodeSequentialPlainly(readSequentialScan(stream, "a.dicom"), "a.dicom"),
        );
      }),
      { numRuns: 300 },
    );
    assertSomeDecoded();
  });
});

const tiny = { rows: 1, columns: 2, samples: Uint16Array.of(0, 0), photometricInterpretation: "MONOCHROME2" } as const;

/** How many bytes packets stand for, more or less. */
function bytesOf(packets: Uint8Array[]): number {
  return packets.reduce((sum, packet) => {
    const control = packet[0] ?? 128;
    return sum + (control < 128 ? control + 1 : control > 128 ? 257 - control : 0);
  }, 0);
}
