import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { brokerAlertId } from '#broker/actions/alert-id.ts';
import { receiveAlerts, receiveEvidence } from '#broker/actions/receive-alerts.ts';
import { acknowledgeAlert, closeAlert, commentAlert } from '#broker/actions/work-alert.ts';
import type { AlertRecord } from '#broker/model/alert.ts';
import type { SensorId } from '#broker/model/ids.ts';
import type { Alert } from '#sensor/model/alert.ts';
import { isoMicros } from '#sensor/model/time.ts';
import { codeOf, done, openSite, type Site } from '../../support/broker-context.ts';
import { later, NOW, SECOND } from '../../support/broker-site.ts';

const SENSOR = 'sen_000000000001' as SensorId;
const OTHER = 'sen_000000000002' as SensorId;

/** What a sensor says of a stream after `count` occurrences, one each second. */
function alert(count: number, change: { readonly id?: string; readonly key?: string } = {}): Alert {
  const { id = 'al_000000000001', key = 'rogue writes plc-12' } = change;
  const first = isoMicros(NOW);
  const last = isoMicros(later((count - 1) * SECOND));
  return {
    '@timestamp': first,
    event: { kind: 'alert', category: ['network'], severity: 73, action: 'new-writer' },
    message: `127.20.66.66 wrote ${count} times`,
    rule: { id: 'rule', name: 'New writer', level: 'high', version: '1' },
    lockkeeper: {
      alert: {
        id,
        dedup_key: key,
        count,
        first_seen: first,
        last_seen: last,
        seen: [last],
        status: 'new',
      },
      attack_version: '19.1',
      frames: [1],
      facts: [],
      severity: [],
    },
  };
}

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const receive = (...alerts: readonly Alert[]) => receiveAlerts(site.context, SENSOR, alerts);
const records = async (): Promise<readonly AlertRecord[]> =>
  (await site.context.store.alerts.list({}, { limit: 200 })).items;
const only = async (): Promise<AlertRecord> => {
  const [record, ...more] = await records();
  if (record === undefined || more.length > 0) throw new Error(`${more.length} more alerts`);
  return record;
};
const close = (record: AlertRecord) =>
  closeAlert(site.context, {
    actor: 'anna',
    id: record.id,
    version: record.version,
    reason: 'false-positive',
    comment: 'known',
  });

describe('an alert from a sensor', () => {
  test('is one record that grows', async () => {
    expect(await receive(alert(1))).toEqual({ accepted: ['al_000000000001'] });
    expect(await only()).toMatchObject({ status: 'new', count: 1, severity: 73, sensor: SENSOR });
    await receive(alert(3));
    expect(await only()).toMatchObject({ count: 3, lastSeen: later(2 * SECOND), version: 2 });
    expect(site.published.length).toBe(2);
  });

  test('sent again, or late, changes nothing', async () => {
    await receive(alert(3));
    const before = await only();
    expect(await receive(alert(3), alert(2), alert(1))).toEqual({
      accepted: ['al_000000000001', 'al_000000000001', 'al_000000000001'],
    });
    expect(await only()).toEqual(before);
    expect(site.published.length).toBe(1);
  });

  test('is one record also where one message names it often', async () => {
    await receive(alert(1), alert(2), alert(5), alert(4));
    expect(await only()).toMatchObject({ count: 5, version: 1 });
  });

  test('keeps what people did with it', async () => {
    await receive(alert(1));
    done(
      await acknowledgeAlert(site.context, { actor: 'anna', id: (await only()).id, version: 1 }),
    );
    await receive(alert(2));
    expect(await only()).toMatchObject({ status: 'acknowledged', assignee: 'anna', count: 2 });
  });

  test('that was closed and fires again is a new one that names the old', async () => {
    await receive(alert(3));
    const old = done(await close(await only())).alert;
    await receive(alert(3));
    expect((await records()).length).toBe(1);
    await receive(alert(5));
    await receive(alert(5), alert(4));
    const [anew, ...rest] = await records();
    expect(rest).toEqual([old]);
    expect(anew).toMatchObject({ status: 'new', follows: old.id, count: 2, activity: [] });
    expect(anew).not.toHaveProperty('assignee');
    await receive(alert(6));
    expect((await records()).length).toBe(2);
    expect(await site.context.store.alerts.get(anew?.id ?? '')).toMatchObject({ count: 3 });
  });

  test('closed again and again makes a chain', async () => {
    for (let count = 1; count <= 4; count += 1) {
      await receive(alert(count));
      const open = (await records()).find(({ status }) => status !== 'closed');
      if (open === undefined) throw new Error('nothing is open');
      done(await close(open));
    }
    const chain = await records();
    expect(chain.map(({ follows }) => follows ?? '')).toEqual([
      ...chain.slice(1).map(({ id }) => id),
      '',
    ]);
  });

  test('of a new stream follows a closed record of the same kind, and not an open one', async () => {
    await receive(alert(1));
    await receive(alert(1, { id: 'al_000000000002' }));
    expect((await records()).map(({ follows }) => follows)).toEqual([undefined, undefined]);
    const last = await site.context.store.alerts.get('al_000000000002');
    if (last === undefined) throw new Error('it is gone');
    done(await close(last));
    await receive(alert(1, { id: 'al_000000000003' }));
    expect(await site.context.store.alerts.get('al_000000000003')).toMatchObject({
      follows: 'al_000000000002',
    });
  });

  test("cannot write in another sensor's", async () => {
    await receive(alert(1));
    const before = await only();
    expect((await receiveAlerts(site.context, OTHER, [alert(9)])).accepted.length).toBe(1);
    expect(await only()).toEqual(before);
    expect(await receiveEvidence(site.context, OTHER, before.id)).toBe(false);
    expect(await receiveEvidence(site.context, SENSOR, before.id)).toBe(true);
    expect(await receiveEvidence(site.context, SENSOR, 'al_000000000009')).toBe(false);
    expect(await only()).toMatchObject({ hasEvidence: true });
  });

  test("cannot take another sensor's record by its id or its key, and a leaf says that it tried", async () => {
    await receive(alert(1));
    const before = await only();
    done(await close(before));
    await receiveAlerts(site.context, OTHER, [alert(9)]);
    expect((await site.leaves()).at(-1)).toMatchObject({
      actor: `sensor:${OTHER}`,
      action: 'receive-items',
      subject: OTHER,
      outcome: 'denied',
      detail: { foreign: 1, first: 'al_000000000001' },
    });
    const { accepted } = await receiveAlerts(site.context, OTHER, [
      alert(1, { id: 'al_other00001' }),
    ]);
    expect(accepted).toEqual(['al_other00001']);
    const theirs = await site.context.store.alerts.get('al_other00001');
    expect(theirs).toMatchObject({ sensor: OTHER });
    expect(theirs).not.toHaveProperty('follows');
  });

  test('cannot take beforehand the id of what the broker will make', async () => {
    await receive(alert(1));
    done(await close(await only()));
    const foreseen = brokerAlertId('after al_000000000001');
    await receiveAlerts(site.context, OTHER, [alert(1, { id: foreseen, key: 'any' })]);
    expect((await site.leaves()).at(-1)).toMatchObject({
      detail: { foreign: 1, first: foreseen },
    });
    await receive(alert(2));
    expect(await site.context.store.alerts.get(foreseen)).toMatchObject({
      sensor: SENSOR,
      follows: 'al_000000000001',
    });
  });

  test('arrives whole while somebody works on another of the batch', async () => {
    await receive(alert(1));
    const other = alert(1, { id: 'al_000000000002', key: 'other' });
    const [received] = await Promise.all([
      receive(alert(2), other),
      acknowledgeAlert(site.context, { actor: 'anna', id: 'al_000000000001', version: 1 }),
    ]);
    expect(received.accepted.length).toBe(2);
    expect((await records()).length).toBe(2);
  });
});

