import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CodecFigures } from "./codecs.ts";
import type { Figure } from "./figures.ts";
import type { SingleCoreFigures } from "./single-core.ts";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const end = "<!-- end -->";

/** Puts tables between the two marks that the project's README has for a part. */
export function writeReadme(part: "imaging" | "learning", text: string): void {
  const begin = `<!-- ${part}: made by \`npm run bench -- --write\` -->`;
  const readme = readFileSync(at("../README.md"), "utf8");
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`README.md lacks the marks ${begin} and ${end}`);
  writeFileSync(at("../README.md"), `${readme.slice(0, from)}${begin}\n\n${text}\n\n${readme.slice(to)}`);
}

interface Bar {
  label: string;
  ratio: number;
}

const rowPx = 26;
const labelPx = 250;
const unitPx = 100;
const paper = "#ffffff";
const ink = "#1d2733";
const ours = "#2f6f9f";
const behind = "#b4622d";

/** Writes docs/images/speed.svg: how many times as many images a second as the fastest Python of each kind. */
export function writeChart(singleCore: SingleCoreFigures, codecs: CodecFigures): void {
  const bars = [...singleCore.figures, ...codecs.figures].map(barOf);
  const most = Math.max(...bars.map(({ ratio }) => ratio));
  const width = labelPx + most * unitPx + 70;
  const height = bars.length * rowPx + 60;
  const line = labelPx + unitPx;
  const rows = bars.map(({ label, ratio }, index) => {
    const y = 34 + index * rowPx;
    return `<text x="${labelPx - 10}" y="${y + 14}" text-anchor="end">${label}</text>
<rect x="${labelPx}" y="${y}" width="${(ratio * unitPx).toFixed(1)}" height="18" fill="${ratio >= 1 ? ours : behind}"/>
<text x="${(labelPx + ratio * unitPx + 6).toFixed(1)}" y="${y + 14}">${ratio.toFixed(2)}x</text>`;
  });
  writeFileSync(
    at("../docs/images/speed.svg"),
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width.toFixed(0)} ${height}" font-family="system-ui, sans-serif" font-size="13" fill="${ink}" role="img" aria-label="Images a second on one core, relative to the fastest Python for each">
<rect width="100%" height="100%" fill="${paper}"/>
<text x="${labelPx}" y="20" font-weight="600">Images a second on one core, relative to the fastest Python</text>
${rows.join("\n")}
<line x1="${line}" y1="28" x2="${line}" y2="${height - 22}" stroke="${ink}" stroke-dasharray="3 3"/>
<text x="${line}" y="${height - 8}" text-anchor="middle">as fast</text>
</svg>
`,
  );
}

function barOf({ name, ours: own, others }: Figure): Bar {
  const best = Object.entries(others).find(([other]) => other !== "floor")?.[1];
  return { label: name.replaceAll("`", ""), ratio: best === undefined ? 0 : best.median / own.median };
}
