import { UsageError } from "@mammoflow/runtime";
import type { ServedModel } from "@mammoflow/serving";
import type { Command } from "commander";
import { askAboutFiles } from "../ask-about-files.ts";
import { openChosenModel } from "../open-chosen-model.ts";
import { predictionLines, reviewLine } from "../prediction-text.ts";
import { print, printJson } from "../terminal.ts";

interface PredictOptions {
  model?: string;
  out?: string;
  exam?: boolean;
  server?: string;
  json?: boolean;
}

export function configure(command: Command): void {
  command
    .argument("<file...>", "DICOM, PNG or JPEG files, as paths or gs://bucket/name")
    .option("--model <run/experiment>", "without it the promoted model of --out")
    .option("--out <folder|gs://...>", "the store of the runs; unset: the queue knows where a named model's run lies")
    .option("--server <url>", "ask a server: files are prepared here, and pixels alone are sent")
    .option("--exam", "take the files, up to four, as one exam of one patient")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  mammoflow predict image.dicom --out runs\n  mammoflow predict l-cc.dcm l-mlo.dcm r-cc.dcm r-mlo.dcm --exam --out runs --model demo-20260101-120000/resnet18-sampler-head-s1\n  mammoflow predict image.dicom --server https://models.example\n\nImages go through the model's own recipe; nothing of them is kept. A server that asks for a key is\nshown that of MAMMOFLOW_API_KEY.\nResearch use only. Human review required.",
    )
    .action(predict);
}

async function predict(files: string[], options: PredictOptions): Promise<void> {
  const { exam = false, json = false } = options;
  if (exam && files.length > 4)
    throw new UsageError(`${files.length} files are no exam: give up to four of one patient, or leave out --exam.`);
  const questions = exam ? [files] : files.map((file) => [file]);
  const { answers, failures } = await askAboutFiles(open(options), questions, async (model, images) =>
    model.predict(images),
  );
  if (json) printJson({ answers: answers.map(({ files: asked, answer }) => ({ files: asked, ...answer })), failures });
  else if (answers.length > 0) {
    for (const { files: asked, answer } of answers) print(predictionLines(asked, answer).join("\n"));
    print(reviewLine(answers.map(({ answer }) => answer)));
  }
  if (failures.length > 0) process.exitCode = 1;
}

async function open({
  server,
  model,
  out,
  exam,
}: PredictOptions): Promise<Pick<ServedModel, "ready" | "predict" | "close">> {
  if (server === undefined) return openChosenModel({ model, out });
  if (model !== undefined || out !== undefined)
    throw new UsageError("A server answers with its own model: leave out --model and --out, or --server.");
  if (exam === true)
    throw new UsageError(
      "An exam's breasts are told by the side in the headers, which are not sent: leave out --exam, or --server.",
    );
  return (await import("../open-server-model.ts")).openServerModel(server);
}
