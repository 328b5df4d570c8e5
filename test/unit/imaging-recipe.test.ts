import assert from "node:assert/strict";
import { RecipeError, parseRecipe, recipeHash, recipePresets } from "@mammoflow/imaging";

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
      fails("twice"),
    );
  });

  it("have one hash for one meaning, whatever the order of the keys", () => {
    const a = parseRecipe("{version: 1, steps: [{step: scale, from: minmax, padding: keep}]}", "a");
    const b = parseRecipe("{steps: [{padding: keep, from: minmax, step: scale}]}", "b");
    assert.equal(recipeHash(a), recipeHash(b));
    assert.notEqual(recipeHash(a), recipeHash(recipePresets.study));
    assert.match(recipeHash(a), /^[0-9a-f]{64}$/);
  });
});
