import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { enrolSensor } from '#broker/actions/enrol-sensor.ts';
import {
  EXPLAINED_WITHIN,
  joinOperations,
  SEEN_WITHIN,
  SILENT_FOR,
} from '#broker/actions/join-operations.ts';
import { receiveAlerts } from '#broker/actions/receive-alerts.ts';
import { receiveHealth } from '#broker/actions/receive-health.ts';
import {
  MAX_AGE,
  MAX_AHEAD,
  MAX_WAITING,
  receiveOperations,
} from '#broker/actions/receive-operations.ts';
import { closeAlert } from '#broker/actions/work-alert.ts';
import type { SensorId, SessionId } from '#broker/model/ids.ts';
import { type Emission, joinKey, type ReportedOperation } from '#broker/model/operation.ts';
import { emitRequest } from '#sensor/decode/modbus/emit.ts';
import { joinExchange } from '#sensor/decode/modbus/exchange.ts';
import type { ModbusRequest } from '#sensor/decode/modbus/pdu.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { codeOf, done, openSite, type Site } from '../../support/broker-context.ts';
import { later, NOW, SECOND } from '../../support/broker-site.ts';

const SENSOR = 'sen_000000000001' as SensorId;
const GATE = { ip: '127.20.10.1', port: 40_001 };
const HMI = { ip: '127.20.2.10', port: 40_002 };
const ROGUE = { ip: '127.20.66.66', port: 40_003 };
const PLC = { ip: '127.20.1.12', port: 5020 };

const write = (value: number, address = 100): ModbusRequest => ({
  kind: 'write-single',
  functionCode: 6,
  address,
  value,
});

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

let ids = 0;
function seen(
  client: typeof GATE,
  request: ModbusRequest,
  at: Micros = NOW,
  transactionId = 7,
): ReportedOperation {
  ids += 1;
  const message = { transactionId, unitId: 1, pdu: emitRequest(request), at, frames: [1] };
  return {
    id: `op-${ids}`,
    sensor: SENSOR,
    exchange: joinExchange({
      client,
      server: PLC,
      transport: 'tcp',
      framing: 'mbap',
      request: message,
      response: undefined,
      facts: [],
    }),
  };
}

function emitted(request: ModbusRequest, sentAt: Micros = NOW, transactionId = 7): Emission {
  ids += 1;
  return {
    id: `em-${ids}`,
    session: 'ses_000000000001' as SessionId,
    sentAt,
    key: joinKey(GATE, PLC, transactionId),
    asset: 'plc-12',
    unit: 1,
    functionCode: request.functionCode,
    pdu: emitRequest(request).toString('hex'),
    changing: true,
  };
}

const report = (...operations: readonly ReportedOperation[]) =>
  receiveOperations(site.context, SENSOR, operations);
const emit = (...emissions: readonly Emission[]) =>
  site.context.store.history.appendEmissions(emissions);
const join = (at: number = EXPLAINED_WITHIN) => {
  site.now = later(at);
  return joinOperations(site.context);
};
const alerts = async () => (await site.context.store.alerts.list({}, { limit: 200 })).items;
const enrol = (covers: readonly string[] = ['127.20.1.0/24']) =>
  enrolSensor(site.context, {
    id: SENSOR,
    name: 'cell-1',
    covers,
    certificate: 'ab'.repeat(32),
    invitedBy: 'ada',
  });

