import { Command, CommanderError } from "commander";
import { AppError, UsageError } from "@mammoflow/runtime";
import { version } from "./version.ts";

/** A verb's file fills in its command: arguments, options, an example, and what it does. */
interface VerbModule {
  configure(command: Command): void;
}

/** Loaded only when asked for, so that `status` never waits for TensorFlow. */
const verbs: Record<string, { summary: string; load: () => Promise<VerbModule> }> = {
  demo: {
    summary: "make a phantom data set and take it through everything, to a report",
    load: () => import("./verbs/demo.ts"),
  },
  phantom: { summary: "make a synthetic data set in VinDr-Mammo's layout", load: () => import("./verbs/phantom.ts") },
  stats: { summary: "classes and densities of a data set, by split", load: () => import("./verbs/stats.ts") },
  validate: {
    summary: "look for what is wrong in a data set, without converting it",
    load: () => import("./verbs/validate.ts"),
  },
  inspect: {
    summary: "header, histogram and every step of a recipe on one image",
    load: () => import("./verbs/inspect.ts"),
  },
  upload: {
    summary: "de-identify a data set into a Google Cloud Storage bucket",
    load: () => import("./verbs/upload.ts"),
  },
  submit: {
    summary: "put a data set into the queue: preprocess, learn, compare, report",
    load: () => import("./verbs/submit.ts"),
  },
  status: { summary: "the runs, or how far one is", load: () => import("./verbs/status.ts") },
  watch: { summary: "follow a run to its end", load: () => import("./verbs/watch.ts") },
  cancel: { summary: "stop a run; what is done stays", load: () => import("./verbs/cancel.ts") },
  resume: { summary: "go on with a run from what its store holds", load: () => import("./verbs/resume.ts") },
  retry: { summary: "run a run's failed studies again", load: () => import("./verbs/retry.ts") },
  compare: {
    summary: "models of one run or several, on the same images and over their seeds",
    load: () => import("./verbs/compare.ts"),
  },
  audit: {
    summary: "who did what: of a run, or of the newest runs, the dashboard and its users",
    load: () => import("./verbs/audit.ts"),
  },
  users: { summary: "who may use the dashboard, and as what", load: () => import("./verbs/users.ts") },
  up: { summary: "start a queue, workers and the dashboard on this machine", load: () => import("./verbs/up.ts") },
  preprocess: { summary: "DICOM to training images, without a queue", load: () => import("./verbs/preprocess.ts") },
  deidentify: {
    summary: "DICOM by PS3.15's Basic Profile: attributes, UIDs, dates, text burnt in",
    load: () => import("./verbs/deidentify.ts"),
  },
  embed: { summary: "a frozen backbone's features of images, without a queue", load: () => import("./verbs/embed.ts") },
  predict: { summary: "what a trained model says of new images", load: () => import("./verbs/predict.ts") },
  promote: {
    summary: "choose the model that answers where none is named",
    load: () => import("./verbs/promote.ts"),
  },
  explain: {
    summary: "what a network looks at, in its worst errors or in new images, and whether that is right",
    load: () => import("./verbs/explain.ts"),
  },
  export: {
    summary: "a trained model for TensorFlow, TensorFlow.js or PyTorch",
    load: () => import("./verbs/export.ts"),
  },
  serve: { summary: "answer over HTTP with a trained model", load: () => import("./verbs/serve.ts") },
  keys: { summary: "make, list and revoke keys of the API", load: () => import("./verbs/keys.ts") },
  weights: { summary: "list or fetch the backbones' pre-trained weights", load: () => import("./verbs/weights.ts") },
  doctor: {
    summary: "what this machine or a deployment has, and what to do about what is wrong",
    load: () => import("./verbs/doctor.ts"),
  },
};

async function main(args: string[]): Promise<void> {
  const program = new Command("mammoflow")
    .description("Classifies mammograms at scale and with honesty. Research use only; human review required.")
    .version(version())
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: false })
    .exitOverride();
  const asked = args[0] === "help" ? args[1] : args[0];
  for (const [name, { summary, load }] of Object.entries(verbs)) {
    const command = program.command(name).description(summary).exitOverride();
    if (name === asked) (await load()).configure(command);
  }
  await program.parseAsync(args, { from: "user" });
}

function exitCodeOf(error: unknown): number {
  // Commander has printed its own message; its code is 0 after --help and --version.
  if (error instanceof CommanderError)
    return error.exitCode === 0 || error.code === "commander.help" ? error.exitCode : 2;
  if (error instanceof AppError) {
    process.stderr.write(`mammoflow: ${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
  process.stderr.write(
    `mammoflow: something unforeseen happened; please report it with these lines.\n${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return 1;
}

// `mammoflow stats DATA | head` closes the pipe before everything is written: that is no failure.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit();
  });

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
