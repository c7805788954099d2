/** Which ways a firewall between the zones opens and closes with a change of the policy: hosts and ports, whichever conduit opens them. */
import { showIp } from '../address.ts';
import { type Opening, openingsOf } from '../compile/openings.ts';
import type { Plant } from '../plant.ts';
import type { AddressRange } from '../zone-ranges.ts';
import type { FirewallChange } from './change.ts';

/** To one port of one asset. */
interface Way extends Omit<FirewallChange, 'becomes' | 'from'> {
  readonly ranges: readonly AddressRange[];
}

export function compareFirewall(before: Plant, after: Plant): readonly FirewallChange[] {
  const [was, is] = [waysOf(before), waysOf(after)];
  const keys = [...new Set([...was.keys(), ...is.keys()])];
  return keys.flatMap((key): readonly FirewallChange[] => {
    const [old, fresh] = [was.get(key), is.get(key)];
    return [
      ...change('allowed', fresh, old?.ranges ?? []),
      ...change('denied', old, fresh?.ranges ?? []),
    ];
  });
}

function waysOf(plant: Plant): ReadonlyMap<string, Way> {
  const { direct, gate } = openingsOf(plant);
  const ways = new Map<string, Way>();
  const add = ({ from, to }: Opening, when: Way['when']): void => {
    for (const { asset, address, port, protocol } of to) {
      const ip = showIp(address);
      const key = JSON.stringify([asset, ip, port, protocol, when]);
      const ranges = [...(ways.get(key)?.ranges ?? []), ...from];
      ways.set(key, { to: { asset, ip, port }, protocol, when, ranges });
    }
  };
  for (const opening of direct) add(opening, 'always');
  for (const opening of gate) add(opening, 'for a grant');
  return ways;
}

function change(
  becomes: FirewallChange['becomes'],
  way: Way | undefined,
  other: readonly AddressRange[],
): readonly FirewallChange[] {
  if (way === undefined) return [];
  const { ranges, ...rest } = way;
  const from = merged(ranges)
    .flatMap((range) => without(range, other))
    .map(rangeText);
  return from.length === 0 ? [] : [{ becomes, from, ...rest }];
}

/** In order, those of each family together; what meets or touches is one. */
function merged(ranges: readonly AddressRange[]): readonly AddressRange[] {
  const sorted = ranges.toSorted(
    (a, b) => a.first.family - b.first.family || (a.first.value < b.first.value ? -1 : 1),
  );
  const found: AddressRange[] = [];
  for (const range of sorted) {
    const before = found.at(-1);
    const meets =
      before?.last.family === range.first.family && range.first.value <= before.last.value + 1n;
    if (before === undefined || !meets) found.push(range);
    else if (range.last.value > before.last.value) {
      found[found.length - 1] = { first: before.first, last: range.last };
    }
  }
  return found;
}

/** What of `range` lies in none of `others`. */
function without(range: AddressRange, others: readonly AddressRange[]): readonly AddressRange[] {
  const { family } = range.first;
  let left: readonly AddressRange[] = [range];
  for (const { first, last } of others) {
    if (first.family !== family) continue;
    left = left.flatMap((each): readonly AddressRange[] => {
      if (last.value < each.first.value || first.value > each.last.value) return [each];
      const parts: AddressRange[] = [];
      if (each.first.value < first.value) {
        parts.push({ first: each.first, last: { family, value: first.value - 1n } });
      }
      if (last.value < each.last.value) {
        parts.push({ first: { family, value: last.value + 1n }, last: each.last });
      }
      return parts;
    });
  }
  return left;
}

const rangeText = ({ first, last }: AddressRange): string =>
  first.value === last.value ? showIp(first) : `${showIp(first)}-${showIp(last)}`;
