import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/** What axe-core calls serious or critical on a page: `rule: element`. */
export async function faultsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>("axe.run()");
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
