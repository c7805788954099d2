/** Times in the site's own zone: a shift lives by the clock on its wall. */

/** A span in words, coarse on purpose: `2 h 5 min`, `40 s`. `ms` may be negative and then counts as none. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min ${seconds % 60} s`;
  return `${seconds} s`;
}

/** How long something lasts, without parts that are nothing: `4 h`, `10 min`. */
export const duration = (ms: number): string => span(ms).replace(/ 0 (?:h|min|s)$/, '');

/** `2026-11-23 14:05:09` in `timeZone`. */
export function inZone(iso: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return parts.format(new Date(iso));
}

/** The value that `<input type="datetime-local">` wants for an instant, in `timeZone`. */
export function localInput(at: Date, timeZone: string): string {
  return inZone(at.toISOString(), timeZone).slice(0, 16).replace(' ', 'T');
}

/** Minutes by which `timeZone` is ahead of UTC at `at`. */
function offsetMinutes(at: Date, timeZone: string): number {
  const local = inZone(at.toISOString(), timeZone).replace(' ', 'T');
  return Math.round((Date.parse(`${local}Z`) - at.getTime()) / 60_000);
}

/**
 * The instant that a local time of `timeZone` names. In the hour that a clock change repeats, the
 * earlier one; in the hour that it leaves out, the instant as if the clock had not moved yet.
 */
export function fromLocalInput(local: string, timeZone: string): Date {
  const asUtc = new Date(`${local}Z`);
  const first = new Date(asUtc.getTime() - offsetMinutes(asUtc, timeZone) * 60_000);
  return new Date(asUtc.getTime() - offsetMinutes(first, timeZone) * 60_000);
}
