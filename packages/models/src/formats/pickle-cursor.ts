import { invalidCheckpoint } from "./checkpoint-errors.ts";

/** Reads the arguments that stand behind opcodes. */
export class PickleCursor {
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #source: string;

  constructor(bytes: Uint8Array, source: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#source = source;
  }

  take(length: number): number {
    const start = this.position;
    if (length > this.#bytes.length - start) throw invalidCheckpoint(this.#source, "its pickle ends too early");
    this.position = start + length;
    return start;
  }

  byte = (): number => this.#view.getUint8(this.take(1));
  uint16 = (): number => this.#view.getUint16(this.take(2), true);
  int32 = (): number => this.#view.getInt32(this.take(4), true);
  uint32 = (): number => this.#view.getUint32(this.take(4), true);
  float64 = (): number => this.#view.getFloat64(this.take(8), false);

  text(length: number): string {
    const start = this.take(length);
    return new TextDecoder().decode(this.#bytes.subarray(start, start + length));
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.position);
    if (end < 0) throw invalidCheckpoint(this.#source, "its pickle ends too early");
    const text = this.text(end - this.position);
    this.position++;
    return text;
  }

  /** Little-endian two's complement of any length (LONG1). */
  integer(length: number): number | bigint {
    let value = 0n;
    const start = this.take(length);
    for (let index = length - 1; index >= 0; index--)
      value = (value << 8n) | BigInt(this.#view.getUint8(start + index));
    const signed = BigInt.asIntN(length * 8, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }
}
