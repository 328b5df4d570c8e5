/** Indented by little enough that four levels can be read on a phone. */
export const treeStyle = `
.tree-card { padding: 20px 24px 24px; margin: 20px 0; } .tree-card h3 { margin: 0; }
.tree, .tree ol, .importance { list-style: none; margin: 0; padding: 0; } .tree { margin-top: 16px; }
.tree ol { margin-left: 10px; padding-left: 14px; border-left: 2px solid var(--line); }
.tree li { max-width: 46em; margin: 8px 0 0; break-inside: avoid; } .tree .node { padding: 8px 12px 10px; border: 1px solid var(--line); border-radius: 8px; }
.tree p { margin: 0; line-height: 1.35; font-weight: 600; } .tree .count { font-weight: 400; color: var(--muted); font-size: 0.88rem; font-variant-numeric: tabular-nums; margin-bottom: 4px; }
.tree svg, .importance svg { display: block; } .tree .fill { fill: var(--warm); }
.importance { max-width: 46em; } .importance li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 2px 12px; margin: 8px 0 0; font-size: 0.92rem; max-width: none; } .importance .number { font-variant-numeric: tabular-nums; } .importance svg { grid-column: 1 / -1; } .importance .fill { fill: var(--accent); }
@media screen and (max-width: 900px) { .tree-card { padding: 16px 14px; } .tree ol { margin-left: 4px; padding-left: 8px; } }
`;
