import { fileMemory } from "@mammoflow/imaging";
import { serveRequests } from "@mammoflow/runtime";
import { preparePicture, type PreparedPicture } from "./child/prepared-picture.ts";
import type { PrepareRequest } from "./child/serve-request.ts";

serveRequests<PrepareRequest>(async ({ images, recipe, sizePx }, _, incoming): Promise<PreparedPicture[]> => {
  const pictures: PreparedPicture[] = [];
  for (const image of images) {
    // A prepared picture goes on as it is; a file is read where it is decoded, once.
    const bytes = incoming.take(image.isPrepared ? undefined : fileMemory);
    pictures.push(await preparePicture({ ...image, bytes }, { recipe, sizePx }));
  }
  return pictures;
});
