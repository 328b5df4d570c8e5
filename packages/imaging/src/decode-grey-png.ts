import { AppError, messageOf } from "@mammoflow/runtime";

/**
 * A square grey PNG's pixels, uint8 [size, size].
 *
 * @throws AppError `IMAGE_PNG` when it is none
 */
export async function decodeGreyPng(png: Uint8Array, name: string): Promise<{ pixels: Uint8Array; sizePx: number }> {
  const { default: sharp } = await import("sharp");
  const { data, info } = await sharp(png)
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw new AppError({
        code: "IMAGE_PNG",
        message: `${name} is no readable PNG (${messageOf(error)}): remove it and resume the run.`,
        cause: error,
      });
    });
  if (info.width !== info.height || info.channels !== 1)
    throw new AppError({
      code: "IMAGE_PNG",
      message: `${name} is ${info.width} x ${info.height} px, not a square grey image: use a recipe that resizes to a square.`,
    });
  return { pixels: data, sizePx: info.width };
}
