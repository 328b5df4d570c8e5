import { type Command, Option } from "commander";
import { loadSettings, UsageError } from "@mammoflow/runtime";
import { type Finding, printFindings } from "../doctor/finding.ts";
import { printJson } from "../terminal.ts";

const targets = ["machine", "compose", "k8s", "gcs"] as const;

interface DoctorOptions {
  target: (typeof targets)[number];
  namespace: string;
  json?: boolean;
}

export function configure(command: Command): void {
  command
    .argument("[store]", "with --target gcs: gs://bucket/prefix (default: MAMMOFLOW_OUT)")
    .addOption(new Option("--target <where>", "what to look at").choices(targets).default("machine"))
    .option("--namespace <name>", "with --target k8s: where the deployment is", "mammoflow")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Examples:
  mammoflow doctor                            this machine
  mammoflow doctor --target compose           the stack of this folder's docker-compose.yml (COMPOSE_PROJECT_NAME, COMPOSE_FILE)
  mammoflow doctor --target k8s               what kubectl's current context reaches (KUBECONFIG)
  mammoflow doctor --target gcs gs://b/runs   a bucket, with an object of its own that is removed again

Ends with 1 when something failed.`,
    )
    .action(doctor);
}

async function doctor(store: string | undefined, options: DoctorOptions): Promise<void> {
  if (store !== undefined && options.target !== "gcs")
    throw new UsageError(`${store} is for \`--target gcs\` alone: give both, or neither.`);
  const findings = await examine(options, store);
  if (findings.some(({ state }) => state === "failed")) process.exitCode = 1;
  if (options.json === true) printJson(findings);
  else printFindings(findings);
}

async function examine({ target, namespace }: DoctorOptions, store: string | undefined): Promise<Finding[]> {
  const settings = loadSettings();
  switch (target) {
    case "machine":
      return (await import("../doctor/examine-machine.ts")).examineMachine(settings);
    case "compose":
      return (await import("../doctor/examine-compose.ts")).examineCompose();
    case "k8s":
      return (await import("../doctor/examine-cluster.ts")).examineCluster(namespace);
    case "gcs": {
      const address = store ?? settings.out;
      if (address === undefined)
        throw new UsageError(
          "No bucket to look at: `mammoflow doctor --target gcs gs://bucket/prefix`, or set MAMMOFLOW_OUT.",
        );
      return (await import("../doctor/examine-bucket.ts")).examineBucket(address, settings);
    }
  }
}
