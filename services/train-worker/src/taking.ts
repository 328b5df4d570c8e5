import type { ManifestLine, RunConfig, WeightsFacts } from "@mammoflow/jobs";

/** A shard of a run's images, with the whole manifest that it is of. */
export interface Shard {
  config: RunConfig;
  manifest: ManifestLine[];
  images: ManifestLine[];
}

/** A way to numbers about a shard's images. */
export interface Taking {
  weights: WeightsFacts;
  /** Everything that the numbers are a function of. */
  inputs: string[];
  /** The numbers as a file. */
  take(progress: (body: object) => void): Promise<Uint8Array>;
}
