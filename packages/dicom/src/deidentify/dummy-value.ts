/**
 * A value that says nothing and is valid for its VR, PS3.5 section 6.2: what action D puts in place.
 *
 * @returns undefined for UI and SQ, which have no such value
 */
export function dummyValue(vr: string): Uint8Array | undefined {
  const value = dummies[vr];
  return typeof value === "string"
    ? Buffer.from(value, "latin1")
    : value === undefined
      ? undefined
      : new Uint8Array(value);
}

/** Text, or how many zero bytes: one number. */
const dummies: Record<string, string | number> = {
  AE: "ANONYMIZED",
  AS: "000Y",
  AT: 4,
  CS: "ANONYMIZED",
  DA: "19000101",
  DS: "0",
  DT: "19000101",
  FD: 8,
  FL: 4,
  IS: "0",
  LO: "ANONYMIZED",
  LT: "ANONYMIZED",
  OB: 2,
  OD: 8,
  OF: 4,
  OL: 4,
  OV: 8,
  OW: 2,
  PN: "ANONYMIZED",
  SH: "ANONYMIZED",
  SL: 4,
  SS: 2,
  ST: "ANONYMIZED",
  SV: 8,
  TM: "000000",
  UC: "ANONYMIZED",
  UL: 4,
  UN: 2,
  UR: "https://anonymized.invalid/",
  US: 2,
  UT: "ANONYMIZED",
  UV: 8,
};
