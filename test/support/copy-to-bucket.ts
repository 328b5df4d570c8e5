import { openStore } from "@mammoflow/storage";

/** Puts every file of a folder into a bucket, under the same names. */
export async function copyToBucket(folder: string, address: string, endpoint: string): Promise<void> {
  const from = openStore(folder);
  const to = openStore(address, endpoint);
  for await (const name of from.list("")) await to.putOnce(name, (await from.get(name))?.bytes ?? Buffer.alloc(0));
  await to.close();
}
