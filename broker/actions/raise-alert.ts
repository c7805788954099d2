/** The broker's own alerts: one open record for what is the same, and a new one after it was closed. */
import { createHash } from 'node:crypto';
import type { AlertRecord } from '#broker/model/alert.ts';
import { BrokerError } from '#broker/model/broker-error.ts';
import type { Write } from '#broker/store/store.ts';
import type { Asset, Plant } from '#policies/plant.ts';
import { zonesAround } from '#policies/zones.ts';
import type { Alert, AlertEndpoint } from '#sensor/model/alert.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { Transport } from '#sensor/model/net.ts';
import { isoMicros, type Micros } from '#sensor/model/time.ts';
import { communityId } from '#sensor/output/community-id.ts';
import { brokerAlertId } from './alert-id.ts';
import { ATTACK_VERSION, type BrokerRule } from './broker-rules.ts';
import type { ActionContext } from './context.ts';

/** One time that it happened. */
export interface Occurrence {
  readonly at: Micros;
  /** In one sentence, without its full stop. */
  readonly message: string;
  readonly facts: readonly Fact[];
}

/** What all occurrences of one record have in common. */
export interface AlertSubject {
  readonly rule: BrokerRule;
  /** Same rule and same key = same record. */
  readonly key: string;
  readonly source?: AlertEndpoint;
  readonly destination?: AlertEndpoint;
  /** TCP where it is not said, over which the gate emits. */
  readonly transport?: Transport;
  readonly asset?: Asset;
  /** What was said, by protocol; one of the two. */
  readonly modbus?: Readonly<Record<string, unknown>>;
  readonly opcua?: Readonly<Record<string, unknown>>;
  readonly operation?: { readonly kind: string; readonly object: string };
  readonly policy?: { readonly allowed: boolean; readonly because: readonly string[] };
}

/** docs/contracts.md, "Alert". */
const MAX_SEEN = 100;
const MAX_FACTS = 100;
const MAX_ATTEMPTS = 64;

export const dedupKeyOf = ({ rule, key }: Pick<AlertSubject, 'rule' | 'key'>): string =>
  createHash('sha256').update(`${rule.id}\n${key}`).digest('hex').slice(0, 32);

/**
 * Adds `occurrences` (at least one, oldest first) to the open record of the subject, or begins one. An
 * occurrence of a time that is counted already is the same one, so that a sweep may be repeated.
 */
export async function raiseAlert(
  context: ActionContext,
  plant: Plant | undefined,
  subject: AlertSubject,
  occurrences: readonly Occurrence[],
): Promise<void> {
  await change(context, dedupKeyOf(subject), (latest) =>
    withOccurrences(plant, subject, occurrences, latest),
  );
}

/** The write of `raiseAlert`, for an action that has more to commit; undefined where nothing is new. */
export async function alertWrite(
  context: ActionContext,
  subject: AlertSubject,
  occurrence: Occurrence,
): Promise<Write | undefined> {
  const latest = await context.store.alerts.latestOf('broker', dedupKeyOf(subject));
  const put = withOccurrences(context.plant(), subject, [occurrence], latest);
  return put && writeOf(put);
}

const writeOf = (put: AlertRecord): Write => ({ noun: 'alert', expected: put.version - 1, put });

function withOccurrences(
  plant: Plant | undefined,
  subject: AlertSubject,
  occurrences: readonly Occurrence[],
  latest: AlertRecord | undefined,
): AlertRecord | undefined {
  const known = new Set(latest?.document.lockkeeper.alert.seen);
  const fresh = occurrences.filter(({ at }) => !known.has(isoMicros(at)));
  const [first, ...more] = fresh;
  if (first === undefined) return undefined;
  const open = latest !== undefined && latest.status !== 'closed';
  const begun = open ? grown(latest, first) : recordOf(plant, subject, first, latest);
  const record = more.reduce(grown, begun);
  return { ...record, version: open ? latest.version + 1 : 1 };
}

/** Writes a sentence onto the newest record with this key, for what became known later. */
export async function noteOnAlert(
  context: ActionContext,
  dedupKey: string,
  fact: Fact,
  at: Micros,
): Promise<void> {
  await change(context, dedupKey, (latest) => {
    const facts = latest?.document.lockkeeper.facts;
    if (latest === undefined || facts === undefined || facts.some((is) => is.text === fact.text)) {
      return undefined;
    }
    return {
      ...latest,
      version: latest.version + 1,
      activity: [
        ...latest.activity,
        { at, person: 'broker', action: 'commented', text: fact.text },
      ],
      document: withFacts(latest.document, [fact]),
    };
  });
}

