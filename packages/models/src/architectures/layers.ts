/**
 * The words in which an architecture is described. A description is plain data, read by the graph writer, by the
 * TensorFlow.js check and by whoever asks which parameters a network has; nothing else knows layer names.
 */
export type Layer = Convolution | MaxPool | Add | GlobalAveragePool | Dense;

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

export interface MaxPool extends Named {
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

export interface GlobalAveragePool extends Named {
  kind: "global-average-pool";
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
  /** The classifier that was trained with the backbone: computed only where the weights hold it. */
  logitsLayer: string;
  classCount: number;
}
