import assert from "node:assert/strict";
import {
  drawRows,
  parseRunSummary,
  renderReport,
  pointAt,
  type Pointing,
  renderExplanations,
  scorePointing,
  scoreRemoval,
} from "@mammoflow/evaluation";
import { runSummaryFixture } from "../fixtures/run-summary.ts";
import { meanEstimates } from "../../packages/evaluation/src/explanations/mean-estimates.ts";
import { explanationsVerdict } from "../../packages/evaluation/src/explanations/scores-table.ts";
import { explanationsFixture, pngFixture } from "../fixtures/explanations.ts";

const sizePx = 100;
const area = sizePx * sizePx;
const everywhere = new Uint8Array(area).fill(1);
/** A spot of ten pixels' side with its upper left corner there. */
function spotAt(x: number, y: number): Float32Array {
  const heat = new Float32Array(area);
  for (let row = y; row < y + 10; row++) heat.fill(1, row * sizePx + x, row * sizePx + x + 10);
  return heat;
}
const box = { x: 20, y: 30, width: 20, height: 10 };

describe("pointAt", () => {
  const facts = { breast: everywhere, sizePx, boxes: [box], toleranceShare: 0.05 };

  it("hits in a box and up to the tolerance outside it, and misses beyond", () => {
    const hit = (x: number, y: number): boolean => pointAt({ ...facts, heat: spotAt(0, 0), peak: { x, y } }).isHit;
    assert.deepEqual(
      [hit(30, 35), hit(45, 35), hit(46, 35), hit(30, 24), hit(30, 25)],
      [true, true, false, false, true],
    );
  });

  it("counts what a random place of the breast, its middle, and evenly spread heat would reach", () => {
    const pointing = pointAt({ ...facts, toleranceShare: 0, heat: spotAt(30, 30), peak: { x: 35, y: 35 } });
    assert.ok(Math.abs(pointing.chance - 0.02) < 1e-9);
    assert.equal(pointing.breastInBoxes, pointing.chance);
    assert.equal(pointing.isCentreHit, false);
    assert.deepEqual([pointing.heatInBoxes, pointing.heatInBreast], [1, 1]);
    const left = everywhere.map((_, at) => (at % sizePx < 40 ? 1 : 0));
    const inLeft = pointAt({ ...facts, breast: left, toleranceShare: 0, heat: spotAt(35, 30), peak: { x: 40, y: 35 } });
    assert.ok(Math.abs(inLeft.chance - 0.05) < 1e-9);
    assert.ok(Math.abs(inLeft.heatInBreast - 0.5) < 1e-6 && Math.abs(inLeft.heatInBoxes - 0.5) < 1e-6);
    const middle = pointAt({
      ...facts,
      boxes: [{ x: 45, y: 45, width: 10, height: 10 }],
      heat: spotAt(0, 0),
      peak: { x: 5, y: 5 },
    });
    assert.equal(middle.isCentreHit, true);
  });

  it("gives shares of 0, not NaN, where there is no heat or no breast", () => {
    const nothing = pointAt({
      ...facts,
      breast: new Uint8Array(area),
      heat: new Float32Array(area),
      peak: { x: 1, y: 1 },
    });
    assert.deepEqual([nothing.heatInBoxes, nothing.heatInBreast, nothing.breastInBoxes, nothing.chance], [0, 0, 0, 0]);
  });
});