describe('a write that was seen', () => {
  test('is explained by the emission of the gate, at once', async () => {
    await emit(emitted(write(5)));
    await report(seen(GATE, write(5)));
    expect(await join(0)).toEqual({ emitted: 1, local: 0, unexplained: 0, neverSeen: 0 });
    expect(await join()).toEqual({ emitted: 0, local: 0, unexplained: 0, neverSeen: 0 });
    expect(await alerts()).toEqual([]);
  });

  test('is explained by the policy where it names a local operator', async () => {
    await report(seen(HMI, write(5)));
    expect(await join(0)).toMatchObject({ local: 1 });
    expect(await alerts()).toEqual([]);
  });

  test('without a reason is an alert once the time for one is over', async () => {
    await report(seen(ROGUE, write(1500)));
    expect(await join(EXPLAINED_WITHIN - 1)).toMatchObject({ unexplained: 0 });
    expect(await alerts()).toEqual([]);
    expect(await join(EXPLAINED_WITHIN)).toMatchObject({ unexplained: 1 });
    expect((await alerts()).length).toBe(1);
    expect(await join(EXPLAINED_WITHIN + 1)).toMatchObject({ unexplained: 0 });
  });

  test('without a reason says who, what, where, and why it is none', async () => {
    await report(seen(ROGUE, write(1500)));
    await join();
    const [alert] = await alerts();
    expect(alert).toMatchObject({
      status: 'new',
      severity: 78,
      document: {
        rule: { name: 'Write without a grant', level: 'high' },
        threat: { technique: [{ id: 'T1692.001', legacy_id: 'T0855' }] },
        modbus: {
          function: { code: 6, name: 'write-single-register' },
          address: 100,
          values: [1500],
        },
        source: { ip: '127.20.66.66' },
        destination: { ip: '127.20.1.12', port: 5020 },
        lockkeeper: { asset: { id: 'plc-12', zone: 'cell-1' }, policy: { allowed: false } },
      },
    });
    expect(alert?.document.network?.community_id).toMatch(/^1:/);
    expect(alert?.document.message).toMatch(
      /^127\.20\.66\.66 wrote 1500 to holding register 100 \(40101\) of unit 1 on plc-12 without a grant: /,
    );
    expect(alert).not.toHaveProperty('sensor');
  });

  test('often is one alert that counts, in one commit', async () => {
    const times = Array.from({ length: 150 }, (_, i) => later(i * 1000));
    await report(...times.map((at) => seen(ROGUE, write(1), at)));
    expect(await join(EXPLAINED_WITHIN + 149_000)).toMatchObject({ unexplained: 150 });
    await report(seen(ROGUE, write(2), later(SECOND)));
    await join(EXPLAINED_WITHIN + SECOND);
    const [alert, ...more] = await alerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ count: 151, version: 2, lastSeen: later(SECOND) });
    expect(alert?.document.lockkeeper.alert.seen.length).toBe(100);
  });

  test('is an alert of the broker whatever a sensor said under its key before', async () => {
    await report(seen(ROGUE, write(1)));
    await join();
    const [own] = await alerts();
    if (own === undefined) throw new Error('no alert');
    const { dedup_key } = own.document.lockkeeper.alert;
    for (const id of ['al_stolen00001', own.id]) {
      const { lockkeeper } = own.document;
      const alert = { ...lockkeeper.alert, id, dedup_key, count: 1_000_000 };
      const document = { ...own.document, lockkeeper: { ...lockkeeper, alert } };
      await receiveAlerts(site.context, SENSOR, [document]);
    }
    expect(await site.context.store.alerts.get(own.id)).toEqual(own);
    await report(seen(ROGUE, write(1), later(SECOND)));
    await join(EXPLAINED_WITHIN + SECOND);
    expect(await site.context.store.alerts.get(own.id)).toMatchObject({ count: 2, version: 2 });
    expect(await site.context.store.alerts.get('al_stolen00001')).toMatchObject({
      sensor: SENSOR,
      version: 1,
    });
  });

  test('whose alert cannot be stored is asked about again', async () => {
    const { context } = site;
    await report(seen(ROGUE, write(1)));
    site.now = later(EXPLAINED_WITHIN);
    const conflict = async () => ({ kind: 'conflict', noun: 'alert', id: 'al_1' }) as const;
    const busy = { ...context, store: { ...context.store, commit: conflict } };
    await expect(joinOperations(busy)).rejects.toMatchObject({ code: 'store' });
    expect(await join()).toMatchObject({ unexplained: 1 });
  });

  test('after the alert was closed is a new one that names the old', async () => {
    await report(seen(ROGUE, write(1)));
    await join();
    const [old] = await alerts();
    if (old === undefined) throw new Error('no alert');
    const closing = {
      actor: 'anna',
      id: old.id,
      version: 1,
      reason: 'true-positive',
      comment: '',
    } as const;
    done(await closeAlert(site.context, closing));
    await report(seen(ROGUE, write(1), later(SECOND)));
    await join(EXPLAINED_WITHIN + SECOND);
    const [anew, ...rest] = await alerts();
    expect(rest.length).toBe(1);
    expect(anew).toMatchObject({ status: 'new', follows: old.id, count: 1 });
  });

  test('replayed with the same transaction is not explained twice', async () => {
    await emit(emitted(write(5)));
    await report(seen(GATE, write(5)));
    expect(await join()).toMatchObject({ emitted: 1 });
    await report(seen(GATE, write(5), later(SECOND)));
    expect(await join(EXPLAINED_WITHIN + SECOND)).toMatchObject({ emitted: 0, unexplained: 1 });
    // And not in one sweep either.
    await emit(emitted(write(6), NOW, 8));
    await report(seen(GATE, write(6), NOW, 8), seen(GATE, write(6), later(1), 8));
    expect(await join(EXPLAINED_WITHIN + SECOND)).toMatchObject({ emitted: 1, unexplained: 1 });
  });

  test('with another value than the gate emitted is an alert, and so is the emission', async () => {
    await enrol();
    await emit(emitted(write(5)));
    await report(seen(GATE, write(500)));
    expect(await join()).toMatchObject({ emitted: 0, unexplained: 1 });
    site.now = later(SEEN_WITHIN);
    await receiveHealth(site.context, SENSOR, []);
    expect(await join(SEEN_WITHIN)).toMatchObject({ neverSeen: 1 });
    expect((await alerts()).length).toBe(2);
  });

  test('from a sensor whose clock is far ahead is not put off', async () => {
    await report(seen(ROGUE, write(1), later(3600 * SECOND)));
    expect(await join(0)).toMatchObject({ unexplained: 1 });
  });

  test.for([
    ['is too long ago', NOW - MAX_AGE - 1],
    ['lies too far ahead', NOW + MAX_AHEAD + 1],
  ] as const)('at a time that %s is told in one leaf and makes no file', async ([, at]) => {
    const good = seen(ROGUE, write(1));
    const bad = [seen(ROGUE, write(1), micros(at)), seen(ROGUE, write(2), micros(at))];
    const { accepted } = await report(...bad, good);
    expect(accepted).toEqual([...bad.map(({ id }) => id), good.id]);
    expect(await site.context.store.history.unexplained(10)).toEqual([
      { ...good, id: `${SENSOR}|${good.id}` },
    ]);
    expect((await site.leaves()).filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      { actor: `sensor:${SENSOR}`, detail: { untimely: 2, first: bad[0]?.id } },
    ]);
  });

  test('at a time as old and as far ahead as can be is asked about', async () => {
    await report(
      seen(ROGUE, write(1), micros(NOW - MAX_AGE)),
      seen(ROGUE, write(1), micros(NOW + MAX_AHEAD)),
    );
    expect(await join(0)).toMatchObject({ unexplained: 2 });
  });

  test('too many times without an explanation is left to be sent again, and told once', async () => {
    site.plant = undefined;
    const flood = Array.from({ length: MAX_WAITING - 1 }, () => seen(ROGUE, write(1)));
    expect((await report(...flood)).accepted.length).toBe(MAX_WAITING - 1);
    const [last, over] = [seen(ROGUE, write(1)), seen(ROGUE, write(1))];
    expect((await report(last, over)).accepted).toEqual([last.id]);
    expect((await report(over)).accepted).toEqual([]);
    expect((await site.leaves()).filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      { detail: { waiting: MAX_WAITING } },
    ]);
    // Another sensor is heard as before.
    const other = { ...over, sensor: 'sen_000000000002' as SensorId };
    const { accepted } = await receiveOperations(site.context, other.sensor, [other]);
    expect(accepted).toEqual([other.id]);
    expect((await site.context.store.history.unexplained(2)).map(({ id }) => id)).toContain(
      `${other.sensor}|${other.id}`,
    );
  });

  test('is asked about although another sensor took its id for something harmless', async () => {
    const real = seen(ROGUE, write(1));
    const sensor = 'sen_000000000002' as SensorId;
    await receiveOperations(site.context, sensor, [
      { ...seen(HMI, write(1)), sensor, id: real.id },
    ]);
    await report(real);
    expect(await join()).toMatchObject({ local: 1, unexplained: 1 });
  });

  test('is not explained by an emission that was withdrawn', async () => {
    const emission = emitted(write(5));
    await emit(emission);
    await site.context.store.history.settleEmission(emission.id, 'not-sent');
    await report(seen(GATE, write(5)));
    expect(await join()).toMatchObject({ emitted: 0, unexplained: 1 });
  });

  test('waits as long as there is no policy to tell who may', async () => {
    await report(seen(HMI, write(5)));
    site.plant = undefined;
    expect(await join()).toMatchObject({ local: 0, unexplained: 0 });
  });

  test('reported again is counted once', async () => {
    const operation = seen(ROGUE, write(1));
    await report(operation, operation);
    await join();
    await report(operation);
    await join();
    expect(await alerts()).toMatchObject([{ count: 1 }]);
  });

  test('that only reads is not asked about', async () => {
    await report(seen(ROGUE, { kind: 'read', functionCode: 3, address: 0, quantity: 1 }));
    expect(await join()).toMatchObject({ unexplained: 0 });
  });
});

