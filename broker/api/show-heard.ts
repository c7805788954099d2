/** What all traffic tells of an asset, as screens show it: of several sensors together. */
import type { AssetRecord, SeenConversation, SeenTraffic, Sighting } from '#broker/model/asset.ts';
import { isoMicros } from '#sensor/model/time.ts';
import type { AssetRowView, AssetView, TrafficView } from './views-assets.ts';

/** Who heard it last is believed first. */
const newestFirst = (sightings: readonly Sighting[]): readonly Sighting[] =>
  sightings.toSorted((a, b) => b.lastSeen - a.lastSeen);

export function shortlyHeard({
  sightings,
}: AssetRecord): Pick<AssetRowView, 'heardName' | 'vendor' | 'behaviour'> {
  const { names, vendors, reasons } = fullyHeard(sightings);
  const [name] = names;
  const [vendor] = vendors;
  return {
    ...(name !== undefined && { heardName: name.name }),
    ...(vendor !== undefined && { vendor }),
    behaviour: reasons.map(({ role }) => role),
  };
}

export function fullyHeard(
  heard: readonly Sighting[],
): Pick<AssetView, 'vendors' | 'names' | 'details' | 'reasons' | 'services'> {
  const sightings = newestFirst(heard);
  const names = sightings
    .flatMap((sighting) => sighting.names ?? [])
    .toSorted((a, b) => b.lastSeen - a.lastSeen)
    .map(({ name, source, lastSeen }) => ({ name, source, lastSeen: isoMicros(lastSeen) }));
  return {
    vendors: [...new Set(sightings.flatMap(({ vendor }) => vendor ?? []))],
    names: firstBy(names, ({ source, name }) => `${source} ${name}`),
    details: firstBy(
      sightings.flatMap(({ details }) => details ?? []),
      ({ source, about }) => `${source} ${about}`,
    ),
    reasons: firstBy(
      sightings.flatMap(({ behaviour }) => behaviour ?? []),
      ({ role }) => role,
    ),
    services: firstBy(
      sightings.flatMap(({ services }) => services ?? []),
      ({ transport, port }) => `${transport} ${port}`,
    ).toSorted((a, b) => a.port - b.port),
  };
}

function firstBy<T>(values: readonly T[], keyOf: (value: T) => string): readonly T[] {
  const byKey = new Map<string, T>();
  for (const value of values) if (!byKey.has(keyOf(value))) byKey.set(keyOf(value), value);
  return [...byKey.values()];
}

const bytesOf = ({ sent, received }: SeenTraffic): number => sent.bytes + received.bytes;

/** Two sensors that hear the same packets both count them: the one that counts more tells. */
export function busierTraffic(
  one: SeenConversation | undefined,
  other: SeenConversation,
): Pick<SeenConversation, 'traffic'> {
  const busier = [...(one?.traffic ?? []), ...(other.traffic ?? [])].sort(
    (a, b) => bytesOf(b) - bytesOf(a),
  );
  const traffic = firstBy(busier, ({ transport, port }) => `${transport} ${port}`);
  return traffic.length === 0 ? {} : { traffic };
}

export const showTraffic = (traffic: readonly SeenTraffic[]): readonly TrafficView[] =>
  traffic
    .toSorted((a, b) => bytesOf(b) - bytesOf(a))
    .map(({ firstSeen, lastSeen, ...rest }) => ({
      ...rest,
      firstSeen: isoMicros(firstSeen),
      lastSeen: isoMicros(lastSeen),
    }));
