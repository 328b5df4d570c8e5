/** Colours by what they are for. Text colours keep a contrast of at least 4.5 : 1 on the page and on cards (WCAG AA). */
export interface Palette {
  page: string;
  card: string;
  ink: string;
  muted: string;
  line: string;
  accent: string;
  accentSoft: string;
  warm: string;
  warmSoft: string;
}

export const lightPalette: Palette = {
  page: "#f7f8f7",
  card: "#ffffff",
  ink: "#17212b",
  muted: "#55616d",
  line: "#dde2e5",
  accent: "#0d5f7a",
  accentSoft: "#dcebf0",
  warm: "#9a4a12",
  warmSoft: "#f8ebdf",
};

export const darkPalette: Palette = {
  page: "#10161b",
  card: "#182027",
  ink: "#e8edf1",
  muted: "#a5b2bd",
  line: "#2f3a44",
  accent: "#74c3df",
  accentSoft: "#1d3a47",
  warm: "#f0a36b",
  warmSoft: "#3a2a1d",
};

/** The palette as custom properties: `--ink: #17212b; ...` */
export function paletteProperties(palette: Palette): string {
  return Object.entries(palette)
    .map(([name, colour]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}: ${colour};`)
    .join(" ");
}