describe('an emission that no sensor saw', () => {
  const spoke = async (at: number) => {
    site.now = later(at);
    await receiveHealth(site.context, SENSOR, []);
  };

  test('is an alert where a sensor listens, once the time is over', async () => {
    await enrol();
    await emit(emitted(write(5)));
    await spoke(SEEN_WITHIN);
    expect(await join(SEEN_WITHIN - 1)).toMatchObject({ neverSeen: 0 });
    expect(await join(SEEN_WITHIN)).toMatchObject({ neverSeen: 1 });
    expect(await join(SEEN_WITHIN + 1)).toMatchObject({ neverSeen: 0 });
    expect((await alerts()).map(({ document }) => document.rule.name)).toEqual([
      'Gate emission never seen on the wire',
    ]);
  });

  test('is no alert where no sensor covers the asset', async () => {
    await enrol(['127.20.9.0/24', '127.20.1.13']);
    await emit(emitted(write(5)));
    await spoke(SEEN_WITHIN);
    expect(await join(SEEN_WITHIN)).toMatchObject({ neverSeen: 0 });
    expect(await site.context.store.history.unseen(later(SEEN_WITHIN + 1), 10)).toEqual([]);
  });

  test('waits for a sensor that is silent, but not for ever', async () => {
    await enrol(['127.20.1.12']);
    await emit(emitted(write(5)));
    expect(await join(SILENT_FOR)).toMatchObject({ neverSeen: 0 });
    expect((await site.context.store.history.unseen(later(SILENT_FOR), 10)).length).toBe(1);
    expect(await join(SILENT_FOR + 1)).toMatchObject({ neverSeen: 0 });
    expect(await site.context.store.history.unseen(later(SILENT_FOR), 10)).toEqual([]);
  });

  test('and is reported late sets right what was said', async () => {
    await enrol();
    await emit(emitted(write(5)));
    await spoke(SEEN_WITHIN);
    await join(SEEN_WITHIN);
    await report(seen(GATE, write(5)));
    expect(await join(2 * SEEN_WITHIN)).toMatchObject({ emitted: 1, unexplained: 0 });
    const [alert] = await alerts();
    expect(alert?.activity).toMatchObject([
      {
        person: 'broker',
        action: 'commented',
      },
    ]);
    expect(alert?.activity[0]?.text).toContain('it was on the wire');
    expect(alert?.document.lockkeeper.facts.at(-1)?.name).toBe('emission.seen-late');
  });
});