describe("scores of maps", () => {
  const pointing = (isHit: boolean, chance = 0.1): Pointing => ({
    isHit,
    chance,
    isCentreHit: false,
    hasHeat: isHit,
    heatInBoxes: isHit ? 0.6 : 0,
    heatInBreast: 1,
    breastInBoxes: chance,
  });
  const row = (patient: string, isHit: boolean, randomHits: boolean[] = [false]) => ({
    patient,
    map: pointing(isHit),
    randomHeads: randomHits.map((hit) => pointing(hit)),
    randomNetwork: pointing(false),
  });
  const options = { available: 40, toleranceShare: 0.03, resamples: 500 };

  it("say that maps which always hit are above chance and random heads, and that others are not", () => {
    const rows = Array.from({ length: 40 }, (_, index) => row(`p${index}`, true));
    const right = scorePointing(rows, options);
    assert.deepEqual(right.hits, { value: 1, low: 1, high: 1 });
    assert.ok(Math.abs(right.hitsAboveChance.value! - 0.9) < 1e-9);
    assert.match(
      explanationsVerdict({ pointing: right }),
      /more often than a random place in the breast, and more often/,
    );
    const asRandom = scorePointing(
      rows.map((each) => ({ ...each, randomHeads: [pointing(true)] })),
      options,
    );
    assert.match(explanationsVerdict({ pointing: asRandom }), /may come from the backbone alone/);
    const rare = scorePointing(
      rows.map((each, index) => row(each.patient, index % 10 === 0)),
      options,
    );
    assert.match(explanationsVerdict({ pointing: rare }), /not shown to point at lesions/);
    assert.match(explanationsVerdict({ pointing: null }), /cannot be said/);
  });

  it("average the random heads of an image, and give no interval of one patient", () => {
    const scores = scorePointing([row("one", true, [true, false, false, false])], { ...options, available: 1 });
    assert.deepEqual(scores.randomHeadHits, { value: 0.25, low: null, high: null });
    assert.deepEqual([scores.images, scores.patients, scores.withoutHeat], [1, 1, 0]);
  });

  it("resample whole patients: images that agree within a patient widen the interval", () => {
    const values = Array.from({ length: 80 }, (_, index) => (Math.floor(index / 4) % 2 === 0 ? 1 : 0));
    const measured = (groups: string[]) => meanEstimates({ hits: values }, { groups, resamples: 2000, seed: 1 }).hits;
    const together = measured(values.map((_, index) => `p${Math.floor(index / 4)}`));
    const apart = measured(values.map((_, index) => `p${index}`));
    const width = ({ low, high }: { low: number | null; high: number | null }): number => high! - low!;
    assert.equal(together.value, 0.5);
    // The spread of a mean of n independent coins is 1 / sqrt(4 n): of 20 patients and of 80 images.
    assert.ok(Math.abs(width(together) - (2 * 1.96) / Math.sqrt(4 * 20)) < 0.05, `${width(together)}`);
    assert.ok(Math.abs(width(apart) - (2 * 1.96) / Math.sqrt(4 * 80)) < 0.03, `${width(apart)}`);
  });

  it("are areas by trapezoids, beside the mean of the random orders", () => {
    const curves = (values: number[]) => ({ deletion: values, insertion: values.toReversed() });
    const rows = [
      { patient: "a", map: curves([1, 0, 0]), random: [curves([1, 1, 0]), curves([1, 0.5, 0])] },
      { patient: "b", map: curves([1, 0, 0]), random: [curves([1, 1, 0]), curves([1, 0.5, 0])] },
    ];
    const { deletion, insertion } = scoreRemoval(rows, { resamples: 100 });
    assert.deepEqual(deletion.map, { value: 0.25, low: 0.25, high: 0.25 });
    assert.equal(deletion.baseline.value, 0.625);
    assert.equal(deletion.difference.value, -0.375);
    assert.equal(insertion.map.value, 0.25);
  });

  it("are over rows that a seed draws, in their order", () => {
    const rows = Array.from({ length: 50 }, (_, index) => index);
    const drawn = drawRows(rows, 10);
    assert.deepEqual(drawRows(rows, 10), drawn);
    assert.deepEqual(
      drawn,
      drawn.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(drawn).size, 10);
    assert.notDeepEqual(drawRows(rows, 10, 2), drawn);
    assert.deepEqual(drawRows(rows, 50), rows);
  });
});

describe("the report's section of errors", () => {
  it("shows the worst errors with limits and scores, and is left out where nothing was explained", () => {
    const summary = runSummaryFixture();
    assert.doesNotMatch(renderReport(summary), /Worst errors/);
    const explanations = explanationsFixture();
    const pictures = Object.fromEntries(explanations.images.map(({ picture }) => [picture, pngFixture]));
    const page = renderReport(
      parseRunSummary(JSON.parse(JSON.stringify({ ...summary, errors: { explanations, pictures } })), "it"),
    );
    const section = page.slice(page.indexOf('<section id="errors">'), page.indexOf('<section id="data">'));
    assert.match(page, /<a href="#errors">Errors<\/a>/);
    assert.match(section, /href="\.\.\/models\/efficientnet-lite0-sampler-head-s1\/report\.html"/);
    assert.match(section, /no evidence of a correct decision/);
    assert.match(section, /of maps of heads with random weights/);
    assert.equal(section.match(/<img /g)?.length, 3);
    assert.match(section, /Nothing in the image speaks for malignancy/);
    assert.doesNotMatch(section, /NaN|undefined|null/);
  });
});

describe("renderExplanations", () => {
  const pictures = new Map(explanationsFixture().images.map(({ picture }) => [picture, pngFixture]));

  it("puts limits and scores before the pictures, and every picture inside the page", () => {
    const page = renderExplanations(explanationsFixture(), pictures);
    const places = [
      "Research use only",
      "<h1>",
      "<h2>Limits",
      "<h2>Are the maps right?",
      "Worst false negatives",
      "Worst false positives",
    ].map((text) => page.indexOf(text));
    assert.ok(places.every((place) => place > 0));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
    assert.equal(page.match(/<img src="data:image\/png;base64,iVBOR/g)?.length, 3);
    assert.match(page, /default-src 'none'/);
    assert.doesNotMatch(page, /<script|NaN|undefined|https?:/);
  });

  it("says how many errors there are, and where there are none", () => {
    const explanations = explanationsFixture();
    const page = renderExplanations(
      {
        ...explanations,
        counts: { images: 80, falseNegatives: 5, falsePositives: 0 },
        images: explanations.images.slice(0, 2),
      },
      pictures,
    );
    assert.match(
      page,
      /5 of 80 test images are malignant and called benign at the threshold 0\.400; the 2 worst are shown/,
    );
    assert.match(page, /None of 80 test images is benign and called malignant/);
  });

  it("shows images that were asked for without calling them errors", () => {
    const page = renderExplanations(
      { ...explanationsFixture(), choice: "asked", pointing: null, removal: null },
      pictures,
    );
    assert.doesNotMatch(page, /false negatives|Are the maps right/);
    assert.match(page, /whether the maps point at lesions cannot be said/);
  });

  it("escapes what comes from outside", () => {
    const attack = '"><img src=x onerror=alert(1)>';
    const explanations = explanationsFixture();
    const images = explanations.images.map((image) => ({ ...image, imageId: attack, viewPosition: attack }));
    const page = renderExplanations({ ...explanations, experiment: attack, images }, pictures);
    assert.ok(!page.includes("<img src=x"));
  });
});
