import type { Random } from "./random.ts";

/** What a maker's images look like as files. Sizes, shares and encodings are those of VinDr-Mammo. */
export interface Maker {
  /** Share of the studies. */
  share: number;
  manufacturer: string;
  manufacturerModelName: string;
  rows: number;
  columns: number;
  bitsStored: number;
  photometricInterpretation: "MONOCHROME1" | "MONOCHROME2";
  /** Stored values of no and of full brightness (before MONOCHROME1's inversion). */
  levels: { dark: number; bright: number };
  /** Widths of the windows in shares of `bright - dark`; the first shows all of the breast. */
  windowWidths: readonly number[];
  pixelPadding?: number;
  /** Siemens burns a text such as `R-MLO` into the pixels beside the breast. */
  hasBurntInLabel: boolean;
}

/** Of all three, at scale 1. */
export const pixelSpacingMm = 0.085;

export const makers: readonly [Maker, ...Maker[]] = [
  {
    share: 76,
    manufacturer: "SIEMENS",
    manufacturerModelName: "Mammomat Inspiration",
    rows: 3518,
    columns: 2800,
    bitsStored: 12,
    photometricInterpretation: "MONOCHROME2",
    levels: { dark: 0, bright: 3900 },
    windowWidths: [1],
    hasBurntInLabel: true,
  },
  {
    share: 19,
    manufacturer: "Planmed",
    manufacturerModelName: "Planmed Nuance",
    rows: 2812,
    columns: 2012,
    bitsStored: 14,
    photometricInterpretation: "MONOCHROME1",
    levels: { dark: 300, bright: 15800 },
    windowWidths: [1],
    hasBurntInLabel: false,
  },
  {
    share: 5,
    manufacturer: "IMS s.r.l.",
    manufacturerModelName: "GIOTTO IMAGE 3DL",
    rows: 3580,
    columns: 2700,
    bitsStored: 13,
    photometricInterpretation: "MONOCHROME2",
    levels: { dark: 40, bright: 7600 },
    windowWidths: [1, 0.8, 0.6],
    pixelPadding: 0,
    hasBurntInLabel: false,
  },
];

/** The windows of one image, with the small differences in centre that real ones have. */
export function drawWindows(maker: Maker, random: Random): { center: number; width: number }[] {
  const range = maker.levels.bright - maker.levels.dark;
  const top = 2 ** maker.bitsStored - 1;
  const middle = maker.levels.dark + range * random.between(0.48, 0.52);
  const center = maker.photometricInterpretation === "MONOCHROME1" ? top - middle : middle;
  return maker.windowWidths.map((share) => ({ center: Math.round(center), width: Math.round(range * share) }));
}
