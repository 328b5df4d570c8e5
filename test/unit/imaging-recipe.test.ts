import assert from "node:assert/strict";
import {
  RecipeError,
  atSize,
  describeRecipe,
  parseRecipe,
  recipeHash,
  recipeName,
  recipePresets,
} from "@mammoflow/imaging";

const fails =
  (...words: string[]) =>
  (error: unknown) => {
    assert.ok(error instanceof RecipeError, String(error));
    assert.equal(error.code, "RECIPE_INVALID");
    for (const word of ["my.yaml", ...words]) assert.ok(error.message.includes(word), error.message);
    return true;
  };

describe("recipes", () => {
  it("reads the steps in their order, and fills in what has a default", () => {
    const recipe = parseRecipe(
      `steps:
  - { step: scale, from: window }
  - { step: resize, method: area, widthPx: 512, heightPx: 640 }`,
      "my.yaml",
    );
    assert.deepEqual(recipe, {
      version: 1,
      steps: [
        { step: "scale", from: "window", padding: "keep" },
        { step: "resize", method: "area", widthPx: 512, heightPx: 640 },
      ],
    });
  });

  it("says which field is wrong", () => {
    assert.throws(() => parseRecipe("steps: [", "my.yaml"), fails());
    assert.throws(
      () =>
        parseRecipe(
          "steps: [{step: scale, from: minmax}, {step: clahe, clipLimit: -1, tilesX: 8, tilesY: 8}]",
          "my.yaml",
        ),
      fails("steps.1.clipLimit"),
    );
    assert.throws(() => parseRecipe("steps: [{step: crop, method: otsu}]", "my.yaml"), fails("steps.0"));
    assert.throws(() => parseRecipe("{steps: [{step: scale, from: minmax}], sise: 3}", "my.yaml"), fails("sise"));
    assert.throws(
      () =>
        parseRecipe(
          "steps: [{step: scale, from: minmax}, {step: crop, method: otsu}, {step: crop, method: otsu}]",
          "my.yaml",
        ),
      fails("steps.2.step", "twice"),
    );
    assert.throws(
      () => parseRecipe("steps: [{step: scale, from: minmax}, {step: crop, method: otsu, margin: 3}]", "my.yaml"),
      fails("steps.1", "margin"),
    );
    assert.throws(() => parseRecipe("steps: [{step: scale, from: voi, bits: 12}]", "my.yaml"), fails("steps.0.bits"));
    assert.throws(
      () => parseRecipe("steps: [{step: scale, from: minmax, lowPercent: 1}]", "my.yaml"),
      fails("steps.0.lowPercent", "percentiles"),
    );
    assert.throws(
      () => parseRecipe("steps: [{step: scale, from: percentiles, lowPercent: 50, highPercent: 50}]", "my.yaml"),
      fails("steps.0.highPercent"),
    );
    assert.throws(
      () => parseRecipe("steps: [{step: scale, from: minmax}, {step: match, reference: [1, 2]}]", "my.yaml"),
      fails("steps.1.reference"),
    );
    assert.throws(
      () => parseRecipe("steps: [{step: scale, from: minmax}, {step: sharpen}]", "my.yaml"),
      fails("steps.1", "orient, mask, crop, resize, clahe or match"),
    );
  });

  it("resize may come twice: before a crop, and behind it", () => {
    const resize = "{step: resize, method: area, widthPx: 64, heightPx: 64}";
    const text = `steps: [{step: scale, from: minmax}, ${resize}, {step: crop, method: otsu}, ${resize}]`;
    assert.equal(parseRecipe(text, "my.yaml").steps.length, 4);
  });

  it("presets survive being written (JSON is YAML) and read again, and are known by name", () => {
    for (const [name, preset] of Object.entries(recipePresets)) {
      const again = parseRecipe(JSON.stringify(preset), "my.yaml");
      assert.equal(recipeHash(again), recipeHash(preset));
      assert.equal(recipeName(again), name);
      assert.equal(describeRecipe(again).length, preset.steps.length);
    }
  });

  it("a preset of another size is known by both", () => {
    assert.equal(recipeName(atSize(recipePresets.mammogram, 512)), "mammogram at 512 px");
    assert.equal(recipeName(atSize(recipePresets["study-literal"], 300)), "study-literal at 300 px");
    const changed = atSize(recipePresets.mammogram, 512);
    assert.equal(recipeName({ ...changed, steps: [{ ...changed.steps[0], from: "minmax" }] }), "own");
  });

  it("fields that came later do not change the hash of recipes that do without them", () => {
    // The hash under which the first runs' images lie.
    assert.equal(recipeHash(recipePresets.study), "219f6e0cdb16c1375c8cade7289e39b8f8d5da3aea187b94fa95e6bcb4239633");
    const said = parseRecipe(
      `steps:
  - { step: scale, from: minmax, padding: keep, bits: 8 }
  - { step: crop, method: otsu, marginPx: 0 }
  - { step: resize, method: area, fit: stretch, widthPx: 256, heightPx: 256 }
  - { step: clahe, clipLimit: 2, tilesX: 8, tilesY: 8 }`,
      "my.yaml",
    );
    assert.equal(recipeHash(said), recipeHash(recipePresets.study));
    const other = parseRecipe("steps: [{step: scale, from: minmax, bits: 16}]", "my.yaml");
    assert.notEqual(recipeHash(other), recipeHash(parseRecipe("steps: [{step: scale, from: minmax}]", "my.yaml")));
  });

  it("have one hash for one meaning, whatever the order of the keys", () => {
    const a = parseRecipe("{version: 1, steps: [{step: scale, from: minmax, padding: keep}]}", "a");
    const b = parseRecipe("{steps: [{padding: keep, from: minmax, step: scale}]}", "b");
    assert.equal(recipeHash(a), recipeHash(b));
    assert.notEqual(recipeHash(a), recipeHash(recipePresets.study));
    assert.match(recipeHash(a), /^[0-9a-f]{64}$/);
  });
});
