import { sumEnergy } from "@mammoflow/runtime";
import { energyBasis, energyInWords } from "../energy-in-words.ts";
import { formatCount, formatDuration } from "../format.ts";
import { markup, type Markup } from "../markup.ts";
import type { RunSummary } from "../run-summary.ts";

/** What the run took: energy, carbon, cost; by stage and in all. Null where nothing was recorded. */
export function energySection({ energy = [] }: RunSummary): Markup | null {
  const whole = sumEnergy(energy.map((stage) => stage.energy));
  if (whole === undefined) return null;
  const rows = energy.map(
    ({ name, jobs, energy: used }) =>
      markup`<tr><th scope="row">${name}</th><td>${formatCount(jobs)} job${jobs === 1 ? "" : "s"}, ${formatDuration(used.seconds)}, ${energyInWords(used)}</td></tr>`,
  );
  return markup`<section id="energy"><h2>Energy</h2>
<p class="lead">The whole run: ${energyInWords(whole)}. ${energyBasis(whole)}</p>
<div class="sheet"><table class="properties"><tbody>${rows}</tbody></table></div></section>`;
}
