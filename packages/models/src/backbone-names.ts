/** The networks that features can be taken from, in the order in which they are offered. */
export const backboneNames = [
  "efficientnet-lite0",
  "resnet18",
  "mobilenetv2",
  "vgg16",
  "resnet50",
  "radimagenet-resnet50",
] as const;
export type BackboneName = (typeof backboneNames)[number];

/** True for a name that this version knows; names in stored runs may be of another version. */
export function isBackboneName(name: string): name is BackboneName {
  return backboneNames.some((known) => known === name);
}
