/** When an Exemption ends. */

/** A day, or a time with its zone, in the syntax that ECMAScript and RE2 have in common. */
export const expiryForm =
  /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2}))?$/;

const dayMs = 24 * 60 * 60 * 1000;

/**
 * The end of what `expires` says, in milliseconds of Unix time: of a day it is the next midnight in
 * UTC. NaN where there is no such day or time.
 */
export function expiryOf(expires: string): number {
  if (!expiryForm.test(expires)) return Number.NaN;
  const [day = '', time] = expires.split('T');
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // `Date.parse` takes the 31st of a month that has 30 days for the day after.
  if (Number.isNaN(midnight) || !formatTime(midnight).startsWith(day)) {
    return Number.NaN;
  }
  return time === undefined ? midnight + dayMs : Date.parse(expires);
}

/** RFC 3339 in UTC, to the second. */
export function formatTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
