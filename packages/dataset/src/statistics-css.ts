/** The look of the data set's page: one accent for each split, darker for malignant; paper has no background. */
export const statisticsCss = `
:root {
  color-scheme: light dark;
  --ink: #1c2330; --soft: #667085; --line: #dfe3ea; --paper: #ffffff; --panel: #f6f7f9;
  --training: #6b8fb8; --test: #dba365; --training-malignant: #274c77; --test-malignant: #a4601a;
  --good: #2e7d4f; --bad: #b3442f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e7eaf0; --soft: #9aa4b5; --line: #2f3744; --paper: #14181f; --panel: #1c222c;
    --training: #4a6c94; --test: #a3743f; --training-malignant: #9cc3ef; --test-malignant: #f5bd7b;
    --good: #6cc08f; --bad: #ef8d78;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 32px 24px 48px; }
h1 { font-size: 26px; margin: 0; }
h2 { font-size: 18px; margin: 32px 0 8px; }
.path { color: var(--soft); margin: 2px 0 10px; overflow-wrap: anywhere; font-family: ui-monospace, monospace; font-size: 13px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 12px; margin: 20px 0; }
.figures div { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px; }
.figures strong { display: block; font-size: 24px; font-variant-numeric: tabular-nums; }
.figures span, small { color: var(--soft); font-size: 13px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin: 0 0 24px; }
th, td { padding: 6px 12px; border-bottom: 1px solid var(--line); text-align: right; }
th[scope="row"] { text-align: left; font-weight: 500; }
thead th { color: var(--soft); font-weight: 500; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(480px, 100%), 1fr)); gap: 20px; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 8px; padding: 14px 16px; break-inside: avoid; }
figcaption { color: var(--soft); font-size: 13px; margin-bottom: 10px; }
figcaption b { color: var(--ink); font-size: 15px; margin-right: 6px; }
figcaption i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-left: 6px; }
figcaption .legend { white-space: nowrap; }
svg { width: 100%; height: auto; display: block; }
svg text { font: 13px system-ui, "Segoe UI", sans-serif; fill: var(--ink); }
svg text.value { font-size: 12px; fill: var(--soft); }
.training { fill: var(--training); background: var(--training); }
.test { fill: var(--test); background: var(--test); }
.training.malignant { fill: var(--training-malignant); }
.test.malignant { fill: var(--test-malignant); }
ul { padding-left: 20px; }
li { margin: 6px 0; }
li::marker { color: var(--soft); }
li.good::marker { content: "✓  "; color: var(--good); }
li.bad::marker { content: "!  "; color: var(--bad); }
@media print {
  :root { --panel: #ffffff; }
  main { max-width: none; padding: 0; }
  rect, i { print-color-adjust: exact; }
  section { break-inside: avoid; }
}
`;
