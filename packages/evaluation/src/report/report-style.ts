import { darkPalette, lightPalette, paletteProperties } from "./palette.ts";
import { explanationsStyle } from "../explanations/explanations-style.ts";
import { figureStyle } from "./figure-style.ts";
import { treeStyle } from "./tree-style.ts";

/** The page's style sheet: system fonts, one accent colour, cards on a quiet ground. */
export const reportStyle = `
:root { ${paletteProperties(lightPalette)} color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { ${paletteProperties(darkPalette)} } }
@media print { :root { ${paletteProperties({ ...lightPalette, page: "#ffffff" })} color-scheme: light; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; }
main, .masthead, footer { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
section { margin: 0 0 64px; scroll-margin-top: 64px; }
h1, h2, h3, h4 { line-height: 1.2; text-wrap: balance; margin: 0; font-weight: 640; letter-spacing: -0.012em; }
h1 { font-size: clamp(1.75rem, 4.2vw, 2.75rem); max-width: 24ch; margin: 36px 0 16px; }
h2 { font-size: 1.6rem; margin-bottom: 8px; }
h3 { font-size: 1.15rem; margin: 32px 0 12px; }
h4 { font-size: 0.85rem; color: var(--muted); margin: 18px 0 6px; letter-spacing: 0; }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 3px; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
code { font: 0.9em ui-monospace, "SF Mono", Menlo, "Liberation Mono", monospace; background: var(--accent-soft); padding: 0.1em 0.35em; border-radius: 4px; overflow-wrap: anywhere; }
li { margin: 0 0 8px; max-width: 78ch; }
ul, ol { padding-left: 1.2em; }
.masthead { display: flex; flex-wrap: wrap; gap: 8px 32px; align-items: baseline; justify-content: space-between; padding-top: 22px; padding-bottom: 14px; }
.masthead .name { margin: 0; font-weight: 680; } .masthead .name span { font-weight: 400; color: var(--muted); margin-left: 10px; overflow-wrap: anywhere; }
nav, .links { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0; font-size: 0.9rem; } nav a { text-decoration: none; padding: 4px 0; } nav a:hover { text-decoration: underline; }
nav { position: sticky; top: 0; z-index: 1; padding: 8px max(24px, 50% - 566px); background: var(--page); border-bottom: 1px solid var(--line); }
.notice { margin: 8px 0 0; padding: 10px 16px; border-left: 3px solid var(--warm); background: var(--warm-soft); border-radius: 0 6px 6px 0; font-size: 0.95rem; }
.notice strong { color: var(--warm); }
.verdict { font-size: 1.08rem; max-width: 74ch; } .verdict p { margin: 0 0 8px; }
.lead { color: var(--muted); max-width: 74ch; margin: 0 0 20px; }
.remark { font-size: 0.92rem; color: var(--muted); max-width: 90ch; } .remark strong { color: var(--ink); }
.sheet { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 8px 20px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 28px 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 18px; }
.tile dt { color: var(--muted); font-size: 0.88rem; } .tile dd { margin: 0; }
.tile strong { display: block; font-size: 1.7rem; font-weight: 620; letter-spacing: -0.02em; line-height: 1.3; font-variant-numeric: tabular-nums; }
.tile span { color: var(--muted); font-size: 0.85rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)); gap: 16px; }
.splits { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 16px; }
.split { padding: 18px 20px; } .split h3 { margin: 0; } .counts { margin: 2px 0 12px; color: var(--muted); font-size: 0.9rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; } thead th { color: var(--muted); font-size: 0.85rem; padding: 10px 10px 8px 0; }
td, tbody th { padding: 8px 10px 8px 0; border-top: 1px solid var(--line); vertical-align: top; }
.choice { display: flex; flex-wrap: wrap; gap: 10px 20px; margin: 0 0 14px; font-size: 0.92rem; } .choice label { color: var(--muted); }
.choice select { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--muted); border-radius: 6px; padding: 3px 6px; max-width: 100%; } .choice select:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media screen and (min-width: 901px) {
  .comparison { display: grid; grid-template-columns: minmax(11em, 1fr) repeat(6, max-content) max-content; } .comparison thead, .comparison tbody, .comparison tr { display: grid; grid-template-columns: subgrid; grid-column: 1 / -1; }
  .comparison .group th { grid-column: 1 / -1; } .comparison .reason { grid-column: 2 / -1; } .comparison td, .comparison th { padding-right: 18px; }
}
.comparison th small { display: block; color: var(--muted); font-size: 0.85rem; }
.comparison td small { display: block; color: var(--muted); font-size: 0.78rem; white-space: nowrap; }
.comparison .group th { font-weight: 640; padding-top: 22px; border-top: 0; } .comparison .model th a { text-decoration-color: var(--line); }
.comparison tbody:first-of-type .group th { padding-top: 12px; }
.comparison .reason { color: var(--muted); }
.comparison .published, .comparison .published th { color: var(--muted); font-style: italic; }
.comparison .clears { color: var(--muted); font-size: 0.9rem; } .comparison .clears.yes { color: var(--accent); font-weight: 600; }
.figures { font-size: 0.92rem; } .figures td small, .figures th small { display: block; color: var(--muted); font-size: 0.78rem; white-space: nowrap; } .figures th small, .figures small.between { white-space: normal; } .pair > .sheet { align-self: start; } .verdict + .pair { margin-top: 28px; } .figures td { overflow-wrap: anywhere; } .figures .chance { white-space: nowrap; }
.figures .group th { font-weight: 640; padding-top: 20px; border-top: 0; } .figures .chosen { background: var(--accent-soft); } .figures .chosen th { font-weight: 640; padding-left: 8px; }
.figures .small td, .figures .small th { color: var(--muted); } .figures .gap td, .figures .gap th { border-top-style: dashed; } .mark { background: var(--warm-soft); color: var(--warm); border-radius: 99px; padding: 0 8px; font-size: 0.75rem; white-space: nowrap; }
.reasons td:nth-child(2) { width: 6em; } .reasons td { overflow-wrap: anywhere; }
.properties th { color: var(--muted); width: 30%; overflow-wrap: anywhere; } .properties td { overflow-wrap: anywhere; } .properties tr:first-child > * { border-top: 0; }
details { margin: 8px 0; } summary { cursor: pointer; color: var(--accent); overflow-wrap: anywhere; padding: 4px 0; }
.model-line { margin: 0; padding-top: 3px; padding-bottom: 3px; border-radius: 0; border-top-width: 0; } .model-line:first-of-type { border-top-width: 1px; border-radius: 10px 10px 0 0; } .model-line:last-of-type { border-radius: 0 0 10px 10px; }
.model-line summary { color: var(--ink); display: grid; grid-template-columns: 1em minmax(0, 1fr) 11.5em 11em 12.5em; gap: 4px 14px; align-items: baseline; padding: 6px 0; } .model-line summary::before { content: "▸"; color: var(--accent); } .model-line[open] summary::before { content: "▾"; } .model-line summary::-webkit-details-marker { display: none; }
.model-line .who { font-weight: 500; } .model-line .who small { font-weight: 400; } .model-line small { color: var(--muted); font-size: 0.82rem; } .model-line .number { font-variant-numeric: tabular-nums; } .model-line .model-grid { padding: 14px 0 20px; scroll-margin-top: 140px; } .model-line .figures { margin-bottom: 24px; }
footer { color: var(--muted); font-size: 0.88rem; padding-bottom: 48px; }
${figureStyle}${explanationsStyle}
${treeStyle}
@media screen and (max-width: 900px) {
  main, .masthead, footer { padding-left: 16px; padding-right: 16px; }
  section { margin-bottom: 48px; }
  .tiles { grid-template-columns: 1fr 1fr; } .tile { padding: 12px 14px; } .tile strong { font-size: 1.35rem; }
  .sheet { padding: 6px 14px; } nav { position: static; padding: 6px 16px; } section { scroll-margin-top: 16px; }
  .model-line summary { grid-template-columns: 1em repeat(3, minmax(0, 1fr)); } .model-line .who { grid-column: 2 / -1; } .model-line .number:nth-child(2) { grid-column-start: 2; } .model-line .number small { display: block; }
  .comparison, .comparison tbody, .reasons, .reasons tbody { display: block; }
  .comparison thead, .reasons thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .comparison tr { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px 12px; padding: 12px 0; border-top: 1px solid var(--line); }
  .comparison tr.group { display: block; padding: 20px 0 8px; border-top: 0; } .comparison tbody:first-of-type tr.group { padding-top: 8px; }
  .comparison tr.group + tr { border-top: 0; padding-top: 0; }
  .comparison tr > * { display: block; border: 0; padding: 0; } .comparison tbody th { grid-column: 1 / -1; } .comparison .group th { padding: 0 !important; }
  .comparison td::before { content: attr(data-label); display: block; color: var(--muted); font-size: 0.75rem; font-style: normal; font-weight: 400; }
  .comparison .clears { grid-column: 1 / -1; } .comparison .clears:empty { display: none; }
  .figures, .figures tbody { display: block; } .figures thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .figures tr { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px 12px; padding: 12px 0; border-top: 1px solid var(--line); } .figures tr > * { display: block; border: 0; padding: 0; min-width: 0; overflow-wrap: anywhere; } .figures tbody th { grid-column: 1 / -1; }
  .figures tr.group { display: block; padding: 18px 0 8px; border-top: 0; } .figures .group th { padding: 0; } .figures tr.chosen { padding: 12px 8px; border-radius: 6px; } .figures .chosen th { padding-left: 0; } .figures td:empty { display: none; } .figures td small { white-space: normal; }
  .figures td::before { content: attr(data-label); display: block; color: var(--muted); font-size: 0.75rem; }
  .reasons tr { display: block; padding: 10px 0; border-top: 1px solid var(--line); } .reasons td { display: block; border: 0; padding: 0 0 4px; width: auto !important; }
  .reasons td::before { content: attr(data-label); display: block; color: var(--muted); font-size: 0.75rem; }
  .properties th { width: 42%; }
}
@media print {
  @page { size: A4; margin: 14mm; }
  body { font-size: 10.5pt; } nav, .choice, .links { display: none; } details::details-content { display: block; content-visibility: visible; block-size: auto; } .model-line { break-inside: avoid; } .model-line summary { grid-template-columns: minmax(0, 1fr) auto auto auto; font-size: 9pt; } .model-line summary::before { display: none; } .model-line .model-grid { grid-template-columns: 1fr 1fr; padding: 4px 0 8px; gap: 12px; } main, .masthead, footer { padding: 0; max-width: none; } h1 { font-size: 22pt; margin-top: 18px; } .verdict { font-size: 11pt; } .tiles { grid-template-columns: repeat(4, 1fr); margin: 14px 0; } .tile strong { font-size: 14pt; }
  section { margin-bottom: 28px; } .sheet, .tile, figure, .interval, tr, .notice { break-inside: avoid; } h2, h3, thead, .lead { break-after: avoid; } p { break-inside: avoid; } #comparison, #models { break-before: page; } .comparison .clears { white-space: nowrap; font-size: 8pt; } .comparison, .figures, .scores { font-size: 8pt; } .comparison small, .figures td small, .figures th small { font-size: 6.5pt; } .comparison td small, .figures td small { white-space: normal; } td, tbody th { padding: 4px 6px 4px 0; } thead th { font-size: 7.5pt; padding: 4px 6px 4px 0; }
  .sheet { padding: 4px 14px; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
