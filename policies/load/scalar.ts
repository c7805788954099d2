/** The small notations of the language: durations, times of day, address ranges, roles, NodeIds. */
import { parseIp, parsePrefix } from '../address.ts';
import { MAX_ADDRESS } from '../modbus-functions.ts';
import type { Role, RoleAssignment } from '../plant.ts';
import { short, unknownId, word } from './read.ts';
import type { Item, Reading } from './reading.ts';
import { didYouMean } from './suggest.ts';

const MICROS = 1_000_000;
const UNITS: ReadonlyMap<string, number> = new Map([
  ['d', 86_400 * MICROS],
  ['h', 3600 * MICROS],
  ['m', 60 * MICROS],
  ['s', MICROS],
]);

/** `4h`, `1h30m`, `90s`, µs. `max` in days bounds it. */
export function duration(
  reading: Reading,
  item: Item | undefined,
  { min = 1, maxDays }: { readonly min?: number; readonly maxDays: number },
): number | undefined {
  const value = word(reading, item, 'a duration such as 4h or 1h30m');
  if (item === undefined || value === undefined) return undefined;
  // Zero needs no unit.
  const parts = value === '0' ? ['0s'] : value.match(/\d{1,6}[dhms]/g);
  if (parts === null || (value !== '0' && parts.join('') !== value)) {
    reading.fault(item, `\`${short(value)}\` is no duration: write it like 4h, 90s or 1h30m`);
    return undefined;
  }
  const span = parts.reduce(
    (sum, part) => sum + Number(part.slice(0, -1)) * (UNITS.get(part.slice(-1)) ?? 0),
    0,
  );
  if (span >= min && span <= maxDays * 86_400 * MICROS) return span;
  const bounds = span < min ? 'must be longer than nothing' : `is longer than ${maxDays} days`;
  reading.fault(item, `\`${short(value)}\` ${bounds}`);
  return undefined;
}

/** `06:00`, minutes since midnight; `24:00` is the end of the day. */
export function timeOfDay(reading: Reading, item: Item | undefined): number | undefined {
  const value = word(reading, item, 'a time of day such as "06:00"');
  if (item === undefined || value === undefined) return undefined;
  const match = /^(\d\d):(\d\d)$/.exec(value);
  const minutes = match === null ? Number.NaN : Number(match[1]) * 60 + Number(match[2]);
  if (minutes <= 1440 && Number(match?.[2]) < 60) return minutes;
  reading.fault(
    item,
    `\`${short(value)}\` is no time of day: write it like "06:00", at most "24:00"`,
  );
  return undefined;
}

/** An IANA time zone that this runtime knows. Offsets are refused: they do not know summer time. */
export function timeZone(reading: Reading, item: Item | undefined): string | undefined {
  const value = word(reading, item, 'a time zone such as Europe/Berlin');
  if (item === undefined || value === undefined) return undefined;
  if (/^[A-Za-z][A-Za-z0-9_+/-]{1,63}$/.test(value) && isZone(value)) return value;
  const hint = didYouMean(value, Intl.supportedValuesOf('timeZone'));
  reading.fault(
    item,
    `\`${short(value)}\` is no IANA time zone: write it like Europe/Berlin`,
    hint,
  );
  return undefined;
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export function ipAddress(reading: Reading, item: Item | undefined): string | undefined {
  const value = word(reading, item, 'an IP address');
  if (item === undefined || value === undefined) return undefined;
  if (parseIp(value) !== undefined) return value;
  reading.fault(
    item,
    `\`${short(value)}\` is no IP address: names are not looked up, write the address`,
  );
  return undefined;
}

export function cidr(reading: Reading, item: Item | undefined): string | undefined {
  const value = word(reading, item, 'a prefix such as 10.20.1.0/24');
  if (item === undefined || value === undefined) return undefined;
  if (parsePrefix(value) !== undefined) return value;
  const rule = 'write the network address and its length, as in 10.20.1.0/24';
  reading.fault(item, `\`${short(value)}\` is no prefix: ${rule}`);
  return undefined;
}

export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

/** `100-109` or `100`: Modbus addresses, 0-based, inclusive. */
export function addressRange(reading: Reading, item: Item): AddressRange | undefined {
  const value = word(reading, item, 'an address range such as 100-109');
  if (value === undefined) return undefined;
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(value);
  const first = match === null ? Number.NaN : Number(match[1]);
  const last = match?.[2] === undefined ? first : Number(match[2]);
  if (first <= last && last <= MAX_ADDRESS) return { first, last };
  const rule = `first-last, 0-based, at most ${MAX_ADDRESS}`;
  reading.fault(item, `\`${short(value)}\` is no range of addresses: ${rule}`);
  return undefined;
}

export const ROLES: readonly Role[] = [
  'analyst',
  'operator',
  'approver',
  'vendor',
  'security',
  'supply-chain',
  'auditor',
  'admin',
];

/** `analyst`, `approver@cell-1`. */
export function role(
  reading: Reading,
  item: Item,
  zones: { has(id: string): boolean; keys(): Iterable<string> },
): RoleAssignment | undefined {
  const value = word(reading, item, 'a role');
  if (value === undefined) return undefined;
  const [name = '', ...rest] = value.split('@');
  const zone = rest.length === 0 ? undefined : rest.join('@');
  const known = ROLES.find((each) => each === name);
  if (known === undefined) {
    reading.fault(item, `no role \`${short(name)}\`: ${ROLES.join(', ')}`, didYouMean(name, ROLES));
  } else if ((known === 'approver') !== (zone !== undefined)) {
    const rule =
      known === 'approver'
        ? 'is held for a zone: write approver@ZONE'
        : 'is held for the whole site: leave the zone out';
    reading.fault(item, `role \`${known}\` ${rule}`);
  } else if (zone === undefined) return { role: known };
  else if (zones.has(zone)) return { role: known, zone };
  else unknownId(reading, item, { noun: 'zone', id: zone, known: zones.keys() });
  return undefined;
}

/** `nsu=URI;s=TEXT`, also `i=`, `g=`, `b=`. OPC 10000-6, 5.1.12; the namespace index of a server is not stable. */
export const NODE_ID =
  /^nsu=[^;\s]{1,255};(?:s=.{1,255}|i=\d{1,10}|g=[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|b=[A-Za-z0-9+/]{1,340}={0,2})$/iu;

export function nodeId(reading: Reading, item: Item): string | undefined {
  const value = word(reading, item, 'a NodeId');
  if (value === undefined) return undefined;
  if (NODE_ID.test(value)) return value;
  const rule = 'write the namespace URI, as in nsu=urn:acme;s=Boiler.SetPoint';
  reading.fault(item, `\`${short(value)}\` is no NodeId: ${rule}`);
  return undefined;
}
