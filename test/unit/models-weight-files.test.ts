import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { zipSync } from "fflate";
import { ModelsError, readSafetensors, type StateDict, writeSafetensors } from "@mammoflow/models";
import { readStateDict } from "../../packages/models/src/formats/read-state-dict.ts";

const bytesOf = (name: string): Uint8Array => readFileSync(new URL(`../goldens/weight-files/${name}`, import.meta.url));
const expected = readSafetensors(bytesOf("expected.safetensors")).tensors;

/** The same names, shapes and numbers, bit by bit. */
function assertSame(actual: StateDict, wanted: StateDict): void {
  assert.deepEqual([...actual.keys()].toSorted(), [...wanted.keys()].toSorted());
  for (const [name, { shape, data }] of wanted) {
    assert.deepEqual(actual.get(name)!.shape, shape, name);
    assert.deepEqual(new Uint32Array(actual.get(name)!.data.buffer), new Uint32Array(data.buffer), name);
  }
}

const isRefusal = (error: unknown): boolean =>
  error instanceof ModelsError && /^(SAFETENSORS|CHECKPOINT)_(INVALID|REFUSED)$/.test(error.code);

describe("weight files", () => {
  for (const name of ["zip.pth", "legacy.pth", "nested.pt", "types.safetensors"]) {
    it(`reads ${name} as PyTorch does, whatever number types and strides it holds`, () => {
      assertSame(readStateDict(bytesOf(name), name), expected);
    });

    it(`refuses ${name} in one sentence wherever it is cut off`, () => {
      const whole = bytesOf(name);
      for (let length = 0; length < whole.length; length += 97)
        assert.throws(() => readStateDict(whole.subarray(0, length), name), isRefusal, `cut at ${length}`);
    });

    it(`either reads or refuses ${name} with a damaged byte, and never breaks`, () => {
      const whole = bytesOf(name);
      fc.assert(
        fc.property(fc.nat(Math.min(whole.length, 2500) - 1), fc.nat(255), (position, value) => {
          const damaged = Uint8Array.from(whole);
          damaged[position] = value;
          try {
            readStateDict(damaged, name);
          } catch (error) {
            assert.ok(isRefusal(error), String(error));
          }
        }),
      );
    });
  }

  for (const protocol of [2, 4]) {
    it(`never runs the command in a pickle of protocol ${protocol}, and says why it stops`, () => {
      const name = `command-${protocol}.pth`;
      assert.throws(() => readStateDict(bytesOf(name), name), { code: "CHECKPOINT_REFUSED", message: /posix\.system/ });
      assert.ok(!existsSync("pickle-was-executed"));
    });
  }

  /** Pickles that would run something in Python, each by another instruction; `.` ends them. */
  const attacks: [string, string][] = [
    ["GLOBAL and REDUCE", "cbuiltins\neval\n(X\x01\0\0\x001tR."],
    ["STACK_GLOBAL and REDUCE", "\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R."],
    ["INST", "(X\x02\0\0\0idios\nsystem\n."],
    ["OBJ", "(cos\nsystem\nX\x02\0\0\0ido."],
    ["NEWOBJ", "\x80\x02cos\nsystem\nX\x02\0\0\0id\x85\x81."],
    ["NEWOBJ_EX", "\x80\x04cos\nsystem\n)}\x92."],
    ["EXT1", "\x80\x02\x82\x01."],
    ["EXT4", "\x80\x02\x84\x01\0\0\0."],
    ["PERSID", "Pposix\n."],
    ["BUILD of a name", "cos\nsystem\n}b."],
    ["a call within an allowed call", "ccollections\nOrderedDict\n(cos\nsystem\n(X\x02\0\0\0idtRtR."],
    [
      "a call of what a tensor's builder should build from",
      "ctorch._utils\n_rebuild_tensor_v2\n(cos\nsystem\nK\x00))tR.",
    ],
    ["a name of torch that loads files", "ctorch.serialization\nload\n(X\x01\0\0\0xtR."],
    ["getattr", "cbuiltins\ngetattr\n(cos\nX\x06\0\0\0systemtR."],
  ];
  for (const [title, pickle] of attacks) {
    it(`never obeys a pickle with ${title}`, () => {
      const archive = zipSync({ "a/data.pkl": Buffer.from(pickle, "latin1") }, { level: 0 });
      assert.throws(() => readStateDict(archive, "attack.pth"), isRefusal);
    });
  }

  it("refuses a whole module and says to save its state dict", () => {
    const wanted = { code: "CHECKPOINT_REFUSED", message: /state_dict\(\)/ };
    assert.throws(() => readStateDict(bytesOf("module.pth"), "module.pth"), wanted);
  });

  it("refuses tensors that are far larger than the file", () => {
    const wanted = { code: "CHECKPOINT_INVALID", message: /far larger than the file/ };
    assert.throws(() => readStateDict(bytesOf("wide.pth"), "wide.pth"), wanted);
  });

  it("refuses a zip bomb before unpacking it", () => {
    const wanted = { code: "CHECKPOINT_INVALID", message: /do not fit into it uncompressed/ };
    assert.throws(() => readStateDict(bytesOf("bomb.pth"), "bomb.pth"), wanted);
  });
});