async function change(
  context: ActionContext,
  dedupKey: string,
  decide: (latest: AlertRecord | undefined) => AlertRecord | undefined,
): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const put = decide(await context.store.alerts.latestOf('broker', dedupKey));
    if (put === undefined) return;
    const write = writeOf(put);
    const { kind } = await context.store.commit({ writes: [write], audit: [] });
    if (kind === 'committed') return context.publish(write);
  }
  // Whoever asked for it must not take it for done.
  throw new BrokerError(
    'store',
    `alert \`${dedupKey}\` changed at each of ${MAX_ATTEMPTS} attempts`,
  );
}

function grown(record: AlertRecord, { at, message, facts }: Occurrence): AlertRecord {
  const { alert } = record.document.lockkeeper;
  const lastSeen = at > record.lastSeen ? at : record.lastSeen;
  const count = record.count + 1;
  const document = withFacts(record.document, facts);
  return {
    ...record,
    lastSeen,
    count,
    document: {
      ...document,
      message,
      lockkeeper: {
        ...document.lockkeeper,
        alert: {
          ...alert,
          count,
          last_seen: isoMicros(lastSeen),
          seen: [...alert.seen, isoMicros(at)].sort().slice(-MAX_SEEN),
        },
      },
    },
  };
}

function withFacts(document: Alert, facts: readonly Fact[]): Alert {
  const { lockkeeper } = document;
  const known = new Set(lockkeeper.facts.map(({ text }) => text));
  const fresh = facts.filter(({ text }) => !known.has(text));
  const all = [...lockkeeper.facts, ...fresh].slice(-MAX_FACTS);
  return { ...document, lockkeeper: { ...lockkeeper, facts: all } };
}

function recordOf(
  plant: Plant | undefined,
  subject: AlertSubject,
  { at, message, facts }: Occurrence,
  before: AlertRecord | undefined,
): AlertRecord {
  const { rule, source, destination, asset, modbus, opcua, operation, policy } = subject;
  const dedupKey = dedupKeyOf(subject);
  const time = isoMicros(at);
  const id = brokerAlertId(`${dedupKey}\n${time}`);
  const parts = severityParts(plant, rule, asset);
  const severity = parts.reduce((sum, { points }) => sum + points, 0);
  const document: Alert = {
    '@timestamp': time,
    event: {
      kind: 'alert',
      category: ['intrusion_detection', 'network'],
      severity,
      action: rule.action,
    },
    message,
    rule: { id: rule.id, name: rule.name, level: rule.level, version: rule.version },
    ...(rule.threat && { threat: rule.threat }),
    ...(source && { source }),
    ...(destination && { destination }),
    network: network(subject),
    ...(modbus && { modbus }),
    ...(opcua && { opcua }),
    lockkeeper: {
      alert: {
        id,
        dedup_key: dedupKey,
        count: 1,
        first_seen: time,
        last_seen: time,
        seen: [time],
        status: 'new',
      },
      attack_version: ATTACK_VERSION,
      advice: rule.advice,
      frames: [],
      facts,
      severity: parts,
      ...(asset && { asset: { id: asset.id, zone: asset.zone } }),
      ...(operation && { operation }),
      ...(policy && { policy }),
    },
  };
  return {
    id,
    version: 1,
    status: 'new',
    severity,
    firstSeen: at,
    lastSeen: at,
    count: 1,
    activity: [],
    document,
    hasEvidence: false,
    ...(before && { follows: before.id }),
  };
}

function network({
  source,
  destination,
  transport = 'tcp',
  opcua,
}: AlertSubject): NonNullable<Alert['network']> {
  const [client, server] = [source, destination].map(
    (end) => end && { ip: end.ip, port: end.port ?? 0 },
  );
  const id = client && server && communityId(transport, client, server);
  const protocol = opcua === undefined ? 'modbus' : 'opcua';
  return { transport, protocol, ...(id !== undefined && { community_id: id }) };
}

/** The same scale as the sensor's (`sensor/detect/severity.ts`); the parts add up to 100 at most. */
const LEVEL = { informational: 5, low: 20, medium: 40, high: 60, critical: 75 } as const;
const CRITICALITY = { low: 0, medium: 5, high: 10 } as const;
const SAFETY_ZONE = 15;
const zonePoints = (purdue: number): number => (purdue <= 2 ? 8 : purdue <= 3 ? 4 : 0);

function severityParts(plant: Plant | undefined, { level }: BrokerRule, asset: Asset | undefined) {
  const parts = [{ part: `rule level ${level}`, points: LEVEL[level] as number }];
  const zone = asset && plant?.zones.get(asset.zone);
  if (plant === undefined || asset === undefined || zone === undefined) return parts;
  const safe = zonesAround(plant, zone.id).some((id) => plant.zones.get(id)?.safety === true);
  return [
    ...parts,
    {
      part: `criticality ${asset.criticality} of ${asset.id}`,
      points: CRITICALITY[asset.criticality],
    },
    safe
      ? { part: `safety zone ${zone.id}`, points: SAFETY_ZONE }
      : {
          part: `zone ${zone.id}, Purdue level ${zone.purdue}`,
          points: zonePoints(zone.purdue),
        },
  ];
}
