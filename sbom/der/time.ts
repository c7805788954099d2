import { type Micros, micros } from '#sensor/model/time.ts';
import { type DerReader, TAG } from './reader.ts';

/** UTCTime: years 50 to 99 are of the last century (RFC 5280, 4.1.2.5.1). */
const CENTURY_TURNS_AT = 50;

/**
 * UTCTime or GeneralizedTime as RFC 5280, 4.1.2.5 allows them: to the second, in Z. What lies before 1970
 * or after the last `Micros` is given as the nearest that there is, which no comparison with now can tell apart.
 */
export function readTime(reader: DerReader, what: string): Micros {
  const { tag, content } = reader.any(what);
  const text = content.toString('latin1');
  const short = tag === TAG.utcTime ? /^(\d\d)(\d{10})Z$/.exec(text) : null;
  const long = tag === TAG.generalizedTime ? /^(\d{4})(\d{10})Z$/.exec(text) : null;
  const [, year = '', rest = ''] = short ?? long ?? reader.fail(`${what} is no time in UTC`);
  const century = short === null ? '' : Number(year) < CENTURY_TURNS_AT ? '20' : '19';
  const [month, day, hour, minute, second] = rest.match(/\d\d/g) ?? [];
  const iso = `${century}${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const ms = Date.parse(iso);
  // the 30th of February parses as a day of March
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== iso) reader.fail(`${what} is no time`);
  return micros(Math.min(Math.max(ms * 1000, 0), Number.MAX_SAFE_INTEGER));
}
