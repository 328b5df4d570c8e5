/** How plots, bars, matrices and pictures look; colours come from the palette's properties. */
export const figureStyle = `
figure { margin: 0; } figcaption { font-weight: 600; font-size: 0.95rem; margin-bottom: 8px; }
svg text { font-family: inherit; fill: var(--muted); font-size: 11px; font-variant-numeric: tabular-nums; }
.plot { display: block; width: 100%; max-width: 400px; height: auto; }
.grid { stroke: var(--line); stroke-width: 1; } .axis { stroke: var(--muted); stroke-width: 1; }
.reference { stroke: var(--warm); stroke-width: 1.5; stroke-dasharray: 4 3; fill: none; }
.curve { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; } .curve.second { stroke: var(--muted); stroke-dasharray: 5 3; }
.dot, .curve.dot { fill: var(--accent); stroke: none; } .curve.second.dot { fill: var(--muted); }
.area { fill: var(--accent-soft); opacity: 0.55; } .point { fill: var(--card); stroke: var(--ink); stroke-width: 2; }
.chosen { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 2 3; }
.plot .note { fill: var(--warm); font-size: 10.5px; }
.key { font-weight: 400; font-size: 0.82rem; color: var(--muted); margin-left: 12px; white-space: nowrap; }
.key::before { content: ""; display: inline-block; width: 18px; border-top: 2px solid var(--accent); vertical-align: middle; margin-right: 5px; }
.key.second::before { border-top: 2px dashed var(--muted); }
.intervals { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 20px 12px; }
.interval { display: grid; grid-template-columns: minmax(0, 13.5em) minmax(0, 1fr) 3em; gap: 12px; align-items: center; font-size: 0.92rem; }
.interval .who { line-height: 1.25; padding: 5px 0; } .interval small { display: block; color: var(--muted); font-size: 0.8rem; overflow-wrap: anywhere; }
.interval.best .who { font-weight: 640; } .interval.best small { font-weight: 400; }
.interval .number { text-align: right; font-variant-numeric: tabular-nums; } .interval.best .number { font-weight: 640; }
.interval.scale .number { visibility: hidden; }
.lane { position: relative; align-self: stretch; min-height: 30px; } .track { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.whisker { stroke: var(--muted); stroke-width: 3; stroke-linecap: round; opacity: 0.65; } .best .whisker { stroke: var(--accent); opacity: 1; }
.seed { fill: var(--card); stroke: var(--muted); stroke-width: 1.2; } .key-ring { display: inline-block; width: 7px; height: 7px; border: 1.2px solid var(--muted); border-radius: 50%; margin: 0 3px 1px 12px; }
.estimate { fill: var(--muted); } .best .estimate { fill: var(--accent); }
.reading { margin: 4px 0 0; color: var(--muted); font-size: 0.85rem; } .key-line { display: inline-block; width: 18px; border-top: 2px dashed var(--warm); vertical-align: middle; margin-right: 5px; }
.bar { display: grid; grid-template-columns: 6em minmax(0, 1fr) 8em; gap: 10px; align-items: center; font-size: 0.88rem; padding: 2px 0; }
.bar svg { width: 100%; display: block; } .bar .number { text-align: right; font-variant-numeric: tabular-nums; } .bar small { color: var(--muted); display: inline-block; min-width: 4em; }
.rail { fill: var(--line); opacity: 0.6; } .fill { fill: var(--muted); } .balance .fill { fill: var(--accent); } .balance .bar:nth-child(2) .fill { fill: var(--warm); }
.strip { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 250px), 1fr)); gap: 16px; }
.before-after > div { display: grid; grid-template-columns: 1fr 1fr; gap: 2px; background: #000; border-radius: 8px; overflow: hidden; align-items: stretch; }
.before-after img { display: block; width: 100%; height: 100%; object-fit: contain; background: #000; aspect-ratio: 1; }
.before-after figcaption { font-weight: 400; color: var(--muted); font-size: 0.85rem; margin: 6px 0 0; }
.steps { columns: 2 24em; font-size: 0.92rem; margin-top: 20px; } .steps li { break-inside: avoid; }
.chips { display: flex; flex-wrap: wrap; gap: 6px; margin: 0 0 16px; } .chips span { background: var(--accent-soft); border-radius: 99px; padding: 1px 11px; font-size: 0.82rem; }
.facts { margin: 6px 0 0; color: var(--muted); font-size: 0.88rem; overflow-wrap: anywhere; }
.model-grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 28px 32px; } .model-grid.sheet { padding-top: 18px; padding-bottom: 20px; } .model-line .model-grid { grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)); }
.metrics { font-size: 0.92rem; align-self: start; grid-row: span 2; } .metrics small { color: var(--muted); font-weight: 400; } .metrics td, .metrics th { padding: 6px 8px 6px 0; } .metrics tr:first-child > * { border-top: 0; } .metrics td { font-weight: 600; } .metrics .interval-text { font-weight: 400; color: var(--muted); white-space: nowrap; text-align: right; padding-right: 0; }
.confusion { table-layout: fixed; } .confusion th { color: var(--muted); font-size: 0.82rem; padding: 6px; vertical-align: middle; border: 0; } .confusion thead th { text-align: center; } .confusion thead td { border: 0; width: 5.2em; }
.confusion tbody td { border: 3px solid var(--card); border-radius: 8px; text-align: center; padding: 14px 4px; background: color-mix(in srgb, var(--accent-soft) var(--share), var(--page)); }
.confusion strong { display: block; font-size: 1.25rem; font-weight: 620; } .confusion td span { display: block; font-size: 0.9rem; } .confusion small { display: block; color: var(--muted); font-size: 0.8rem; }
@media screen and (max-width: 900px) { .interval { grid-template-columns: minmax(0, 8.2em) minmax(0, 1fr) 2.8em; gap: 8px; } .intervals { padding: 14px; } .bar { grid-template-columns: 5.6em minmax(0, 1fr) 7.6em; gap: 8px; } }
@media print { .model-grid { grid-template-columns: repeat(3, 1fr); gap: 14px 18px; } .metrics { font-size: 8pt; } .metrics td, .metrics th { padding: 3px 4px 3px 0; } .pair { grid-template-columns: 1fr 1fr; } .interval { grid-template-columns: minmax(0, 8em) minmax(0, 1fr) 3em; font-size: 9pt; } .splits { grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); } .bar { grid-template-columns: 5em minmax(0, 1fr) 7.8em; font-size: 8pt; gap: 5px; } .strip { grid-template-columns: repeat(4, 1fr); gap: 8px; } .steps { margin-top: 10px; } .plot { max-height: 42mm; } .confusion tbody td { padding: 3px 1px; } .confusion th { padding: 2px; font-size: 7pt; } .confusion thead td { width: 4.4em; } .confusion strong { font-size: 10pt; } .confusion td span, .confusion small { font-size: 7.5pt; } .metrics th { font-size: 8pt; } figcaption { font-size: 9pt; margin-bottom: 3px; } .comparison { font-size: 9pt; } }
`;
