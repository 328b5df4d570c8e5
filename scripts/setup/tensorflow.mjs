import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { run } from "./run-tool.mjs";
import { compileBinding } from "./tensorflow-binding.mjs";
import { fetchTensorFlowLibrary, libraryFiles, tensorflowVersion } from "./tensorflow-library.mjs";
import { withLock } from "./with-lock.mjs";

/**
 * Makes `@tensorflow/tfjs-node` loadable: the prebuilt binding where it is there and loads, else the package's own
 * binding compiled against the TensorFlow library of the PyPI wheel, which is kept in the cache and linked in.
 * Safe to run at any time and from several processes at once; done at once when nothing has changed.
 *
 * @param {{ root: string, cacheDir: string, say: (line: string) => void, forCuda?: boolean }} options repository root; the cache
 *   folder; progress; whether the library is to use NVIDIA's GPUs
 * @returns {Promise<{ version: string, origin: "prebuilt" | "compiled" }>} TensorFlow's version
 */
export async function setUpTensorFlow({ root, cacheDir, say, forCuda }) {
  const place = await findPackage(root);
  const before = await readStamp(place);
  if (before !== undefined) return before;
  return withLock(join(resolve(cacheDir), "tensorflow.lock"), {
    onWait: (holder) => say(`waiting for another set-up (${holder}) to finish with TensorFlow`),
    work: async () => (await readStamp(place)) ?? install({ place, root, cacheDir: resolve(cacheDir), say, forCuda }),
  });
}

async function install({ place, root, cacheDir, say, forCuda }) {
  const isLinkedHere = existsSync(join(place.libraries, libraryFiles[0])); // by an earlier version of this set-up
  if (existsSync(place.binding) && !isLinkedHere) {
    const probed = await probe(place).catch(() => undefined);
    if (probed !== undefined) return writeStamp(place, { version: probed, origin: "prebuilt" });
  }
  const library = await fetchTensorFlowLibrary({ cacheDir, say, forCuda });
  const { binding, quietLoader } = await compileBinding({ packageFolder: place.folder, root, library, say });
  await mkdir(place.libraries, { recursive: true });
  for (const name of libraryFiles) {
    await rm(join(place.libraries, name), { force: true });
    await symlink(join(library, name), join(place.libraries, name));
  }
  await mkdir(dirname(place.binding), { recursive: true });
  await replaceFile(quietLoader, place.quietLoader);
  await replaceFile(binding, place.binding);
  const version = await probe(place);
  say(`TensorFlow ${version} is ready`);
  return writeStamp(place, { version, origin: "compiled" });
}

/** By rename: a process that has the old file loaded keeps it. */
async function replaceFile(source, target) {
  await copyFile(source, `${target}.new`);
  await rename(`${target}.new`, target);
}

async function findPackage(root) {
  const folder = join(root, "node_modules", "@tensorflow", "tfjs-node");
  const manifest = await readFile(join(folder, "package.json"), "utf8").catch(() => undefined);
  if (manifest === undefined) {
    throw new Error(
      `@tensorflow/tfjs-node is not in ${join(root, "node_modules")}: run \`npm ci\`, then set-up again.`,
    );
  }
  return {
    folder,
    version: JSON.parse(manifest).version,
    binding: join(folder, "lib", "napi-v8", "tfjs_binding.node"),
    quietLoader: join(folder, "lib", "napi-v8", "load_quietly.node"),
    libraries: join(folder, "deps", "lib"),
    stamp: join(folder, "mammoflow-stamp.json"),
  };
}

/** Loads TensorFlow in a process of its own, multiplies two matrices and returns TensorFlow's version. */
async function probe(place) {
  const script = `
    require("node:util").isNullOrUndefined ??= (value) => value === null || value === undefined;
    require("node:util").isArray ??= Array.isArray;
    const tf = require(${JSON.stringify(place.folder)});
    if (tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0] !== 11) throw new Error("TensorFlow multiplies wrongly");
    process.stdout.write("\\n" + tf.version["tfjs-node"] + " " + tf.backend().binding.TF_Version);
  `;
  const output = await run(process.execPath, ["--no-deprecation", "-e", script], {
    what: "loading TensorFlow",
    advice: "Remove node_modules/@tensorflow and run `npm ci`, then set-up again.",
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3", NODE_OPTIONS: "" },
  });
  return output.trim().split(" ").at(-1);
}

/** What the last set-up found, if the package, its binding and the library are still the same. */
async function readStamp(place) {
  const text = await readFile(place.stamp, "utf8").catch(() => undefined);
  if (text === undefined || !existsSync(place.binding)) return undefined;
  const stamp = JSON.parse(text);
  if (stamp.tfjsNode !== place.version || stamp.arch !== process.arch) return undefined;
  const isCompiled = stamp.origin === "compiled";
  const files = [place.quietLoader, ...libraryFiles.map((name) => join(place.libraries, name))];
  if (isCompiled && (stamp.version !== tensorflowVersion || !files.every((file) => existsSync(file)))) return undefined;
  return { version: stamp.version, origin: stamp.origin };
}

async function writeStamp(place, { version, origin }) {
  const stamp = { tfjsNode: place.version, arch: process.arch, version, origin };
  await writeFile(`${place.stamp}.new`, JSON.stringify(stamp));
  await rename(`${place.stamp}.new`, place.stamp);
  return { version, origin };
}
