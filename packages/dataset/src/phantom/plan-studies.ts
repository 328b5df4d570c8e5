/**
 * Decides what each study of a phantom data set is: split, BI-RADS, density, maker, sizes, lesions.
 *
 * Every property comes from a random stream of its own, so that maker, image size, density, breast size and age know
 * nothing of the class: only the lesions do.
 */
import { UsageError } from "@mammoflow/runtime";
import type { Density, Laterality, Split, ViewPosition } from "../dataset.ts";
import { drawLesionPlan, type Lesion } from "./lesions.ts";
import { makers, type Maker } from "./makers.ts";
import { identifierFor, randomFor, type Random } from "./random.ts";
import type { PhantomPlan } from "./render-phantom.ts";

export interface ImagePlan extends PhantomPlan {
  imageId: string;
}

export interface BreastPlan {
  laterality: Laterality;
  birads: 1 | 2 | 3 | 4 | 5;
  images: ImagePlan[];
}

export interface StudyPlan {
  studyId: string;
  seriesId: string;
  split: Split;
  maker: Maker;
  density: Density;
  ageYears: number;
  breasts: BreastPlan[];
}

const fewestStudies = 8;
/**
 * Of the studies; one breast of each is malignant, so that a sixth of the images are (VinDr-Mammo: 9.6 %). A demo of 40
 * studies then has 22 malignant images to learn from and 6 to be tested on.
 */
const malignantShare = 1 / 3;
const testShare = 0.2;
/** BI-RADS of the malignant breasts, in turn. It begins with 4, so that both label rules find both classes in both splits. */
const malignantGrades = [4, 3, 5, 3, 4] as const;

interface DensityShare {
  density: Density;
  share: number;
}

const densities: readonly [DensityShare, ...DensityShare[]] = [
  { density: "A", share: 10 },
  { density: "B", share: 40 },
  { density: "C", share: 40 },
  { density: "D", share: 10 },
];

const views: readonly ViewPosition[] = ["CC", "MLO"];
const lateralities: readonly Laterality[] = ["L", "R"];

/** @throws UsageError for fewer than 8 studies: two classes in two splits, with a breast of each in each, need them. */
export function planStudies(count: number, seed: number): StudyPlan[] {
  if (!Number.isInteger(count) || count < fewestStudies) {
    throw new UsageError(
      `A phantom data set of ${count} studies cannot have both classes in both splits; ask for ${fewestStudies} or more.`,
    );
  }
  return drawSplitsAndGrades(count, randomFor(seed, "labels")).map(({ split, grade }, index) =>
    planStudy({ index, seed, split, grade }),
  );
}

/** The malignant share is the same in both splits (stratified); which studies they are is shuffled. */
function drawSplitsAndGrades(count: number, random: Random): { split: Split; grade: 3 | 4 | 5 | undefined }[] {
  const test = Math.round(count * testShare);
  const slots = (["training", "test"] as const).flatMap((split) => {
    const size = split === "test" ? test : count - test;
    const malignant = Math.max(1, Math.round(size * malignantShare));
    return Array.from({ length: size }, (_, place) => ({
      split,
      grade: place < malignant ? malignantGrades[place % malignantGrades.length] : undefined,
    }));
  });
  return random.shuffle(slots);
}

interface StudySlot {
  index: number;
  seed: number;
  split: Split;
  grade: 3 | 4 | 5 | undefined;
}

function planStudy({ index, seed, split, grade }: StudySlot): StudyPlan {
  const name = (...parts: string[]) => ["phantom", seed, index, ...parts];
  const maker = randomFor(...name("maker")).pickByShare(makers);
  const { density } = randomFor(...name("density")).pickByShare(densities);
  const body = randomFor(...name("body"));
  const size = { depthMm: body.between(66, 118), halfHeightMm: body.between(62, 94) };
  const levels = {
    density,
    fat: body.between(0.32, 0.4),
    gland: body.between(0.58, 0.68),
    muscle: body.between(0.54, 0.68),
  };
  const ageYears = Math.round(48 + 9 * randomFor(...name("age")).normal());
  const malignantSide = randomFor(...name("side")).pick(["L", "R"] as const);

  const breasts = lateralities.map((laterality): BreastPlan => {
    const assessment = randomFor(...name(laterality, "assessment"));
    // VinDr-Mammo has 13,406 images of BI-RADS 1 and 4,676 of BI-RADS 2.
    const healthy = assessment.uniform() < 0.26 ? 2 : 1;
    const malignantGrade = grade !== undefined && laterality === malignantSide ? grade : undefined;
    const lesions = malignantGrade ? drawLesions(malignantGrade, randomFor(...name(laterality, "lesions"))) : [];
    const images = views.map((viewPosition): ImagePlan => ({
      imageId: identifierFor(...name(laterality, viewPosition, "image")),
      seed: name(laterality, viewPosition).join("/"),
      laterality,
      viewPosition,
      maker,
      size,
      levels,
      lesions,
    }));
    return { laterality, birads: malignantGrade ?? healthy, images };
  });
  return {
    studyId: identifierFor(...name("study")),
    seriesId: identifierFor(...name("series")),
    split,
    maker,
    density,
    ageYears,
    breasts,
  };
}

/** One lesion, in a fifth of the breasts two. */
function drawLesions(birads: 3 | 4 | 5, random: Random): Lesion[] {
  return Array.from({ length: random.uniform() < 0.2 ? 2 : 1 }, () => drawLesionPlan(birads, random));
}
