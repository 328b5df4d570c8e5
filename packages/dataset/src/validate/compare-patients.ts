import { splits, type Study } from "../dataset.ts";
import type { Note } from "./issues.ts";

interface ImageOfStudy {
  study: Study;
  /** `patient` is a hash. */
  facts: { header?: { patient?: string } };
}

/**
 * Looks for patients in both splits by the headers' Patient ID, of which only a hash is known; of patients that tables name,
 * reading the tables has made sure. One Patient ID in the headers of all studies stands for nobody.
 */
export function comparePatients(images: ImageOfStudy[], note: Note): void {
  const inHeaders = new Set(images.flatMap(({ facts }) => facts.header?.patient ?? []));
  const headersTell = inHeaders.size > 1 || new Set(images.map(({ study }) => study)).size === 1;
  const studiesOf = new Map<string, Set<Study>>();
  for (const { study, facts } of images) {
    const byHeader = facts.header?.patient;
    note("PATIENTS", { group: sourceOf(study.patientId, byHeader, headersTell) });
    if (byHeader === undefined || !headersTell) continue;
    studiesOf.set(byHeader, (studiesOf.get(byHeader) ?? new Set()).add(study));
  }
  for (const studies of studiesOf.values()) {
    const [training, test] = splits.map((split) => [...studies].filter((study) => study.split === split));
    if (!training?.length || !test?.length) continue;
    note("PATIENT_IN_BOTH_SPLITS", { example: `training: ${namesOf(training)}; test: ${namesOf(test)}` });
  }
}

function sourceOf(patientId: string | undefined, byHeader: string | undefined, headersTell: boolean): string {
  if (patientId !== undefined) return "the table";
  if (byHeader === undefined) return "nothing: whether splits share patients is unknown";
  return headersTell ? "Patient ID in the header" : "nothing: one Patient ID is in all headers";
}

function namesOf(studies: Study[]): string {
  const more = studies.length - 3;
  const first = studies.slice(0, 3).map(({ studyId }) => studyId);
  return `study ${first.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
