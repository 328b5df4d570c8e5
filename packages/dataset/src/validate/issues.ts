/** Every kind of finding, how bad it is, and how findings of one kind come together. */

/** `errors`: a run would fail on it, or its results would be wrong. `warnings`: look at it. `information`: good to know. */
export type Level = "errors" | "warnings" | "information";

export interface ValidationIssue {
  /** Stable identifier, e.g. `IMAGE_MISSING`. */
  code: string;
  /** What was counted, e.g. `images that are listed but absent`. */
  message: string;
  /** What to do about it. */
  advice?: string;
  count: number;
  /** The count by maker, by error code or the like, where that says more; largest first. */
  by?: Record<string, number>;
  /** The first few, of every group one if there is room. */
  examples: string[];
}

const kinds = {
  IMAGE_MISSING: {
    level: "errors",
    message: "images that are listed but absent",
    advice: "complete the data set, or take their rows out of its table",
  },
  IMAGE_UNREADABLE: {
    level: "errors",
    message: "images that cannot be read",
    advice: "fetch them again; a run fails on each of them",
  },
  IMAGE_BLANK: { level: "errors", message: "images with one value in every pixel", advice: "leave them out" },
  PATIENT_IN_BOTH_SPLITS: {
    level: "errors",
    message: "patients with studies in both splits",
    advice: "move all studies of a patient into one split, or test results will be too good",
  },
  DUPLICATE_ACROSS_SPLITS: {
    level: "errors",
    message: "files that are in both splits, byte for byte",
    advice: "leave one of each out, or test results will be too good",
  },
  DUPLICATE_CONTENT: {
    level: "warnings",
    message: "files that are there more than once, byte for byte",
    advice: "leave out all but one of each, unless they are meant to count more",
  },
  SIZE_DIFFERS: {
    level: "warnings",
    message: "images of another size than the table says",
    advice: "boxes drawn for the table's size will be in the wrong place",
  },
  LATERALITY_DIFFERS: { level: "warnings", message: "images of the other side by their header" },
  VIEW_DIFFERS: { level: "warnings", message: "images of another view by their header" },
  STUDY_INCOMPLETE: { level: "warnings", message: "studies without all of L-CC, L-MLO, R-CC and R-MLO" },
  BOX_OUTSIDE: {
    level: "warnings",
    message: "boxes of findings that are not within their image",
    advice: "what is outside is cut off",
  },
  SEVERAL_FRAMES: {
    level: "warnings",
    message: "images of more than one frame",
    advice: "only the first frame is used",
  },
  FILE_UNLISTED: {
    level: "warnings",
    message: "image files that are of no row",
    advice: "a run passes them over, as it does with masks and with test sets without labels",
  },
  FOLDER_UNREADABLE: {
    level: "warnings",
    message: "folders that cannot be searched for files of no row",
  },
  VIEW_LABEL: {
    level: "warnings",
    message: "images with a short text beside the breast, as the view labels that their maker burns in",
    advice: "as expected; crop to the breast, so that no model learns from it",
  },
  BURNT_IN_TEXT: {
    level: "warnings",
    message: "images with what looks like unexpected text beside the breast",
    advice: "look at some: it may name a patient",
  },
  BURNED_IN_ANNOTATION: {
    level: "warnings",
    message: "images whose header says that their pixels identify the patient (Burned In Annotation YES)",
    advice: "look at some before they go anywhere",
  },
  HEADER_ODD: { level: "warnings", message: "images with something odd in the header, readable all the same" },
  MAKERS: { level: "information", message: "images by maker" },
  PHOTOMETRIC: { level: "information", message: "images by photometric interpretation and bits stored" },
  TRANSFER_SYNTAXES: { level: "information", message: "images by transfer syntax" },
  PATIENTS: { level: "information", message: "images by what tells whose they are" },
} as const satisfies Record<string, Kind>;

type IssueCode = keyof typeof kinds;
const mostExamples = 5;

interface Kind {
  level: Level;
  message: string;
  advice?: string;
}

interface Group {
  name: string | undefined;
  count: number;
  examples: string[];
}

/** One finding: an example for people, and the group under which it is counted too. */
export type Note = (code: IssueCode, finding: { example?: string; group?: string }) => void;

export interface Issues {
  note: Note;
  /** In the order of the table above. */
  of: (level: Level) => ValidationIssue[];
}

export function createIssues(): Issues {
  const found = new Map<IssueCode, Map<string | undefined, Group>>();
  return {
    note(code, { example, group: name }) {
      const groups = found.get(code) ?? new Map<string | undefined, Group>();
      const group = groups.get(name) ?? { name, count: 0, examples: [] };
      found.set(code, groups.set(name, group));
      group.count++;
      if (example !== undefined && group.examples.length < mostExamples) group.examples.push(example);
    },
    of(level) {
      // The cast: `Object.entries` forgets the names of the keys.
      return (Object.entries(kinds) as [IssueCode, Kind][]).flatMap(([code, kind]) => {
        const groups = found.get(code);
        return kind.level === level && groups ? [toIssue(code, kind, [...groups.values()])] : [];
      });
    },
  };
}

function toIssue(code: IssueCode, { message, advice }: Kind, found: Group[]): ValidationIssue {
  const groups = found.toSorted((a, b) => b.count - a.count);
  const named = groups.flatMap(({ name, count }): [string, number][] => (name === undefined ? [] : [[name, count]]));
  return {
    code,
    message,
    ...(advice !== undefined && { advice }),
    count: groups.reduce((sum, { count }) => sum + count, 0),
    ...(named.length > 0 && { by: Object.fromEntries(named) }),
    examples: firstOfEach(groups),
  };
}

/** Of every group one, as far as that goes, then of every group a second. */
function firstOfEach(groups: Group[]): string[] {
  const turns = Array.from({ length: mostExamples }, (_, turn) => groups.map(({ examples }) => examples[turn]));
  return turns
    .flat()
    .filter((example) => example !== undefined)
    .slice(0, mostExamples);
}
