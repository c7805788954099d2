/**
 * How an occurrence stream, as a sensor counts it, becomes records that people work on.
 *
 * A sensor names a stream once and sends it again whenever it grows. Until a person closes the record
 * it is one record that is brought up to date; what occurs after the closing is a new record that
 * names the old. Sending again is harmless: an older or equal state changes nothing.
 */
import type { AlertRecord } from '#broker/model/alert.ts';
import type { SensorId } from '#broker/model/ids.ts';
import type { Alert } from '#sensor/model/alert.ts';
import { type Micros, parseIso } from '#sensor/model/time.ts';
import { brokerAlertId } from './alert-id.ts';

export type Step =
  /** An older or equal state, or one that cannot be read. */
  | { readonly kind: 'unchanged' }
  /** The record is somebody else's, who alone writes in it. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'put'; readonly record: AlertRecord }
  /** It was closed and fired again: step on from the record with this id, or put it where there is none. */
  | { readonly kind: 'next'; readonly record: AlertRecord };

/** The first record of a stream. `latest` is the newest with its deduplication key, from whatever stream. */
export function begin(
  document: Alert,
  sensor: SensorId | undefined,
  latest: AlertRecord | undefined,
): Step {
  const times = timesOf(document);
  if (times === undefined) return { kind: 'unchanged' };
  const record: AlertRecord = {
    ...times,
    id: document.lockkeeper.alert.id,
    version: 1,
    status: 'new',
    severity: document.event.severity,
    count: countOf(document),
    activity: [],
    document,
    hasEvidence: false,
    ...(sensor === undefined ? {} : { sensor }),
    ...(latest?.status === 'closed' ? { follows: latest.id } : {}),
  };
  return { kind: 'put', record };
}

/** What `document` makes of a record of its own stream. */
export function advance(record: AlertRecord, document: Alert, sensor: SensorId | undefined): Step {
  const times = timesOf(document);
  if (record.sensor !== sensor) return { kind: 'foreign' };
  if (times === undefined) return { kind: 'unchanged' };
  const grown = countOf(document) - countOf(record.document);
  if (times.lastSeen <= record.lastSeen && grown <= 0) return { kind: 'unchanged' };
  const state = { severity: document.event.severity, lastSeen: times.lastSeen, document };
  if (record.status !== 'closed') {
    const count = record.count + Math.max(0, grown);
    return { kind: 'put', record: { ...record, ...state, version: record.version + 1, count } };
  }
  const { closeReason: _, assignee: __, ...rest } = record;
  return {
    kind: 'next',
    record: {
      ...rest,
      ...state,
      id: idAfter(record),
      version: 1,
      status: 'new',
      firstSeen: times.lastSeen,
      count: Math.max(1, grown),
      follows: record.id,
      activity: [],
    },
  };
}

const countOf = ({ lockkeeper }: Alert): number => lockkeeper.alert.count;

/** Derived from what it follows, so that the same news finds the same record. */
const idAfter = ({ id }: AlertRecord): string => brokerAlertId(`after ${id}`);

interface Times {
  readonly firstSeen: Micros;
  readonly lastSeen: Micros;
}

function timesOf({ lockkeeper }: Alert): Times | undefined {
  const firstSeen = parseIso(lockkeeper.alert.first_seen);
  const lastSeen = parseIso(lockkeeper.alert.last_seen);
  return firstSeen === undefined || lastSeen === undefined ? undefined : { firstSeen, lastSeen };
}
