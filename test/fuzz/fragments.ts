import { elementBytes, itemTag, layoutOf, pixelDataTag, replaced } from "./elements.ts";

/** Encapsulated Pixel Data, PS3.5 A.4. */
export interface Encapsulated {
  offsetTable: Buffer;
  fragments: Buffer[];
}

const encoding = { isExplicit: true, isBigEndian: false };
const undefinedLength = 0xffffffff;

/** @returns undefined where the pixel data is native, or no pixel data */
export function encapsulatedOf(file: Buffer): Encapsulated | undefined {
  const { elements } = layoutOf(file);
  const items = elements.filter(
    ({ tag, isInPixelData, length }) => isInPixelData && tag === itemTag && length < file.length,
  );
  const [offsetTable, ...fragments] = items.map(({ valueAt, length }) => file.subarray(valueAt, valueAt + length));
  return offsetTable === undefined || fragments.length === 0 ? undefined : { offsetTable, fragments };
}

/** The file with other encapsulated pixel data; what lay behind the old one is dropped. */
export function withEncapsulated(file: Buffer, { offsetTable, fragments }: Encapsulated): Buffer {
  const pixelData = layoutOf(file).elements.find(({ tag }) => tag === pixelDataTag);
  const items = [offsetTable, ...fragments].map((fragment) => elementBytes(encoding, itemTag, "", even(fragment)));
  const delimiter = elementBytes(encoding, 0xfffee0dd, "", Buffer.alloc(0));
  const value = Buffer.concat([...items, delimiter]);
  const element = elementBytes(encoding, pixelDataTag, "OB", value, undefinedLength);
  return replaced(file, pixelData?.start ?? file.length, file.length, element);
}

function even(bytes: Buffer): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
}
