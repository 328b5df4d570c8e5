import { existsSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "@mammoflow/runtime";
import { ModelsError } from "../models-error.ts";

/** Of the wheel `xgboost-cpu`, which set-up puts into the cache. */
const version = "3.2.0";

const fileNames: Partial<Record<NodeJS.Platform, string>> = { win32: "xgboost.dll", darwin: "libxgboost.dylib" };

/** An address in the library's memory. */
type Handle = object;

/** The functions of XGBoost's C interface that are used (xgboost/c_api.h); each returns 0, or fails. */
export interface Xgboost {
  version: string;
  createMatrix(values: Float32Array, rows: number, columns: number): Handle;
  setMatrix(matrix: Handle, field: "label" | "weight", values: Float32Array): void;
  createBooster(matrix: Handle, parameters: Record<string, string>): Handle;
  update(booster: Handle, round: number, matrix: Handle): void;
  /** One JSON text a tree. */
  dump(booster: Handle): string[];
  freeMatrix(matrix: Handle): void;
  freeBooster(booster: Handle): void;
}

/**
 * The gradient boosting library XGBoost, called through its C interface.
 *
 * @param cacheDir where set-up put it
 * @throws ModelsError XGBOOST_MISSING when it is not there or does not load
 */
export async function loadXgboost(cacheDir: string): Promise<Xgboost> {
  const file = join(cacheDir, `xgboost-${version}`, "xgboost", "lib", fileNames[process.platform] ?? "libxgboost.so");
  if (!existsSync(file)) throw missing(`${file} is not there`);
  try {
    const { default: koffi } = await import("koffi");
    return bind(koffi, koffi.load(file));
  } catch (cause) {
    throw missing(messageOf(cause), cause);
  }
}

function missing(what: string, cause?: unknown): ModelsError {
  return new ModelsError({
    code: "XGBOOST_MISSING",
    message: `XGBoost, which grows the trees, cannot be loaded (${what}): run \`npm run setup\` and try again.`,
    cause,
  });
}

type Koffi = (typeof import("koffi"))["default"];

function bind(koffi: Koffi, library: ReturnType<Koffi["load"]>): Xgboost {
  const lastError = library.func("const char *XGBGetLastError()");
  const checked = (signature: string): ((...values: unknown[]) => void) => {
    const call = library.func(`int ${signature}`);
    return (...values) => {
      if (call(...values) === 0) return;
      const reason = String(lastError()).split("\n", 1)[0];
      throw new ModelsError({ code: "XGBOOST_FAILED", message: `XGBoost could not grow the trees: ${reason}.` });
    };
  };
  const createMatrix = checked(
    "XGDMatrixCreateFromMat(const float *values, uint64_t rows, uint64_t columns, float missing, _Out_ void **matrix)",
  );
  const setMatrix = checked("XGDMatrixSetFloatInfo(void *m, const char *field, const float *values, uint64_t length)");
  const freeMatrix = checked("XGDMatrixFree(void *matrix)");
  const createBooster = checked("XGBoosterCreate(void **matrices, uint64_t count, _Out_ void **booster)");
  const setParameter = checked("XGBoosterSetParam(void *booster, const char *name, const char *value)");
  const update = checked("XGBoosterUpdateOneIter(void *booster, int round, void *matrix)");
  const freeBooster = checked("XGBoosterFree(void *booster)");
  const dump = checked(
    "XGBoosterDumpModelEx(void *booster, const char *names, int with_stats, const char *format, _Out_ uint64_t *count, _Out_ void **texts)",
  );
  // An output parameter is an array of one, whose element the call sets to an address.
  const outputOf = (fill: (out: [Handle]) => void): Handle => {
    const out: [Handle] = [{}];
    fill(out);
    return out[0];
  };
  return {
    version,
    createMatrix: (values, rows, columns) => outputOf((out) => createMatrix(values, rows, columns, Number.NaN, out)),
    setMatrix: (matrix, field, values) => setMatrix(matrix, field, values, values.length),
    createBooster: (matrix, parameters) => {
      const booster = outputOf((out) => createBooster([matrix], 1, out));
      for (const [name, value] of Object.entries(parameters)) setParameter(booster, name, value);
      return booster;
    },
    update: (booster, round, matrix) => update(booster, round, matrix),
    dump: (booster) => {
      const count = [0];
      const texts = outputOf((out) => dump(booster, "", 1, "json", count, out));
      // `char **`: an array of that many texts.
      return koffi.decode(texts, koffi.array("const char *", Number(count[0]))) as string[];
    },
    freeMatrix: (matrix) => freeMatrix(matrix),
    freeBooster: (booster) => freeBooster(booster),
  };
}
