/** How pictures with heat maps and the scores of the maps look. */
export const explanationsStyle = `
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr)); gap: 20px; }
.explained img { display: block; width: 100%; height: auto; background: #10161b; border-radius: 8px; }
.explained figcaption { font-weight: 400; margin: 8px 0 0; color: var(--muted); font-size: 0.9rem; } .explained figcaption strong { color: var(--ink); }
.explained small { display: block; font-size: 0.85rem; } .explained code { font-size: 0.78rem; }
.scores td { white-space: nowrap; } .scores tbody th { padding-right: 16px; } .scores .group th { font-weight: 640; padding-top: 20px; border-top: 0; } .scores tbody:first-of-type .group th { padding-top: 12px; }
.scores .own th, .scores .own td { font-weight: 600; color: var(--accent); }
@media print { .gallery { grid-template-columns: 1fr 1fr; } .explained { break-inside: avoid; } }
`;
