/** When an access entry may be used, in words. */
import type { Window } from './plant.ts';

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const clockTime = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;

const isAlways = ({ days, from, until }: Window): boolean =>
  new Set(days).size === DAYS.length && from === 0 && until === 24 * 60;

/** One sentence each, `Mon-Fri 06:00-18:00 Europe/Berlin`; none where one of them is always open, which is no limit. */
export const describeWindows = (windows: readonly Window[]): readonly string[] =>
  windows.some(isAlways) ? [] : windows.map(describeWindow);

function describeWindow({ days, from, until, timeZone }: Window): string {
  const sorted = [...days].sort((a, b) => a - b);
  const [first = 1] = sorted;
  const last = sorted.at(-1) ?? 7;
  const isRun = sorted.length > 2 && last - first === sorted.length - 1;
  const names = isRun
    ? `${DAYS[first - 1]}-${DAYS[last - 1]}`
    : sorted.map((day) => DAYS[day - 1]).join(', ');
  return `${names} ${clockTime(from)}-${clockTime(until)} ${timeZone}`;
}