describe('working an alert', () => {
  beforeEach(() => receive(alert(1)));
  const seen = async (actor = 'anna') => {
    const { id, version } = await only();
    return { actor, id, version };
  };

  test('assigns it to who acknowledges, also away from somebody else', async () => {
    const { alert: mine } = done(await acknowledgeAlert(site.context, await seen()));
    expect(mine).toMatchObject({ status: 'acknowledged', assignee: 'anna' });
    expect(mine.activity).toMatchObject([{ person: 'anna', action: 'acknowledged' }]);
    expect((await site.leaves()).at(-1)).toMatchObject({
      action: 'acknowledge-alert',
      subject: mine.id,
      outcome: 'allowed',
    });
  });

  test('closes with a reason, once', async () => {
    const { alert: closed } = done(await close(await only()));
    expect(closed).toMatchObject({ status: 'closed', closeReason: 'false-positive' });
    expect(codeOf(await close(closed))).toBe('wrong-state');
    expect(codeOf(await acknowledgeAlert(site.context, await seen()))).toBe('wrong-state');
    const comment = { ...(await seen()), text: 'see the ticket' };
    expect(done(await commentAlert(site.context, comment)).alert.status).toBe('closed');
  });

  test('with a comment that cannot be read is refused', async () => {
    const comment = { ...(await seen()), text: '\u202e' };
    expect(codeOf(await commentAlert(site.context, comment))).toBe('invalid');
    expect(codeOf(await commentAlert(site.context, { ...comment, text: '' }))).toBe('invalid');
  });

  test('that somebody else changed is a conflict', async () => {
    const before = await seen();
    done(await acknowledgeAlert(site.context, before));
    expect(codeOf(await acknowledgeAlert(site.context, before))).toBe('conflict');
  });

  test('is for analysts alone', async () => {
    for (const [actor, code] of [
      ['otto', 'forbidden'],
      ['sam', 'forbidden'],
      ['audra', 'forbidden'],
      ['vera', 'unknown'],
      ['nobody', 'forbidden'],
    ] as const) {
      const outcome = await acknowledgeAlert(site.context, await seen(actor));
      expect([actor, codeOf(outcome)]).toEqual([actor, code]);
    }
    expect((await only()).version).toBe(1);
  });

  test('that does not exist is unknown', async () => {
    for (const id of ['', 'al_000000000009', '../etc']) {
      const outcome = await acknowledgeAlert(site.context, { actor: 'anna', id, version: 1 });
      expect(codeOf(outcome)).toBe('unknown');
    }
  });
});
