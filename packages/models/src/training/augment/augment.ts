import type { Random } from "@mammoflow/runtime";
import type { Augmentation } from "../training-settings.ts";
import { blur } from "./blur.ts";
import { changeBrightness, changeContrast } from "./colour-jitter.ts";
import { rotate, translate } from "./move-image.ts";

/**
 * Changes one grey image in place as torchvision's ColorJitter (both in random order), GaussianBlur(3), RandomRotation and
 * RandomAffine's translation would, one after the other. What is off draws nothing from the stream.
 *
 * @param image whole grey values 0..255, [height, width]
 */
export function augment(
  image: Float32Array,
  [height = 0, width = 0]: readonly number[],
  { brightness, contrast, blurSigmaPx, rotationDegrees, translation }: Augmentation,
  random: Random,
): void {
  const between = (least: number, most: number): number => least + (most - least) * random.uniform();
  const around = (centre: number, spread: number): number => between(centre - spread, centre + spread);
  const jitter = [
    ...(brightness > 0 ? [() => changeBrightness(image, around(1, brightness))] : []),
    ...(contrast > 0 ? [() => changeContrast(image, around(1, contrast))] : []),
  ];
  if (jitter.length === 2 && random.uniform() < 0.5) jitter.reverse();
  for (const change of jitter) change();
  if (blurSigmaPx !== null) blur(image, width, between(...blurSigmaPx));
  if (rotationDegrees > 0) rotate(image, { width, height }, around(0, rotationDegrees));
  if (translation > 0) {
    const [right, down] = [Math.round(around(0, translation * width)), Math.round(around(0, translation * height))];
    translate(image, { width, height }, { right, down });
  }
}
