/** Names for sets of hosts, as short as they can be said: whole zones first, then what is left. */
import type { Plant } from '../plant.ts';
import { zonesAround } from '../zones.ts';
import type { AddressClass } from './address-classes.ts';

export type NameParties = (parties: ReadonlySet<AddressClass>) => readonly string[];

export function createNames(after: Plant, all: readonly AddressClass[]): NameParties {
  // Outer zones first, because their names say the most.
  const zones = [...after.zones.keys()]
    .map((id) => ({ id, depth: zonesAround(after, id).length }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ id }) => ({ id, hosts: all.filter((each) => each.after.zones.includes(id)) }));
  return (parties) => {
    if (parties.size === all.length) return ['everybody'];
    const left = new Set(parties);
    const whole = zones.flatMap(({ id, hosts }) => {
      if (hosts.length === 0 || !hosts.every((host) => left.has(host))) return [];
      for (const host of hosts) left.delete(host);
      return [`zone ${id}`];
    });
    return [...whole, ...[...left].map(nameOf).sort()];
  };
}

function nameOf({ ip, before, after }: AddressClass): string {
  const asset = after.asset ?? before.asset;
  const [was, is] = [before.zones[0], after.zones[0]];
  const name =
    asset === undefined
      ? after.isGate || before.isGate
        ? `the gate ${ip}`
        : hostsOf(is)
      : `asset ${asset.id}`;
  const moved = [
    was === is ? [] : [`was in ${was === undefined ? 'no zone' : `zone ${was}`}`],
    before.asset?.id === after.asset?.id
      ? []
      : [before.asset === undefined ? 'new' : `${ip} was asset ${before.asset.id}`],
    before.isGate === after.isGate ? [] : [after.isGate ? 'was no gate' : 'is no gate any more'],
  ].flat();
  return moved.length === 0 ? name : `${name} (${moved.join(', ')})`;
}

const hostsOf = (zone: string | undefined): string =>
  zone === undefined ? 'hosts of no zone' : `other hosts of zone ${zone}`;
