/**
 * The words in which an architecture is described. A description is plain data, read by the graph writer, by the
 * TensorFlow.js check and by whoever asks which parameters a network has; nothing else knows layer names.
 */
export type Layer = Convolution | MaxPool | Add | GlobalAveragePool | AdaptiveAveragePool | Flatten | Dense;

/** A number pads both sides by that many zeros, as PyTorch does; "same" is TensorFlow's rule, which pads the far side more. */
export type Padding = number | "same";
export type Activation = "none" | "relu" | "relu6";

interface Named {
  /** Also the prefix of the layer's parameters: `layer1.0.conv1` owns `layer1.0.conv1.weight`. */
  name: string;
  /** Name of the layer whose output it takes, or `input`: the normalised image, three channels. */
  input: string;
}

export interface Convolution extends Named {
  kind: "convolution";
  inputChannels: number;
  outputChannels: number;
  kernelSize: number;
  stride: number;
  padding: Padding;
  /** One filter per channel instead of one per pair of channels. */
  isDepthwise: boolean;
  hasBias: boolean;
  /** Batch normalisation with running statistics after the convolution. */
  norm?: { name: string; epsilon: number };
  activation: Activation;
}

interface MaxPool extends Named {
  kind: "max-pool";
  kernelSize: number;
  stride: number;
  padding: number;
}

/** The sum of two layers of equal shape. */
interface Add extends Named {
  kind: "add";
  other: string;
  activation: Activation;
}

interface GlobalAveragePool extends Named {
  kind: "global-average-pool";
}

/**
 * The mean of windows that divide an image of any size into `size` x `size` parts, as PyTorch's AdaptiveAvgPool2d cuts them: part i
 * takes the rows floor(i x height / size) to ceil((i + 1) x height / size), so neighbours share rows where it does not divide evenly.
 */
export interface AdaptiveAveragePool extends Named {
  kind: "adaptive-average-pool";
  size: number;
}

/** An image as one row of numbers in PyTorch's order: channel by channel, each row by row. */
interface Flatten extends Named {
  kind: "flatten";
}

export interface Dense extends Named {
  kind: "dense";
  inputLength: number;
  outputLength: number;
  activation: Activation;
}

/** A network in the order of computing: each layer's inputs come before it. */
export interface Architecture {
  layers: Layer[];
  /** The layer whose output, one row of numbers per image, is the image's features. */
  featureLayer: string;
  featureLength: number;
  /**
   * Layers whose outputs, images all of them, can be asked for: the end of each stage in the order of computing. A convolution's
   * output is what follows its normalisation and activation. The last one is the network's last image before it is averaged away.
   */
  stages: string[];
  /**
   * The first layer of the last block, the one that is trained when most of the network stays frozen: its `input` is where the
   * network is cut, and every layer from it on needs nothing before that. The block ends at the first of `stages` in or after it.
   */
  lastBlock: string;
  /** The classifier that was trained with the backbone: computed only where the weights hold it. */
  logitsLayer: string;
  classCount: number;
}
