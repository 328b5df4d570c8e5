import { gcs, gcsEmulator, skipUnless } from "./parts.ts";
import { startGcsEmulator } from "./start-gcs-emulator.ts";

export interface GcsEmulator {
  readonly endpoint: string;
  /** A bucket that exists. */
  readonly bucket: string;
  stop(): Promise<void>;
}

/** A Google Cloud Storage emulator of its own, in memory, for the suite that calls this. */
export function useGcsEmulator(): GcsEmulator {
  const emulator = { endpoint: "", bucket: "mammoflow-test", stop: async (): Promise<void> => {} };
  before(async function () {
    skipUnless(this, gcs);
    this.timeout(20_000);
    Object.assign(emulator, await startGcsEmulator(String(gcsEmulator), emulator.bucket));
  });
  after(() => emulator.stop());
  return emulator;
}
