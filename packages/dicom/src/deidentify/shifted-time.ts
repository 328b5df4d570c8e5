const dayMs = 86_400_000;

/**
 * A date or time moved back by whole days. DA moves; DT moves by its date, keeps its time of day and precision, and loses its
 * offset from UTC, which tells a place; TM stays. Formats of PS3.5 section 6.2, and the dotted dates of before DICOM 3.
 *
 * @returns undefined where any of the values is no date or time
 */
export function shiftedTime(vr: string, text: string, daysBack: number): string | undefined {
  const values = text.split("\\").map((value) => {
    const trimmed = value.trim();
    if (trimmed === "") return "";
    if (vr === "DA") return shiftedDate(trimmed, daysBack);
    return vr === "DT" ? shiftedDateTime(trimmed, daysBack) : timeOfDay(trimmed);
  });
  return values.includes(undefined) ? undefined : values.join("\\");
}

function shiftedDate(text: string, daysBack: number): string | undefined {
  const parts = /^(\d{4})(\.?)(\d{2})\2(\d{2})$/.exec(text);
  return parts ? moved(`${parts[1]}${parts[3]}${parts[4]}`, daysBack) : undefined;
}

function shiftedDateTime(text: string, daysBack: number): string | undefined {
  const parts = /^(\d{4}(?:\d{2}(?:\d{2})?)?)(\d{0,6}(?:\.\d{1,6})?)([+-]\d{4})?$/.exec(text);
  if (!parts) return undefined;
  const [, date = "", time = ""] = parts;
  if (time !== "" && (date.length < 8 || timeOfDay(time) === undefined)) return undefined;
  // A year or a month alone moves as its first day does, and is as coarse afterwards.
  const day = date.padEnd(6, "01").padEnd(8, "01");
  const shifted = moved(day, daysBack)?.slice(0, date.length);
  return shifted === undefined ? undefined : shifted + time;
}

function moved(date: string, daysBack: number): string | undefined {
  const year = Number(date.slice(0, 4));
  const month = Number(date.slice(4, 6)) - 1;
  const start = new Date(0);
  start.setUTCFullYear(year, month, Number(date.slice(6))); // a day that no month has runs into the next month
  if (start.getUTCFullYear() !== year || start.getUTCMonth() !== month) return undefined;
  const end = new Date(start.getTime() - daysBack * dayMs);
  return end.getUTCFullYear() < 1 ? undefined : end.toISOString().slice(0, 10).replaceAll("-", "");
}

function timeOfDay(text: string): string | undefined {
  const digits = text.replace(/^(\d{2}):(\d{2})(?::(\d{2}))?/, "$1$2$3");
  return /^([01]\d|2[0-3])([0-5]\d([0-5]\d|60)?(\.\d{1,6})?)?$/.test(digits) ? text : undefined;
}
