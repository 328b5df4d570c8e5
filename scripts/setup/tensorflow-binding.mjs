import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, rename } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findCompiler, run } from "./run-tool.mjs";
import { libraryFiles } from "./tensorflow-library.mjs";

const common = ["-std=gnu++17", "-O2", "-fPIC", "-shared", "-DNAPI_VERSION=8"];

/**
 * The compiled parts that stand between Node and TensorFlow's library: tfjs-node's own binding, and the small module that loads the
 * library without its start-up lines. Each is compiled once and kept beside the library, so that the next `npm ci` only copies.
 *
 * @param {{ packageFolder: string, root: string, library: string, say: (line: string) => void }} options
 *   tfjs-node's folder; repository root; the folder with TensorFlow's libraries and headers
 * @returns {Promise<{ binding: string, quietLoader: string }>} paths of both
 */
export async function compileBinding({ packageFolder, root, library, say }) {
  const headers = createRequire(join(root, "package.json")).resolve("node-api-headers");
  const includes = [`-I${join(dirname(headers), "include")}`];
  const binding = await compile({
    name: "tfjs_binding",
    sources: ["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => join(packageFolder, "binding", name)),
    flags: [...common, "-DNODE_GYP_MODULE_NAME=tfjs_binding", ...includes, `-I${join(library, "include")}`],
    links: [`-L${library}`, ...libraryFiles.map((name) => `-l:${name}`), "-Wl,-rpath,$ORIGIN/../../deps/lib"],
    folder: library,
    onCompile: () => say("compiling TensorFlow's binding for Node (about 10 s, once)"),
  });
  const quietLoader = await compile({
    name: "load_quietly",
    sources: [fileURLToPath(new URL("./load-quietly.cc", import.meta.url))],
    flags: [...common, ...includes],
    links: ["-ldl"],
    folder: library,
  });
  return { binding, quietLoader };
}

/** The name carries a hash of sources and flags, so that a changed source is a new file. */
async function compile({ name, sources, flags, links, folder, onCompile }) {
  const hash = createHash("sha256").update([...common, ...links].join(" "));
  for (const source of sources) hash.update(await readFile(source));
  const file = join(folder, `${name}-${process.arch}-${hash.digest("hex").slice(0, 12)}.node`);
  if (existsSync(file)) return file;
  const compiler = await findCompiler();
  onCompile?.();
  const unfinished = `${file}.${process.pid}`;
  await run(compiler, [...flags, ...sources, ...links, "-o", unfinished], {
    what: `compiling ${sources.map((source) => basename(source)).join(" and ")} for TensorFlow`,
  });
  await rename(unfinished, file);
  return file;
}
