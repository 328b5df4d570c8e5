import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { findPython, run } from "./run-tool.mjs";
import { withLock } from "./with-lock.mjs";

const xgboostVersion = "3.2.0";

/** The wheels of PyPI that carry XGBoost's library, with the sha256 that PyPI states. Nothing of Python in them is used. */
const wheels = {
  "linux x64": {
    project: "xgboost-cpu",
    platform: "manylinux_2_28_x86_64",
    sha256: "9c10b1653e1a689bf4094a328144cf3633c9be0e5217a76fbdc2fde6abcb2950",
  },
  "linux arm64": {
    project: "xgboost-cpu",
    platform: "manylinux_2_28_aarch64",
    sha256: "896b9e2bc52ec0921edf92ddd1cebedf47032e94992b7aca0293524d380ce6e9",
  },
};

/**
 * XGBoost's C library in the cache, for trees over image features; fetched from PyPI by pip when it is not there yet.
 * The folder appears by one rename when it is whole.
 *
 * @param {{ cacheDir: string, say: (line: string) => void }} options
 */
export async function setUpXgboost({ cacheDir, say }) {
  const folder = join(cacheDir, `xgboost-${xgboostVersion}`);
  if (existsSync(join(folder, "xgboost", "lib"))) return;
  const wheel = wheels[`${process.platform} ${process.arch}`];
  if (wheel === undefined)
    throw new Error(
      `XGBoost is set up here for Linux on x64 and arm64; this is ${process.platform} on ${process.arch}.`,
    );
  await mkdir(cacheDir, { recursive: true });
  await withLock(join(cacheDir, "xgboost.lock"), {
    onWait: (holder) => say(`waiting for another set-up (${holder}) to finish with XGBoost`),
    work: async () => {
      if (existsSync(join(folder, "xgboost", "lib"))) return;
      say(`fetching XGBoost ${xgboostVersion} (6 MB, once)`);
      const staging = await mkdtemp(join(cacheDir, ".xgboost-"));
      try {
        await unpack(await download(wheel, join(staging, "wheel")), join(staging, "whole"));
        await rename(join(staging, "whole"), folder);
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
    },
  });
}

async function download({ project, platform, sha256 }, folder) {
  const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"];
  pip.push("--python-version", "3.13", "--platform", platform, "--dest", folder, `${project}==${xgboostVersion}`);
  await run(await findPython(), pip, {
    what: `fetching ${project} ${xgboostVersion} from PyPI`,
    advice: "Check the connection to PyPI and run set-up again; without it only trees over image features are missing.",
  });
  const [name] = (await readdir(folder)).filter((entry) => entry.endsWith(".whl"));
  const file = join(folder, name);
  const found = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  if (found === sha256) return file;
  throw new Error(
    `The XGBoost wheel that pip fetched has sha256 ${found}, not ${sha256}: nothing of it was used; check which package index pip is set to.`,
  );
}

/** The library, and the OpenMP that the wheel brings with it. */
async function unpack(file, folder) {
  const script = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(("xgboost/lib/", "xgboost_cpu.libs/"))])
`;
  await run(await findPython(), ["-c", script, file, folder], { what: "unpacking the XGBoost wheel" });
}