describe("safetensors", () => {
  const tensor = fc.array(fc.nat(4), { maxLength: 4 }).chain((shape) => {
    const length = shape.reduce((product, size) => product * size, 1);
    return fc.record({ shape: fc.constant(shape), data: fc.float32Array({ minLength: length, maxLength: length }) });
  });
  const name = fc.string({ unit: "grapheme" }).filter((text) => text !== "__metadata__");

  /** The key that plain objects cannot hold is dropped from metadata. */
  const key = fc.string().filter((text) => text !== "__proto__");

  it("gives back any tensors and metadata that were written, bit by bit", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, tensor)), fc.dictionary(key, fc.string()), (entries, metadata) => {
        const tensors: StateDict = new Map(entries);
        const read = readSafetensors(writeSafetensors(tensors, metadata));
        assertSame(read.tensors, tensors);
        assert.deepEqual({ ...read.metadata }, { ...metadata });
      }),
    );
  });

  it("writes the same bytes for the same tensors", () => {
    const bytes = writeSafetensors(expected, { made: "twice" });
    assert.deepEqual(writeSafetensors(readSafetensors(bytes).tensors, { made: "twice" }), bytes);
  });

  const hostile: [string, unknown, number][] = [
    ["overlapping tensors", { a: entry([2], 0, 8), b: entry([2], 4, 12) }, 12],
    ["a gap between tensors", { a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12],
    ["bytes that belong to no tensor", { a: entry([1], 0, 4) }, 8],
    ["a tensor past the end", { a: entry([4], 0, 16) }, 8],
    ["a shape that does not fit", { a: entry([3], 0, 8) }, 8],
    ["a shape whose product overflows", { a: entry([2 ** 40, 2 ** 40], 0, 8) }, 8],
    ["a negative size", { a: entry([-1, -2], 0, 8) }, 8],
    ["an unknown number type", { a: { ...entry([2], 0, 8), dtype: "F12" } }, 8],
    ["a number type out of an object's prototype", { a: { ...entry([2], 0, 8), dtype: "constructor" } }, 8],
    ["offsets in the wrong order", { a: entry([2], 8, 0) }, 8],
    ["metadata that are no texts", { __metadata__: { epoch: 3 } }, 0],
    ["a header that is a list", [], 0],
  ];
  for (const [title, header, bodyBytes] of hostile) {
    it(`refuses ${title}`, () => {
      assert.throws(() => readSafetensors(fileOf(header, bodyBytes), "hostile.safetensors"), {
        code: "SAFETENSORS_INVALID",
      });
    });
  }

  it("refuses a header length beyond the file", () => {
    const file = new Uint8Array(64).fill(0xff, 0, 8);
    assert.throws(() => readSafetensors(file), { code: "SAFETENSORS_INVALID" });
  });
});

function entry(shape: number[], begin: number, end: number) {
  return { dtype: "F32", shape, data_offsets: [begin, end] };
}

function fileOf(header: unknown, bodyBytes: number): Uint8Array {
  const text = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([start, text, new Uint8Array(bodyBytes)]);
}
