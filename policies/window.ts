/**
 * Whether a span of time lies inside maintenance windows, which are written in local time.
 *
 * An instant is inside a window iff the wall clock of the window's zone then shows one of its days and
 * a time in `[from, until)`. So an hour that occurs twice (clocks go back) is inside twice, and one that
 * does not occur (clocks go forward) is never asked for.
 */
import type { Micros } from '#sensor/model/time.ts';
import type { Window } from './plant.ts';

const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;
const MICROS_PER_MS = 1000;
/** Each step goes to the end of a window or to a change of the clock: a year of days needs fewer. */
const MAX_STEPS = 2000;

/** Whether every instant of `[from, until)` lies inside one of `windows`; no windows = at any time. */
export function insideWindows(windows: readonly Window[], from: Micros, until: Micros): boolean {
  if (from >= until) return false;
  if (windows.length === 0) return true;
  const clocks = createClocks();
  // Offsets change at whole milliseconds; the span is widened to them, which can only deny.
  const end = Math.ceil(until / MICROS_PER_MS);
  let at = Math.floor(from / MICROS_PER_MS);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const reached = Math.max(...windows.map((window) => endOfBlock(window, at, clocks)));
    if (reached >= end) return true;
    if (reached <= at) return false;
    at = reached;
  }
  return false;
}

/** The instant until which `window` stays open without a break from `at`, or `at` where it is closed. */
function endOfBlock(window: Window, at: number, clocks: Clocks): number {
  const offset = clocks.offset(window.timeZone, at);
  const local = at + offset;
  const day = new Date(local).getUTCDay();
  const sinceMidnight = local - Math.floor(local / MS_PER_DAY) * MS_PER_DAY;
  const opens = window.from * MS_PER_MINUTE;
  const closes = window.until * MS_PER_MINUTE;
  // getUTCDay counts Sunday as 0, ISO as 7.
  const isOpen = window.days.includes(day === 0 ? 7 : day);
  if (!isOpen || sinceMidnight < opens || sinceMidnight >= closes) return at;
  const end = at + (closes - sinceMidnight);
  return clocks.offset(window.timeZone, end) === offset
    ? end
    : change(window.timeZone, at, end, clocks);
}

/** The first instant in `(from, until]` at which the clock of `timeZone` shows another offset than at `from`. */
function change(timeZone: string, from: number, until: number, clocks: Clocks): number {
  const before = clocks.offset(timeZone, from);
  let low = from;
  let high = until;
  while (high - low > 1) {
    const middle = low + Math.floor((high - low) / 2);
    if (clocks.offset(timeZone, middle) === before) low = middle;
    else high = middle;
  }
  return high;
}

interface Clocks {
  /** ms that the wall clock of an IANA zone is ahead of UTC at an instant (ms). */
  readonly offset: (timeZone: string, at: number) => number;
}

/** Formatters cost much to make and little to use, so one call makes one for each zone. */
function createClocks(): Clocks {
  const formats = new Map<string, Intl.DateTimeFormat>();
  const formatOf = (timeZone: string): Intl.DateTimeFormat => {
    const known = formats.get(timeZone);
    if (known !== undefined) return known;
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(timeZone, format);
    return format;
  };
  return {
    offset: (timeZone, at) => {
      const fields = new Map(
        formatOf(timeZone)
          .formatToParts(at)
          .map(({ type, value }) => [type, Number(value)]),
      );
      const field = (name: Intl.DateTimeFormatPartTypes): number => fields.get(name) ?? 0;
      const wall = Date.UTC(
        field('year'),
        field('month') - 1,
        field('day'),
        field('hour'),
        field('minute'),
        field('second'),
      );
      return wall - Math.floor(at / 1000) * 1000;
    },
  };
}
