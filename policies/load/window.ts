/** Maintenance windows: days of the week, times of day, a time zone. */
import type { Window } from '../plant.ts';
import { fields, list, short, word } from './read.ts';
import type { Item, Reading } from './reading.ts';
import { timeOfDay, timeZone } from './scalar.ts';

/** In ISO order: Monday is 1. */
const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const END_OF_DAY = 1440;

/** A window over midnight becomes two, because each belongs to another day. */
export function readWindow(reading: Reading, item: Item, siteTimeZone: string): readonly Window[] {
  const found = fields(reading, item, ['days', 'from', 'to', 'tz'], ['days', 'from', 'to']);
  if (found === undefined) return [];
  const days = readDays(reading, found.get('days'));
  const from = timeOfDay(reading, found.get('from'));
  const until = timeOfDay(reading, found.get('to'));
  const zone = found.has('tz') ? timeZone(reading, found.get('tz')) : siteTimeZone;
  if (from === undefined || until === undefined || zone === undefined || days.length === 0) {
    return [];
  }
  if (from === until || from === END_OF_DAY) {
    reading.fault(item, 'this window never opens: `to` must be another time than `from`');
    return [];
  }
  if (from < until) return [{ days, from, until, timeZone: zone }];
  const next = days.map((day) => (day % 7) + 1).sort((a, b) => a - b);
  return [
    { days, from, until: END_OF_DAY, timeZone: zone },
    ...(until === 0 ? [] : [{ days: next, from: 0, until, timeZone: zone }]),
  ];
}

/** `mon-fri`, `sat`, `daily`, or a list of such. ISO numbers, sorted. */
function readDays(reading: Reading, item: Item | undefined): readonly number[] {
  const days = list(reading, item, { min: 1, max: 7, orOne: true }).flatMap((each) => {
    const value = word(reading, each, 'days such as mon-fri');
    const run = value === undefined ? [] : dayRun(value);
    if (value !== undefined && run.length === 0) {
      reading.fault(each, `\`${short(value)}\` are no days: ${DAYS.join(', ')}, mon-fri, daily`);
    }
    return run;
  });
  return [...new Set(days)].sort((a, b) => a - b);
}

/** Empty for what is no days. `sat-mon` goes over the end of the week. */
function dayRun(value: string): readonly number[] {
  if (value === 'daily') return [1, 2, 3, 4, 5, 6, 7];
  const [first = '', last = first, ...rest] = value.split('-');
  const from = DAYS.indexOf(first);
  const to = DAYS.indexOf(last);
  if (from < 0 || to < 0 || rest.length > 0) return [];
  const length = ((to - from + 7) % 7) + 1;
  return Array.from({ length }, (_, i) => ((from + i) % 7) + 1);
}
