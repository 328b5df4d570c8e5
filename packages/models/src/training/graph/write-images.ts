import type { InputNormalisation } from "../../backbones.ts";
import { attribute, type GraphBuilder } from "../../graph/graph-builder.ts";
import type { GivenLayer } from "../../graph/write-layers.ts";

const floats = { T: attribute.type("float32") };

/** Grey values 0..255, [image, height, width], to three normalised channels. */
export function writeImages(
  graph: GraphBuilder,
  images: string,
  [height = 0, width = 0]: readonly number[],
  { mean, deviation }: InputNormalisation,
): GivenLayer {
  const sizes = graph.integers("images/shape", [4], [-1, height, width, 1]);
  const grey = graph.node("Reshape", [images, sizes], { ...floats, Tshape: attribute.type("int32") }, "images/grey");
  const scale = graph.floats(
    "images/scale",
    [3],
    Float32Array.from(deviation, (value) => 1 / (255 * value)),
  );
  const shift = Float32Array.from(deviation, (value, channel) => -(mean[channel] ?? 0) / value);
  const scaled = graph.node("Mul", [grey, scale], floats, "images/scaled");
  const node = graph.node("AddV2", [scaled, graph.floats("images/shift", [3], shift)], floats, "images/normalised");
  return { name: "input", node, shape: [height, width, 3] };
}
