/** What a sensor tells of an asset from all traffic: read from its report, and joined with what it told before. */
import type { SeenConversation, SeenName, SeenTraffic, Sighting } from '#broker/model/asset.ts';
import { MAX_LISTED, MAX_NAMES_TOLD, MAX_TRAFFIC_TOLD } from '#sensor/model/bounds.ts';
import type {
  Behaviour,
  HeardDetail,
  HeardService,
  HeardTraffic,
} from '#sensor/model/inventory.ts';
import type { AssetReport } from '#sensor/model/link.ts';
import { type Micros, micros } from '#sensor/model/time.ts';

type Heard = Pick<Sighting, 'vendor' | 'names' | 'details' | 'behaviour' | 'services'>;
type Clock = (time: string) => Micros;

/** Fields that are known, and no others: what a sensor adds some day is not kept unread. */
export function heardOf(report: AssetReport, at: Clock): Heard {
  const { vendor, names, details, behaviour, services } = report;
  return {
    ...(vendor !== undefined && { vendor }),
    ...(names !== undefined && {
      names: names.map(({ name, source, last_seen }) => ({
        name,
        source,
        lastSeen: at(last_seen),
      })),
    }),
    ...(details !== undefined && {
      details: details.map(({ about, text, source }) => ({ about, text, source })),
    }),
    ...(behaviour !== undefined && {
      behaviour: behaviour.map(({ role, because }) => ({ role, because })),
    }),
    ...(services !== undefined && { services: services.map(serviceOf) }),
  };
}

const serviceOf = ({ transport, port, protocol, by, detail }: HeardService): HeardService => ({
  transport,
  port,
  ...(protocol !== undefined && { protocol }),
  ...(by !== undefined && { by }),
  ...(detail !== undefined && { detail }),
});

export const trafficOf = (
  { transport, port, protocol, by, sent, received, first_seen, last_seen }: HeardTraffic,
  at: Clock,
): SeenTraffic => ({
  transport,
  port,
  ...(protocol !== undefined && { protocol }),
  ...(by !== undefined && { by }),
  sent: { packets: sent.packets, bytes: sent.bytes },
  received: { packets: received.packets, bytes: received.bytes },
  firstSeen: at(first_seen),
  lastSeen: at(last_seen),
});

/** `told` came later, and stands first wherever there is an order. */
export function heardBoth(known: Heard, told: Heard): Heard {
  const vendor = told.vendor ?? known.vendor;
  const names = joinedBy(known.names, told.names, ({ source, name }) => `${source} ${name}`)
    .sort(newestFirst)
    .slice(0, MAX_NAMES_TOLD);
  const details = joinedBy(known.details, told.details, detailKey).slice(0, MAX_NAMES_TOLD);
  const behaviour = withoutRefuted(
    joinedBy<Behaviour>(known.behaviour, told.behaviour, ({ role }) => role),
  );
  const services = joinedBy(known.services, told.services, serviceKey)
    .slice(0, MAX_LISTED)
    .sort((a, b) => a.port - b.port || (a.transport < b.transport ? -1 : 1));
  return {
    ...(vendor !== undefined && { vendor }),
    ...(names.length > 0 && { names }),
    ...(details.length > 0 && { details: details.sort(byKey(detailKey)) }),
    ...(behaviour.length > 0 && { behaviour: behaviour.sort(byKey(({ role }) => role)) }),
    ...(services.length > 0 && { services }),
  };
}

/** Who was first seen only to read may have turned out to be somebody else. */
function withoutRefuted(behaviour: Behaviour[]): Behaviour[] {
  const changesSomething = behaviour.some(({ role }) => CHANGING_ROLES.has(role));
  return changesSomething ? behaviour.filter(({ role }) => role !== 'historian') : behaviour;
}

const CHANGING_ROLES: ReadonlySet<string> = new Set(['hmi', 'engineering-station']);

const detailKey = ({ source, about }: HeardDetail): string => `${source} ${about}`;
const serviceKey = ({ transport, port }: HeardService): string => `${transport} ${port}`;

const byKey =
  <T>(keyOf: (each: T) => string) =>
  (a: T, b: T): number =>
    keyOf(a) < keyOf(b) ? -1 : 1;

const newestFirst = (a: SeenName, b: SeenName): number =>
  b.lastSeen - a.lastSeen || (a.name < b.name ? -1 : 1);

function joinedBy<T>(
  known: readonly T[] | undefined,
  told: readonly T[] | undefined,
  keyOf: (each: T) => string,
): T[] {
  const byKey = new Map((told ?? []).map((each) => [keyOf(each), each]));
  for (const each of known ?? []) if (!byKey.has(keyOf(each))) byKey.set(keyOf(each), each);
  return [...byKey.values()];
}

/** Counts are those that were told last: a sensor that starts anew counts anew. */
export function trafficBoth(
  known: SeenConversation | undefined,
  told: SeenConversation,
): Pick<SeenConversation, 'traffic'> {
  const keyOf = ({ transport, port }: SeenTraffic): string => `${transport} ${port}`;
  const before = new Map((known?.traffic ?? []).map((each) => [keyOf(each), each]));
  const joined = joinedBy(known?.traffic, told.traffic, keyOf).map((each) => ({
    ...each,
    firstSeen: micros(
      Math.min(each.firstSeen, before.get(keyOf(each))?.firstSeen ?? each.firstSeen),
    ),
  }));
  const traffic = joined
    .sort(
      (a, b) => b.lastSeen - a.lastSeen || a.port - b.port || (a.transport < b.transport ? -1 : 1),
    )
    .slice(0, MAX_TRAFFIC_TOLD);
  return traffic.length === 0 ? {} : { traffic };
}
