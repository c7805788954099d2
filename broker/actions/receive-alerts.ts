/** Takes alerts from a sensor, at least once: the same again changes nothing. */
import type { AlertRecord } from '#broker/model/alert.ts';
import type { AuditEvent } from '#broker/model/audit.ts';
import type { SensorId } from '#broker/model/ids.ts';
import type { Write } from '#broker/store/store.ts';
import type { Alert } from '#sensor/model/alert.ts';
import type { Micros } from '#sensor/model/time.ts';
import { isBrokerAlertId } from './alert-id.ts';
import { advance, begin, type Step } from './alert-stream.ts';
import type { ActionContext } from './context.ts';

export interface Received {
  /** Ids of those that stand in the store now, whether or not they changed anything. */
  readonly accepted: readonly string[];
}

/** A batch is at most 500 items; another writer now and then is no reason to give it back. */
const MAX_ATTEMPTS = 16;

/**
 * All or none: where a person works on one of them at every attempt, nothing is accepted and the sensor
 * sends again. Needs no audit leaf: the record is the evidence, and what people do with it is audited.
 * What names a record of somebody else is taken and told in a leaf, and changes nothing.
 */
export async function receiveAlerts(
  context: ActionContext,
  sensor: SensorId,
  documents: readonly Alert[],
): Promise<Received> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const { writes, foreign } = await writesOf(context, sensor, documents);
    if (writes.length > 0 || foreign.length > 0) {
      const audit = foreign.length === 0 ? [] : [foreignLeaf(sensor, foreign, context.clock())];
      const committed = await context.store.commit({ writes, audit });
      if (committed.kind === 'conflict') continue;
      for (const write of writes) context.publish(write);
    }
    return { accepted: documents.map(({ lockkeeper }) => lockkeeper.alert.id) };
  }
  return { accepted: [] };
}

/** A person closes an alert; a record that was closed and fired again this often wants a rule changed. */
const MAX_CHAIN = 1000;

function foreignLeaf(sensor: SensorId, foreign: readonly string[], at: Micros): AuditEvent {
  return {
    at,
    actor: `sensor:${sensor}`,
    action: 'receive-items',
    subject: sensor,
    outcome: 'denied',
    detail: { foreign: foreign.length, first: foreign[0] },
  };
}

interface Changes {
  readonly writes: readonly Write[];
  /** Ids that the sensor named and that are not its own. */
  readonly foreign: readonly string[];
}

/** One write for each record, however often the batch names it. */
async function writesOf(
  context: ActionContext,
  sensor: SensorId,
  documents: readonly Alert[],
): Promise<Changes> {
  const changed = new Map<string, { readonly expected: number; readonly put: AlertRecord }>();
  const latest = new Map<string, AlertRecord>();
  const foreign: string[] = [];
  const find = async (id: string) => changed.get(id)?.put ?? (await context.store.alerts.get(id));
  for (const document of documents) {
    const { id, dedup_key: key } = document.lockkeeper.alert;
    if (isBrokerAlertId(id)) {
      foreign.push(id);
      continue;
    }
    let known = await find(id);
    let step: Step =
      known === undefined
        ? begin(
            document,
            sensor,
            latest.get(key) ?? (await context.store.alerts.latestOf(sensor, key)),
          )
        : advance(known, document, sensor);
    for (let length = 0; step.kind === 'next' && length < MAX_CHAIN; length += 1) {
      known = await find(step.record.id);
      step =
        known === undefined
          ? { kind: 'put', record: step.record }
          : advance(known, document, sensor);
    }
    if (step.kind === 'foreign') foreign.push(id);
    if (step.kind !== 'put') continue;
    const { record } = step;
    const expected = changed.get(record.id)?.expected ?? known?.version ?? 0;
    const put = { ...record, version: expected + 1 };
    changed.set(record.id, { expected, put });
    latest.set(key, put);
  }
  const writes = [...changed.values()].map(
    ({ expected, put }): Write => ({ noun: 'alert', expected, put }),
  );
  return { writes, foreign };
}

/** The pcapng slice of an alert has arrived whole. False where this sensor has no such alert. */
export async function receiveEvidence(
  context: ActionContext,
  sensor: SensorId,
  alert: string,
): Promise<boolean> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const record = await context.store.alerts.get(alert);
    if (record?.sensor !== sensor) return false;
    if (record.hasEvidence) return true;
    const put: AlertRecord = { ...record, version: record.version + 1, hasEvidence: true };
    const write: Write = { noun: 'alert', expected: record.version, put };
    const committed = await context.store.commit({ writes: [write], audit: [] });
    if (committed.kind === 'conflict') continue;
    context.publish(write);
    return true;
  }
  return false;
}
