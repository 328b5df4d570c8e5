/** Encapsulated Pixel Data (PS3.5 A.4): an empty Basic Offset Table, the fragments, the delimiter. */
export function encapsulated(fragments: Uint8Array[]): Buffer {
  const items = [Buffer.alloc(0), ...fragments].map((fragment) => {
    const padded = Buffer.concat([fragment, Buffer.alloc(fragment.length % 2)]);
    const head = Buffer.from("feff00e000000000", "hex");
    head.writeUInt32LE(padded.length, 4);
    return Buffer.concat([head, padded]);
  });
  return Buffer.concat([...items, Buffer.from("feffdde000000000", "hex")]);
}

/** A file of `writeDicom` with another transfer syntax and other, encapsulated pixel data. */
export function withTransferSyntax(file: Uint8Array, uid: string, pixelData: Uint8Array): Buffer {
  const native = Buffer.from(file);
  const syntax = native.indexOf("02001000", "hex");
  const behindSyntax = syntax + 8 + native.readUInt16LE(syntax + 6);
  const pixels = native.lastIndexOf("e07f10004f", "hex"); // tag and the O of OB or OW
  const value = Buffer.from(uid.length % 2 === 0 ? uid : `${uid}\0`);
  const syntaxHead = Buffer.from(native.subarray(syntax, syntax + 8));
  syntaxHead.writeUInt16LE(value.length, 6);
  return Buffer.concat([
    native.subarray(0, syntax),
    syntaxHead,
    value,
    native.subarray(behindSyntax, pixels),
    Buffer.from("e07f10004f420000ffffffff", "hex"),
    pixelData,
  ]);
}

/** One RLE segment (PS3.5 G.3.1): runs of three and more as repeats, the rest as literals. */
export function packBits(bytes: Uint8Array): Buffer {
  const packed: number[] = [];
  let literal: number[] = [];
  const flush = (): void => {
    if (literal.length > 0) packed.push(literal.length - 1, ...literal);
    literal = [];
  };
  for (let at = 0; at < bytes.length;) {
    let run = 1;
    while (run < 128 && bytes[at + run] === bytes[at]) run++;
    if (run >= 3) {
      flush();
      packed.push(257 - run, bytes[at]!);
    } else {
      for (let index = 0; index < run; index++) {
        literal.push(bytes[at]!);
        if (literal.length === 128) flush();
      }
    }
    at += run;
  }
  flush();
  return Buffer.from(packed);
}
