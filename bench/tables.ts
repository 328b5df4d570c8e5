import { type Figure, formatMs, ratioOf } from "./figures.ts";
import type { CodecFigures } from "./codecs.ts";
import type { LearningFigures } from "./learning.ts";
import type { ServingFigure, ServingFigures } from "./serving.ts";
import type { SingleCoreFigures } from "./single-core.ts";
import type { WorkerFigures } from "./workers.ts";

/** A table in Markdown, which the terminal shows well enough. */
function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function singleCoreTable({ figures, versions }: SingleCoreFigures): string {
  const others = [...new Set(figures.flatMap(({ others }) => Object.keys(others)))];
  return table(
    [
      "one core, 3518 x 2800 16 bit uncompressed, DICOM to PNG",
      "mammoflow",
      ...others.map((name) => (name === "floor" ? name : `${name}${versions}`)),
    ],
    figures.map((figure) => [
      figure.name,
      formatMs(figure.ours),
      ...others.map((other) => {
        const spread = figure.others[other];
        return spread === undefined ? "-" : `${formatMs(spread)}: **${ratioOf(figure, other)}**`;
      }),
    ]),
  );
}

export function codecTable({ figures, peers }: CodecFigures): string {
  return table(
    ["one core, the same images compressed, DICOM to stored values", "mammoflow", "pydicom's fastest plugin", "ratio"],
    figures.map((figure: Figure) => {
      const [name, spread] = Object.entries(figure.others)[0] ?? ["-", undefined];
      return [
        figure.name,
        formatMs(figure.ours),
        spread === undefined ? "-" : `${formatMs(spread)}, ${peers[figure.name] ?? name}`,
        `**${ratioOf(figure, name)}**`,
      ];
    }),
  );
}

export function workerTable(figures: WorkerFigures): string {
  const { direct, queued, oneProcess, twoProcesses, memoryEarlyMb, memoryLateMb, memoryImages } = figures;
  return table(
    ["around the image", "figure"],
    [
      [
        "a study of four images and its record, called directly / through the queue",
        `${direct.toFixed(1)} ms / ${queued.toFixed(1)} ms: **${(((queued - direct) / direct) * 100).toFixed(1)} %** for the queue`,
      ],
      [
        "`mammoflow preprocess` with one process / two",
        `${oneProcess.toFixed(0)}/s / ${twoProcesses.toFixed(0)}/s: **${(twoProcesses / oneProcess).toFixed(2)}x**`,
      ],
      [`a worker's memory after 100 images / after ${memoryImages}`, `${memoryEarlyMb} MB / **${memoryLateMb} MB**`],
    ],
  );
}

export function learningTable({ figures, headSeconds, allPeakMb, hoursForAll, versions }: LearningFigures): string {
  const compared = table(
    ["all cores, 256 px, an image", "mammoflow", versions],
    figures.map((figure) => {
      const rivals = Object.entries(figure.others).map(
        ([name, spread]) => `${name} ${formatMs(spread)}: **${ratioOf(figure, name)}**`,
      );
      return [figure.name, formatMs(figure.ours), rivals.join("<br>")];
    }),
  );
  const alone = table(
    ["learning", "figure"],
    [
      ["a head, 10 epochs over 16,000 vectors of 512 numbers", `**${headSeconds.toFixed(1)} s**`],
      ["the most memory while every layer of ResNet-18 or MobileNetV2 learns, batches of 16", `${allPeakMb} MB`],
      [
        "all 20,000 images of VinDr-Mammo, four flips, the four backbones of the study, bfloat16: from the rows above",
        `**${hoursForAll.toFixed(1)} h**`,
      ],
    ],
  );
  return `${compared}\n\n${alone}`;
}

export function servingTable({ figures, versions }: ServingFigures): string {
  const peer = (figure: ServingFigure): ServingFigure | undefined =>
    figures.find(
      ({ server, atOnce }) =>
        server === figure.server.replace("mammoflow", "Flask and PyTorch") && atOnce === figure.atOnce,
    );
  return table(
    [
      `MobileNetV2 over HTTP, DICOM of 18 MB${versions === "" ? "" : `; ${versions}`}`,
      "p50",
      "p99",
      "images a second",
      "a second of processor time",
    ],
    figures.map((figure) => {
      const rival = figure.server.startsWith("mammoflow") ? peer(figure) : undefined;
      const ratio = rival ? `, **${(figure.perCore / rival.perCore).toFixed(2)}x**` : "";
      return [
        `${figure.server}, ${figure.atOnce} at once`,
        `${figure.p50Ms.toFixed(0)} ms`,
        `${figure.p99Ms.toFixed(0)} ms`,
        figure.perSecond.toFixed(1),
        `${figure.perCore.toFixed(1)}${ratio}`,
      ];
    }),
  );
}
