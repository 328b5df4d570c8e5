import { basename } from "node:path";
import { darkPalette, lightPalette, markup, paletteProperties, type Markup } from "@mammoflow/evaluation";
import { drawStage } from "@mammoflow/imaging";
import { boxInWords, boxShown, boxesOf, factsOf, findingTitle, type InspectedFile } from "./inspected-file.ts";

/** One page with everything about an inspected image; asks nothing of the network. */
export async function inspectionHtml(inspected: InspectedFile): Promise<string> {
  const { file, inspection, findings } = inspected;
  const { stages, warnings } = inspection;
  const pictures = await Promise.all(stages.map((stage) => drawStage(stage, boxesOf(inspected))));
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${basename(file)}: every step</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${basename(file)}</h1>
<p class="path">${file}</p>
${warnings.length > 0 && markup`<ul class="warnings">${warnings.map((warning) => markup`<li>${warning}</li>`)}</ul>`}
<h2>Every step</h2>
<div class="stages">${stages.map(
    ({ name, description, widthPx, heightPx }, index) => markup`<figure>
<img src="data:image/png;base64,${pictures[index]?.toString("base64")}" alt="after step ${index}, ${name}">
<figcaption><b>${index} ${name}</b> ${widthPx} x ${heightPx} px<br>${description}</figcaption>
</figure>`,
  )}</div>
${findings.length > 0 && findingsTable(inspected)}
<h2>Stored values</h2>
${histogramPlot(inspected)}
<h2>Header</h2>
<table>${factsOf(inspected).map(([name, value]) => markup`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</table>
</main>
</body>
</html>
`;
  return page.text;
}

function findingsTable(inspected: InspectedFile): Markup {
  return markup`<h2>Findings</h2>
<table><thead><tr><th scope="col">finding</th><th scope="col">in the file</th><th scope="col">in the output</th></tr></thead>
<tbody>${inspected.findings.map((finding) => {
    const shown = boxShown(inspected, finding);
    return markup`<tr><th scope="row">${findingTitle(finding)}</th><td>${finding.box ? boxInWords(finding.box) : "no box"}</td><td>${shown ? boxInWords(shown) : "not to be seen"}</td></tr>`;
  })}</tbody></table>`;
}

const plot = { width: 640, height: 120 };

/** Logarithmic: air is most of a mammogram. */
function histogramPlot({ inspection }: InspectedFile): Markup {
  const { low, high, counts } = inspection.histogram;
  const most = Math.log1p(Math.max(...counts));
  const barWidth = plot.width / counts.length;
  const bars = counts.map((count, index) => {
    const height = (Math.log1p(count) / most) * plot.height;
    return markup`<rect x="${(index * barWidth).toFixed(2)}" y="${(plot.height - height).toFixed(2)}" width="${(barWidth * 0.86).toFixed(2)}" height="${height.toFixed(2)}"/>`;
  });
  return markup`<figure class="plot"><svg viewBox="0 0 ${plot.width} ${plot.height}" role="img" aria-label="how often the stored values occur, logarithmic">${bars}</svg>
<figcaption><span>${low}</span><span>how often they occur, logarithmic</span><span>${high}</span></figcaption></figure>`;
}

const style = markup`
:root { ${paletteProperties(lightPalette)} color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { ${paletteProperties(darkPalette)} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", sans-serif; }
main { max-width: 1400px; margin: 0 auto; padding: 32px 24px 56px; }
h1 { font-size: 26px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 36px 0 12px; }
.path { color: var(--muted); margin: 2px 0 0; overflow-wrap: anywhere; }
.warnings { margin: 16px 0 0; padding: 10px 16px 10px 34px; border-left: 3px solid var(--warm); background: var(--warm-soft); }
.stages { display: flex; gap: 12px; align-items: stretch; overflow-x: auto; padding-bottom: 8px; }
.stages figure { flex: 1 0 168px; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px; break-inside: avoid; }
.stages img { display: block; width: 100%; height: 240px; object-fit: contain; background: #10161b; border-radius: 4px; }
figcaption { color: var(--muted); font-size: 13px; margin-top: 10px; }
figcaption b { color: var(--ink); font-size: 15px; margin-right: 6px; white-space: nowrap; }
.plot { max-width: 700px; }
.plot svg { display: block; width: 100%; height: auto; fill: var(--accent); }
.plot figcaption { display: flex; justify-content: space-between; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: var(--muted); }
th, td { padding: 6px 28px 6px 0; border-top: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
@media print { .stages { flex-wrap: wrap; overflow: visible; } }
`;
