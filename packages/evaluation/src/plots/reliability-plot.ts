import { formatCount, formatShare } from "../format.ts";
import type { Calibration, CalibrationFigures } from "../judgement/calibration.ts";
import { markup, type Markup } from "../markup.ts";
import { linePath, plot, shareAxis, type Frame } from "./axes.ts";

/**
 * The reliability curve: in each bin of probability, the share of cases that are malignant; the larger a dot, the more
 * cases. As the model gives its probabilities, and after slope and intercept from validation.
 */
export function reliabilityPlot({ asGiven, slopeAndIntercept }: Calibration): Markup {
  const axes = {
    x: shareAxis("Probability"),
    y: shareAxis("Share malignant"),
    description: `Reliability curve; expected calibration error ${formatShare(asGiven.eceEqualWidth)} as given${slopeAndIntercept === null ? "" : `, ${formatShare(slopeAndIntercept.eceEqualWidth)} after correction`}`,
  };
  return plot(
    axes,
    (frame) => markup`<path class="reference" d="M${frame.x(0)} ${frame.y(0)}L${frame.x(1)} ${frame.y(1)}"/>
${slopeAndIntercept && curveMarks(frame, slopeAndIntercept, "curve second")}${curveMarks(frame, asGiven, "curve")}`,
  );
}

function curveMarks({ x, y }: Frame, { curve }: CalibrationFigures, style: string): Markup {
  const places = curve.map(({ meanProbability, malignantShare }): [number, number] => [
    x(meanProbability),
    y(malignantShare),
  ]);
  const most = Math.max(...curve.map(({ cases }) => cases));
  return markup`<path class="${style}" d="${linePath(places)}"/>${curve.map(({ cases, meanProbability, malignantShare }) => markup`<circle class="${style} dot" cx="${x(meanProbability)}" cy="${y(malignantShare)}" r="${Math.round(10 * (1.5 + 4 * Math.sqrt(cases / most))) / 10}"><title>${formatCount(cases)} cases: probability ${formatShare(meanProbability)}, malignant ${formatShare(malignantShare)}</title></circle>`)}`;
}
