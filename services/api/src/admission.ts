import { TryLaterError } from "@mammoflow/http";

export interface Admission {
  /**
   * Lets one more request in.
   *
   * @returns what gives its place back, once
   * @throws TryLaterError `OVERLOADED` when all places are taken
   */
  enter(): () => void;
  readonly inFlight: number;
}

/** So many requests at once, uploads included: a place bounds the memory that a body takes before it is looked at. */
export function createAdmission(places: number, now: () => number = Date.now): Admission {
  let inFlight = 0;
  /** A moving mean of what a request took. */
  let usualMs = 500;
  return {
    enter() {
      if (inFlight >= places)
        throw new TryLaterError({
          code: "OVERLOADED",
          message: `${places} requests are being answered already: try again in a moment.`,
          retryAfterS: usualMs / 1000,
        });
      inFlight++;
      const enteredAt = now();
      let isIn = true;
      return () => {
        if (!isIn) return;
        isIn = false;
        inFlight--;
        usualMs += (now() - enteredAt - usualMs) / 10;
      };
    },
    get inFlight() {
      return inFlight;
    },
  };
}
