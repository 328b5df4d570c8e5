import { spawn } from "node:child_process";

/**
 * Runs a program to its end and returns its standard output; throws one sentence with the end of its error output.
 *
 * @param {string} program
 * @param {string[]} commandLine
 * @param {{ what: string, advice?: string, env?: NodeJS.ProcessEnv }} options what the program is there for, in words
 * @returns {Promise<string>}
 */
export function run(program, commandLine, { what, advice, env = process.env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, commandLine, { env, stdio: ["ignore", "pipe", "pipe"] });
    const output = [];
    const errors = [];
    child.stdout.on("data", (chunk) => output.push(chunk));
    child.stderr.on("data", (chunk) => errors.push(chunk));
    child.on("error", (cause) =>
      reject(new Error(`${program} cannot be started for ${what}: ${cause.message}.`, { cause })),
    );
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(output).toString("utf8"));
      const end = Buffer.concat(errors).toString("utf8").trim().split("\n").slice(-8).join("\n");
      const how = signal === null ? `exit code ${code}` : signal;
      reject(
        new Error(`${what} failed (${program}, ${how}).${advice ? ` ${advice}` : ""}${end === "" ? "" : `\n${end}`}`),
      );
    });
  });
}

/** True when the program can be started and answers `--version`. */
export async function answers(program, commandLine = ["--version"]) {
  return run(program, commandLine, { what: "a version check" }).then(
    () => true,
    () => false,
  );
}

/**
 * The Python that has pip.
 *
 * @returns {Promise<string>} its name on the path
 */
export async function findPython() {
  const pythons = [];
  for (const name of ["python3", "python"]) if (await answers(name)) pythons.push(name);
  for (const name of pythons) if (await answers(name, ["-m", "pip", "--version"])) return name;
  throw new Error(
    pythons.length === 0
      ? "Python 3 with pip is needed to fetch TensorFlow and was not found: install it (Debian and Ubuntu: `apt-get install python3 python3-pip`) and run set-up again."
      : "Python has no pip, which is needed to fetch TensorFlow: install it (Debian and Ubuntu: `apt-get install python3-pip`) and run set-up again.",
  );
}

/**
 * The C++ compiler of this machine.
 *
 * @returns {Promise<string>} its name on the path
 */
export async function findCompiler() {
  for (const name of ["g++", "c++", "clang++"]) if (await answers(name)) return name;
  throw new Error(
    "A C++ compiler is needed to build TensorFlow's binding for Node and was not found: install g++ (Debian and Ubuntu: `apt-get install g++`) and run set-up again.",
  );
}
