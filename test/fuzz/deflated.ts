import { constants, inflateRawSync } from "node:zlib";
import { deflatedSyntax, elementBytes, layoutOf, pixelDataTag, replaced } from "./elements.ts";
import { withHeaderSize } from "./mutators/header.ts";

const encoding = { isExplicit: true, isBigEndian: false };
const plainSyntax = "1.2.840.10008.1.2.1";
/** A last deflate block in which each byte of 0 that follows is 1,032 bytes of 0: four runs of 258 with codes of one bit. */
const zerosHead = Buffer.from("edc101010000008220ffaf6e484001", "hex");

/** The same file in Explicit VR Little Endian; undefined where it is not deflated, or not soundly. */
export function inflated(file: Buffer): Buffer | undefined {
  const { transferSyntaxUid, dataAt } = layoutOf(file);
  if (transferSyntaxUid !== deflatedSyntax) return undefined;
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1_000_000 };
    const data = inflateRawSync(file.subarray(dataAt), options);
    return withSyntax(Buffer.concat([file.subarray(0, dataAt), data]), plainSyntax);
  } catch {
    return undefined;
  }
}

/** The same file deflated; in stored blocks, which are the same bytes with every zlib. */
export function deflated(file: Buffer): Buffer {
  const { dataAt } = layoutOf(file);
  const head = file.subarray(0, dataAt);
  return withSyntax(Buffer.concat([head, storedBlocks(file.subarray(dataAt), true)]), deflatedSyntax);
}

/** A file whose pixel data is `ratio * 1032` bytes of 0, of which it declares as many as its rows and columns need. */
export function deflateBomb(file: Buffer, rows: number, columns: number, zeroBytes: number): Buffer {
  const sized = withHeaderSize(file, rows, columns);
  const { dataAt, elements } = layoutOf(sized);
  const pixelData = elements.find(({ tag }) => tag === pixelDataTag);
  const header = sized.subarray(dataAt, pixelData?.start ?? sized.length);
  const declared = elementBytes(encoding, pixelDataTag, "OW", Buffer.alloc(0), (2 * rows * columns) >>> 0);
  const stream = Buffer.concat([
    storedBlocks(Buffer.concat([header, declared]), false),
    zerosHead,
    Buffer.alloc(zeroBytes),
  ]);
  return withSyntax(Buffer.concat([sized.subarray(0, dataAt), stream]), deflatedSyntax);
}

/** A zlib stream (RFC 1950) of `zeroBytes * 1032` zeros; its checksum is wrong. */
export function zerosBomb(zeroBytes: number): Buffer {
  return Buffer.concat([Buffer.from([0x78, 0x01]), zerosHead, Buffer.alloc(zeroBytes)]);
}

/** RFC 1951 section 3.2.4. */
function storedBlocks(bytes: Buffer, isLast: boolean): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += 0xffff) {
    const block = bytes.subarray(at, at + 0xffff);
    const head = Buffer.alloc(5);
    head[0] = isLast && at + 0xffff >= bytes.length ? 1 : 0;
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(block.length ^ 0xffff, 3);
    blocks.push(head, block);
  }
  return Buffer.concat(blocks);
}

function withSyntax(file: Buffer, uid: string): Buffer {
  const syntax = layoutOf(file).meta.find(({ tag }) => tag === 0x00020010);
  if (syntax === undefined) return file;
  const value = Buffer.from(uid.length % 2 === 0 ? uid : `${uid}\0`, "latin1");
  return replaced(file, syntax.start, syntax.valueAt + syntax.length, elementBytes(encoding, 0x00020010, "UI", value));
}
