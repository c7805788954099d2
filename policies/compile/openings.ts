/**
 * What a firewall between zones may let through: it sees addresses and ports and no function codes, so a way is open iff the
 * policy lets anything pass on it. What passes on an open way is for the sensor to judge and for the gate to hold.
 *
 * Ways lead to the assets that the policy names, at the ports that it names. A host that is in a zone and no asset is
 * reached by nobody, because nobody wrote which of its ports is meant.
 */
import { type IpAddress, parseIp } from '../address.ts';
import { standsAt } from '../layers.ts';
import { createRights } from '../plan/rights.ts';
import type { Asset, Conduit, Plant } from '../plant.ts';
import { type AddressRange, rangesOf } from '../zone-ranges.ts';
import { createLocator, type Place } from '../zones.ts';

export interface Endpoint {
  readonly asset: string;
  readonly address: IpAddress;
  /** TCP. */
  readonly port: number;
  readonly protocol: 'modbus' | 'opcua';
}

export interface Opening {
  readonly conduit: Conduit;
  /** Who may begin; in order, and no two of them meet. */
  readonly from: readonly AddressRange[];
  readonly to: readonly Endpoint[];
}

export interface Openings {
  /** Always open. */
  readonly direct: readonly Opening[];
  /** Open while a grant lives: from the gates that stand at the start of the conduit. */
  readonly gate: readonly Opening[];
}

/** Conduits by which nothing can be reached are left out. */
export function openingsOf(plant: Plant): Openings {
  const locate = createLocator(plant);
  const assets = [...plant.assets.values()].flatMap((asset) => {
    const place = locate(asset.address);
    return place === undefined ? [] : [{ asset, place }];
  });
  const ranges = new Map<string, readonly AddressRange[]>();
  const fromOf = (conduit: Conduit): readonly AddressRange[] => {
    if (conduit.via === 'gate') return gatesAt(plant, locate, conduit.from);
    const known = ranges.get(conduit.from) ?? startOf(plant, conduit.from);
    ranges.set(conduit.from, known);
    return known;
  };
  const openings = plant.conduits.map((conduit): Opening => {
    const to = assets
      .filter(({ place }) => standsAt(place, conduit.to))
      .flatMap(({ asset, place }) => endpointsBy(plant, conduit, asset, place));
    return { conduit, from: fromOf(conduit), to };
  });
  const useful = openings.filter(({ from, to }) => from.length > 0 && to.length > 0);
  return {
    direct: useful.filter(({ conduit }) => conduit.via === 'direct'),
    gate: useful.filter(({ conduit }) => conduit.via === 'gate'),
  };
}

/** The services of an asset at which anything passes by this conduit. */
function endpointsBy(
  plant: Plant,
  conduit: Conduit,
  asset: Asset,
  place: Place,
): readonly Endpoint[] {
  const address = parseIp(asset.address);
  if (address === undefined) return [];
  const start: Place = { ip: '', zones: [conduit.from], isGate: true };
  const rights = createRights({ ...plant, conduits: [conduit] }).between(start, place);
  return (['modbus', 'opcua'] as const).flatMap((protocol): readonly Endpoint[] => {
    const port = asset[protocol]?.port;
    if (port === undefined || rights[protocol].boxes.size === 0) return [];
    return [{ asset: asset.id, address, port, protocol }];
  });
}

const single = (address: IpAddress): AddressRange => ({ first: address, last: address });

function startOf(plant: Plant, from: string): readonly AddressRange[] {
  const address = parseIp(plant.assets.get(from)?.address ?? '');
  return address === undefined ? joined(rangesOf(plant, from)) : [single(address)];
}

function gatesAt(
  plant: Plant,
  locate: ReturnType<typeof createLocator>,
  from: string,
): readonly AddressRange[] {
  return plant.gates.flatMap((gate) => {
    const [place, address] = [locate(gate), parseIp(gate)];
    return place !== undefined && address !== undefined && standsAt(place, from)
      ? [single(address)]
      : [];
  });
}

/** Ranges that touch are one. `rangesOf` gives them in order, those of each family together. */
function joined(ranges: readonly AddressRange[]): readonly AddressRange[] {
  const found: AddressRange[] = [];
  for (const { first, last } of ranges) {
    const before = found.at(-1);
    const touches = before?.last.family === first.family && before.last.value + 1n === first.value;
    if (before !== undefined && touches) found[found.length - 1] = { first: before.first, last };
    else found.push({ first, last });
  }
  return found;
}
