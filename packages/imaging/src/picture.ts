import { type Box, type GreyImage, cropped, eightBitImage, histogramOf, wholeOf } from "./grey-image.ts";
import type { Kernels } from "./kernels/kernels.ts";
import { type BreastRegion, breastRegion, gridSize } from "./steps/breast-region.ts";
import { breastBox } from "./steps/crop.ts";
import { resizeArea } from "./steps/resize.ts";
import type { ScaledFrame } from "./steps/scale.ts";

/**
 * An image on its way through the steps, with what is found out about it, once, until it changes.
 *
 * It begins as a frame whose grey levels are not made yet: a crop that comes first spares most of them.
 */
export class Picture {
  readonly #kernels: Kernels;
  #frame: ScaledFrame | undefined;
  #image: GreyImage | undefined;
  #inEightBits: GreyImage<Uint8Array> | undefined;
  #histogram: Uint32Array | undefined;
  #region: { found: BreastRegion | undefined } | undefined;

  constructor(frame: ScaledFrame, kernels: Kernels) {
    this.#frame = frame;
    this.#histogram = frame.histogram;
    this.#kernels = kernels;
    this.width = frame.width;
    this.height = frame.height;
  }

  width: number;
  height: number;

  get image(): GreyImage {
    this.#image ??= this.#frame?.cut(wholeOf(this));
    if (this.#image === undefined) throw new TypeError("a picture has a frame or an image");
    this.#frame = undefined;
    return this.#image;
  }

  /** To find things in; shares the image's pixels where they have 8 bits. */
  get inEightBits(): GreyImage<Uint8Array> {
    return (this.#inEightBits ??= eightBitImage(this.image));
  }

  /** How often each of 256 levels occurs. */
  get histogram(): Uint32Array {
    return (this.#histogram ??= histogramOf(this.inEightBits));
  }

  /** Where the breast is; undefined where there is no background to tell it from. */
  get region(): BreastRegion | undefined {
    this.#region ??= { found: breastRegion(this.#frame?.overview(gridSize(this)) ?? this.#grid()) };
    return this.#region.found;
  }

  /** The box of the largest region above Otsu's threshold. */
  otsuBox(): Box {
    return this.#frame?.breastBox() ?? breastBox(this.inEightBits, this.histogram);
  }

  crop(box: Box): void {
    this.change(this.#frame?.cut(box) ?? cropped(this.image, box));
  }

  /** @param region where the breast is in the new image, if that is known */
  change(image: GreyImage, region?: BreastRegion): void {
    this.#frame = undefined;
    this.#image = image;
    this.width = image.width;
    this.height = image.height;
    this.#inEightBits = undefined;
    this.#histogram = undefined;
    this.#region = region && { found: region };
  }

  #grid(): GreyImage<Uint8Array> {
    const { width, height } = gridSize(this);
    return eightBitImage(resizeArea(this.inEightBits, width, height, this.#kernels));
  }
}
