/**
 * What a sensor tells of an address, joined with what it told before. A sensor that starts anew knows
 * nothing of yesterday, so a report adds and never takes away; of what is full, the longest unheard goes.
 */
import type { SeenBuild, SeenConversation, SeenUnit, Sighting } from '#broker/model/asset.ts';
import type { SensorId } from '#broker/model/ids.ts';
import { MAX_BUILDS, MAX_LISTED } from '#sensor/model/bounds.ts';
import type { AssetReport, BuildReport } from '#sensor/model/link.ts';
import { type Micros, micros, parseIso } from '#sensor/model/time.ts';
import { heardBoth, heardOf, trafficBoth, trafficOf } from './asset-heard.ts';

/** `now` is the broker's: a sensor whose clock is ahead has heard nothing later than that. */
export function sightingOf(sensor: SensorId, report: AssetReport, now: Micros): Sighting {
  const at = (time: string): Micros => micros(Math.min(parseIso(time) ?? now, now));
  const told: Sighting = {
    sensor,
    firstSeen: at(report.first_seen),
    lastSeen: at(report.last_seen),
    ...(report.mac !== undefined && { mac: report.mac }),
    ...heardOf(report, at),
    roles: [...report.roles],
    protocols: [...report.protocols],
    ports: [...(report.ports ?? [])],
    units: (report.units ?? []).map(({ id, identity, server_id: serverId }) => ({
      id,
      ...(identity !== undefined && { identity: identityOf(identity) }),
      ...(serverId !== undefined && { serverId }),
    })),
    ...(report.builds !== undefined && { builds: report.builds.map(buildOf) }),
    applications: [...(report.applications ?? [])],
    conversations: (report.conversations ?? []).map(
      ({ peer, role, protocols, kinds, traffic, last_seen }) => ({
        peer,
        role,
        protocols: [...protocols],
        kinds: [...kinds],
        ...(traffic !== undefined && { traffic: traffic.map((each) => trafficOf(each, at)) }),
        lastSeen: at(last_seen),
      }),
    ),
  };
  // In the order in which it will stand, so that the same report again changes nothing.
  return joined(told, told);
}

/** Both are of one sensor and one address; `told` came later. */
export function joined(known: Sighting, told: Sighting): Sighting {
  const mac = told.mac ?? known.mac;
  return {
    sensor: known.sensor,
    firstSeen: micros(Math.min(known.firstSeen, told.firstSeen)),
    lastSeen: micros(Math.max(known.lastSeen, told.lastSeen)),
    ...(mac !== undefined && { mac }),
    ...heardBoth(known, told),
    roles: both(known.roles, told.roles),
    protocols: both(known.protocols, told.protocols),
    ports: both(told.ports, known.ports)
      .slice(0, MAX_LISTED)
      .sort((a, b) => a - b),
    units: units(known.units, told.units),
    ...builds(known.builds, told.builds),
    applications: both(told.applications, known.applications).slice(0, MAX_LISTED).sort(),
    conversations: conversations(known.conversations, told.conversations),
  };
}

type Identity = NonNullable<SeenUnit['identity']>;

/** Fields that are known, and no others: what a sensor adds some day is not kept unread. */
const identityOf = (said: Identity): Identity => {
  const { vendor, product, revision, url, name, model, application } = said;
  return {
    ...(vendor !== undefined && { vendor }),
    ...(product !== undefined && { product }),
    ...(revision !== undefined && { revision }),
    ...(url !== undefined && { url }),
    ...(name !== undefined && { name }),
    ...(model !== undefined && { model }),
    ...(application !== undefined && { application }),
  };
};

const buildOf = (said: BuildReport): SeenBuild => ({
  ...(said.port !== undefined && { port: said.port }),
  ...(said.product_uri !== undefined && { productUri: said.product_uri }),
  ...(said.manufacturer_name !== undefined && { manufacturerName: said.manufacturer_name }),
  ...(said.product_name !== undefined && { productName: said.product_name }),
  ...(said.software_version !== undefined && { softwareVersion: said.software_version }),
  ...(said.build_number !== undefined && { buildNumber: said.build_number }),
  ...(said.build_date !== undefined && { buildDate: said.build_date }),
});

const both = <T extends string | number>(one: readonly T[], other: readonly T[]): T[] => [
  ...new Set([...one, ...other]),
];

/** A device that answers and does not say again what it is, is still what it said. */
function units(known: readonly SeenUnit[], told: readonly SeenUnit[]): readonly SeenUnit[] {
  const byId = new Map(told.map((unit) => [unit.id, unit]));
  for (const unit of known) {
    const newer = byId.get(unit.id);
    byId.set(unit.id, unitBoth(unit, newer));
  }
  return [...byId.values()].sort((a, b) => a.id - b.id);
}

function unitBoth(known: SeenUnit, told: SeenUnit | undefined): SeenUnit {
  if (told?.identity === undefined) return { ...known, ...told };
  return { ...known, ...told, identity: { ...known.identity, ...told.identity } };
}

function builds(
  known: readonly SeenBuild[] = [],
  told: readonly SeenBuild[] = [],
): Pick<Sighting, 'builds'> {
  if (known.length + told.length === 0) return {};
  const byPort = new Map(told.map((each) => [each.port, each]));
  for (const each of known) byPort.set(each.port, { ...each, ...byPort.get(each.port) });
  const sorted = [...byPort.values()].slice(0, MAX_BUILDS);
  return { builds: sorted.sort((a, b) => (a.port ?? 0) - (b.port ?? 0)) };
}

function conversations(
  known: readonly SeenConversation[],
  told: readonly SeenConversation[],
): readonly SeenConversation[] {
  const keyOf = ({ role, peer }: SeenConversation): string => `${role} ${peer}`;
  const byPeer = new Map(known.map((each) => [keyOf(each), each]));
  for (const each of told) {
    const before = byPeer.get(keyOf(each));
    byPeer.set(keyOf(each), {
      ...each,
      protocols: both(before?.protocols ?? [], each.protocols).sort(),
      kinds: both(before?.kinds ?? [], each.kinds).sort(),
      ...trafficBoth(before, each),
      lastSeen: micros(Math.max(before?.lastSeen ?? 0, each.lastSeen)),
    });
  }
  return [...byPeer.values()]
    .sort((a, b) => b.lastSeen - a.lastSeen || (keyOf(a) < keyOf(b) ? -1 : 1))
    .slice(0, MAX_LISTED);
}