describe('a sensor', () => {
  test('enrols under a name that is free, invited by one who still may', async () => {
    expect(codeOf(await enrol(['nonsense']))).toBe('invalid');
    done(await enrol());
    const again = await enrolSensor(site.context, {
      id: 'sen_000000000002' as SensorId,
      name: 'cell-1',
      covers: [],
      certificate: 'cd'.repeat(32),
      invitedBy: 'ada',
    });
    expect(codeOf(again)).toBe('wrong-state');
    for (const invitedBy of ['anna', 'vera', 'nobody', 'otto']) {
      const outcome = await enrolSensor(site.context, {
        id: 'sen_000000000003' as SensorId,
        name: 'other',
        covers: [],
        certificate: 'ef'.repeat(32),
        invitedBy,
      });
      expect(['forbidden', 'unknown']).toContain(codeOf(outcome));
    }
  });

  test('that speaks is heard, and one that is not enrolled is not', async () => {
    done(await enrol());
    site.now = later(SECOND);
    const health = {
      at: '',
      interface: 'eth0',
      received: 9,
      dropped: 1,
      facts: [],
      bundle: 'v1',
      waiting: 0,
      givenUp: 0,
    };
    await receiveHealth(site.context, SENSOR, [health]);
    expect(await site.context.store.sensors.get(SENSOR)).toMatchObject({
      lastSeen: micros(NOW + SECOND),
      received: 9,
      dropped: 1,
      bundle: 'v1',
    });
    const gaps = (text: string) => ({ ...health, facts: [{ name: 'stream.gaps', text }] });
    await receiveHealth(site.context, SENSOR, [gaps('1 gap'), gaps('2 gaps')]);
    await receiveHealth(site.context, SENSOR, [health]);
    expect((await site.context.store.sensors.get(SENSOR))?.facts).toMatchObject([
      { name: 'stream.gaps', text: '2 gaps' },
    ]);
    await receiveHealth(site.context, 'sen_000000000009' as SensorId, [health]);
    expect((await site.context.store.sensors.list({}, { limit: 10 })).items.length).toBe(1);
  });
});
