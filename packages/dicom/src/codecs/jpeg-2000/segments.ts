const startOfCodestream = "ff4fff51";
/** JP2 boxes in front of a codestream, which PS3.5 A.4.4 does not want, are shorter. */
const farthestStart = 4096;
const startOfData = 0xff93;
const endOfCodestream = 0xffd9;

/** Walks through the marker segments of a codestream, ISO/IEC 15444-1 A.1. */
export class Segments {
  readonly #stream: Uint8Array;
  /** Of the segment that was read last; its marker is 0 behind the last one. */
  marker = 0;
  parameters: DataView = new DataView(new ArrayBuffer(0));
  start = 0;
  /** Where the next one is looked for. */
  end: number;

  /** @throws Error where no codestream begins */
  constructor(stream: Uint8Array) {
    const head = Buffer.from(stream.buffer, stream.byteOffset, Math.min(stream.length, farthestStart));
    const start = head.indexOf(startOfCodestream, "hex");
    if (start === -1) throw new Error("no JPEG 2000 codestream");
    this.#stream = stream;
    this.end = start + 2;
  }

  /**
   * Reads the next segment and returns its marker.
   *
   * @throws Error where it is not whole
   */
  next(): number {
    const { buffer, byteOffset, length } = this.#stream;
    const view = new DataView(buffer, byteOffset, length);
    this.start = this.end;
    this.marker = this.start + 2 <= length ? view.getUint16(this.start) : 0;
    const isBare = this.marker === 0 || this.marker === startOfData || this.marker === endOfCodestream;
    const size = isBare ? 0 : this.start + 4 <= length ? view.getUint16(this.start + 2) : 1;
    this.end = Math.min(length, this.start + 2 + size);
    if (!isBare && (size < 2 || this.end !== this.start + 2 + size)) throw new Error("a segment that is not whole");
    this.parameters = new DataView(buffer, byteOffset + this.start + 4 * Number(!isBare), Math.max(0, size - 2));
    return this.marker;
  }
}
