import { invalidCheckpoint, refusedCheckpoint } from "./checkpoint-errors.ts";
import { PickleCursor } from "./pickle-cursor.ts";

/** A Python name that a pickle mentions (`torch.FloatStorage`). It stays a name: nothing is looked up or called. */
export class PickleName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** What the reader of one kind of file lets a pickle mean. */
export interface PickleMeaning {
  /** The value of a call that the pickle asks for, or undefined to refuse it. */
  call: (name: string, given: unknown[]) => unknown;
  /** The value that a persistent id stands for, or undefined to refuse it. */
  persistent?: (id: unknown) => unknown;
}

/**
 * Reads one pickle as data. It never executes one: of the pickle machine it has only what a state dict needs (numbers, texts,
 * containers, references), and the few calls in `meaning`; any other opcode or call is refused.
 * Opcodes: Python's Lib/pickletools.py, protocols 0-4.
 *
 * @param bytes a pickle, which may be followed by other bytes
 * @param source name of the file in error messages
 * @returns the value and the bytes that the pickle took
 * @throws ModelsError CHECKPOINT_REFUSED when the pickle asks for anything else, CHECKPOINT_INVALID when it is damaged
 */
export function readPickle(
  bytes: Uint8Array,
  meaning: PickleMeaning,
  source: string,
): { value: unknown; length: number } {
  const cursor = new PickleCursor(bytes, source);
  const machine = new Machine(meaning, source);
  for (;;) {
    const opcode = cursor.byte();
    if (opcode === 0x2e) return { value: machine.pop(), length: cursor.position };
    const step = steps[opcode];
    if (step === undefined) throw refusedCheckpoint(source, `the pickle instruction 0x${opcode.toString(16)}`);
    step(machine, cursor);
  }
}

const mark = Symbol("mark");

/** The stack and the memo. */
class Machine {
  readonly #stack: unknown[] = [];
  readonly #memo = new Map<number, unknown>();
  readonly #meaning: PickleMeaning;
  readonly #source: string;

  constructor(meaning: PickleMeaning, source: string) {
    this.#meaning = meaning;
    this.#source = source;
  }

  push(value: unknown): void {
    this.#stack.push(value);
  }

  pushMark(): void {
    this.#stack.push(mark);
  }

  pop(): unknown {
    const value = this.#stack.pop();
    if (value === undefined || value === mark)
      throw invalidCheckpoint(this.#source, "its pickle takes a value where there is none");
    return value;
  }

  popTuple(length: number): unknown[] {
    return Array.from({ length }, () => this.pop()).toReversed();
  }

  popToMark(): unknown[] {
    const values: unknown[] = [];
    for (let value = this.#stack.pop(); value !== mark; value = this.#stack.pop()) {
      if (value === undefined) throw invalidCheckpoint(this.#source, "its pickle has a list without a beginning");
      values.push(value);
    }
    return values.toReversed();
  }

  top(): unknown {
    const value = this.pop();
    this.push(value);
    return value;
  }

  remember(index: number = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw invalidCheckpoint(this.#source, "its pickle refers to a value that it never stored");
    this.push(value);
  }

  extendList(values: unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw invalidCheckpoint(this.#source, "its pickle appends to something that is no list");
    for (const value of values) list.push(value);
  }

  setItems(values: unknown[]): void {
    const target = this.top();
    if (!(target instanceof Map) || values.length % 2 !== 0)
      throw invalidCheckpoint(this.#source, "its pickle puts an item into something that is no dictionary");
    for (let index = 0; index < values.length; index += 2) target.set(values[index] ?? null, values[index + 1] ?? null);
  }

  call(): void {
    const given = this.pop();
    const callee = this.pop();
    if (!(callee instanceof PickleName) || !Array.isArray(given))
      throw refusedCheckpoint(this.#source, "a call of something that is no name");
    const value = this.#meaning.call(callee.name, given);
    if (value === undefined) throw refusedCheckpoint(this.#source, `a call of ${callee.name}`);
    this.push(value);
  }

  persistent(): void {
    const value = this.#meaning.persistent?.(this.pop());
    if (value === undefined) throw refusedCheckpoint(this.#source, "a reference to something outside the pickle");
    this.push(value);
  }

  /** Python sets the state of an object: for a dictionary, attributes that carry no tensors (`_metadata`). */
  dropState(): void {
    this.pop();
    if (!(this.top() instanceof Map))
      throw refusedCheckpoint(this.#source, "the state of an object that is no dictionary");
  }

  name(module: unknown, name: unknown): void {
    if (typeof module !== "string" || typeof name !== "string")
      throw invalidCheckpoint(this.#source, "its pickle names something without a name");
    this.push(new PickleName(`${module}.${name}`));
  }
}

const pair = ([first, second]: unknown[]): [unknown, unknown] => [first, second];

type Step = (machine: Machine, cursor: PickleCursor) => void;

/** The opcodes that are understood. */
const steps: Record<number, Step> = {
  0x80: (_, c) => void c.byte(), // PROTO
  0x95: (_, c) => void c.take(8), // FRAME
  0x28: (m) => m.pushMark(), // MARK
  0x4e: (m) => m.push(null), // NONE
  0x88: (m) => m.push(true), // NEWTRUE
  0x89: (m) => m.push(false), // NEWFALSE
  0x4a: (m, c) => m.push(c.int32()), // BININT
  0x4b: (m, c) => m.push(c.byte()), // BININT1
  0x4d: (m, c) => m.push(c.uint16()), // BININT2
  0x8a: (m, c) => m.push(c.integer(c.byte())), // LONG1
  0x47: (m, c) => m.push(c.float64()), // BINFLOAT
  0x58: (m, c) => m.push(c.text(c.uint32())), // BINUNICODE
  0x8c: (m, c) => m.push(c.text(c.byte())), // SHORT_BINUNICODE
  0x55: (m, c) => m.push(c.text(c.byte())), // SHORT_BINSTRING, from Python 2
  0x54: (m, c) => m.push(c.text(c.uint32())), // BINSTRING, from Python 2
  0x7d: (m) => m.push(new Map()), // EMPTY_DICT
  0x5d: (m) => m.push([]), // EMPTY_LIST
  0x29: (m) => m.push([]), // EMPTY_TUPLE
  0x74: (m) => m.push(m.popToMark()), // TUPLE
  0x85: (m) => m.push(m.popTuple(1)), // TUPLE1
  0x86: (m) => m.push(m.popTuple(2)), // TUPLE2
  0x87: (m) => m.push(m.popTuple(3)), // TUPLE3
  0x61: (m) => m.extendList([m.pop()]), // APPEND
  0x65: (m) => m.extendList(m.popToMark()), // APPENDS
  0x73: (m) => m.setItems(m.popTuple(2)), // SETITEM
  0x75: (m) => m.setItems(m.popToMark()), // SETITEMS
  0x71: (m, c) => m.remember(c.byte()), // BINPUT
  0x72: (m, c) => m.remember(c.uint32()), // LONG_BINPUT
  0x94: (m) => m.remember(), // MEMOIZE
  0x68: (m, c) => m.recall(c.byte()), // BINGET
  0x6a: (m, c) => m.recall(c.uint32()), // LONG_BINGET
  0x63: (m, c) => m.name(c.line(), c.line()), // GLOBAL
  0x93: (m) => m.name(...pair(m.popTuple(2))), // STACK_GLOBAL
  0x51: (m) => m.persistent(), // BINPERSID
  0x52: (m) => m.call(), // REDUCE
  0x62: (m) => m.dropState(), // BUILD
};
