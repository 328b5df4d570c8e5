import { AppError } from "@mammoflow/runtime";
import type { InferenceRequest } from "./schemas/inference.ts";

type Tensor = InferenceRequest["inputs"][number];

/** Images of one inference request. */
export const mostBatched = 16;

/**
 * The images of a request's tensor, as files: BYTES hold files in base64, UINT8 grey pixels, which become PGM.
 *
 * @throws AppError `BAD_REQUEST` when name, type, shape and values do not fit together
 */
export function imagesOfTensor(tensor: Tensor | undefined): Uint8Array[] {
  if (tensor?.name === "image" && tensor.datatype === "BYTES") return filesOf(tensor);
  if (tensor?.name === "pixels" && tensor.datatype === "UINT8") return greymapsOf(tensor);
  throw wrong("send the tensor `image` of type BYTES (files in base64) or `pixels` of type UINT8 (grey values)");
}

function filesOf({ shape, data }: Tensor): Uint8Array[] {
  if (shape.length > 2 || (shape[1] ?? 1) !== 1)
    throw wrong(`the shape of \`image\` must be [n], not [${shape.join()}]`);
  const values = flatten(data, mostBatched + 1);
  checkCount(values.length, shape);
  return values.map((value) => {
    if (typeof value !== "string" || !isBase64(value)) throw wrong("every value of `image` must be a file in base64");
    return Buffer.from(value, "base64");
  });
}

function greymapsOf({ shape, data }: Tensor): Uint8Array[] {
  const [images, rows, columns] = shape.length === 2 ? [1, ...shape] : shape;
  if (images === undefined || rows === undefined || columns === undefined || shape.length > 3)
    throw wrong(`the shape of \`pixels\` must be [n, rows, columns] or [rows, columns], not [${shape.join()}]`);
  if (images < 1 || images > mostBatched || rows < 1 || columns < 1)
    throw wrong(`\`pixels\` must hold 1 to ${mostBatched} images of at least one pixel, not [${shape.join()}]`);
  const values = flatten(data, images * rows * columns);
  checkCount(values.length, shape);
  const head = Buffer.from(`P5\n${columns} ${rows}\n255\n`, "latin1");
  return Array.from({ length: images }, (_, image) => {
    const greymap = Buffer.alloc(head.length + rows * columns);
    head.copy(greymap);
    const first = image * rows * columns;
    for (let at = 0; at < rows * columns; at++) {
      const value = values[first + at];
      if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 255)
        throw wrong("every value of `pixels` must be a whole number from 0 to 255");
      greymap[head.length + at] = value;
    }
    return greymap;
  });
}

/** Values row by row, whether they came nested or flat. */
function flatten(data: unknown[], most: number): unknown[] {
  if (!data.some(Array.isArray)) return data;
  const flat: unknown[] = [];
  const add = (values: unknown[], depth: number): void => {
    if (depth > 4) throw wrong("the values are nested deeper than any shape");
    for (const value of values)
      if (Array.isArray(value)) add(value, depth + 1);
      else if (flat.push(value) > most) return;
  };
  add(data, 1);
  return flat;
}

function checkCount(count: number, shape: number[]): void {
  const wanted = shape.reduce((product, side) => product * side, 1);
  if (shape.length === 0 || count !== wanted)
    throw wrong(`the shape [${shape.join()}] does not fit the number of values`);
}

function isBase64(text: string): boolean {
  return text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

function wrong(what: string): AppError {
  return new AppError({ code: "BAD_REQUEST", message: `The inference request's tensor cannot be used: ${what}.` });
}
