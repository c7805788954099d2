import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RoutineReads } from '#sensor/model/event.ts';
import { micros } from '#sensor/model/time.ts';
import { keptOf } from '#sensor/store/kept-exchange.ts';
import { SensorStore } from '#sensor/store/sensor-store.ts';
import { LATE_MICROS, MINUTE_MICROS } from '#sensor/store/traffic.ts';
import { alert } from '../../support/alert.ts';
import { batch } from '../../support/batch.ts';
import { exchange, SECOND, T0, write } from '../../support/exchange.ts';

const CHILD = fileURLToPath(new URL('../../support/committing-child.ts', import.meta.url));

let folder: string;
let path: string;
const open: SensorStore[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensor-store-'));
  path = join(folder, 'sensor.db');
});
afterEach(() => {
  for (const store of open.splice(0)) store.close();
  rmSync(folder, { recursive: true });
});

function openStore(limits?: { rows: number; bytes: number }): SensorStore {
  const store = new SensorStore(path, limits);
  open.push(store);
  return store;
}

const next = (store: SensorStore) => store.next(500, 1_000_000);
const ids = (store: SensorStore) => next(store).map(({ id }) => id);
const later = (micro: number) => micros(T0 + micro);

const routine = (at: number, count: number): RoutineReads => ({
  from: later(at),
  to: later(at),
  clientIp: '10.0.2.10',
  server: { ip: '10.0.1.12', port: 502 },
  protocol: 'modbus',
  unitId: 1,
  functionCode: 3,
  address: 0,
  quantity: 10,
  count,
});

describe('the outbox', () => {
  test('keeps an item until it is settled, over a restart too', () => {
    const first = openStore();
    first.commit(batch({ alerts: [alert(1)] }), T0);
    const sent = ids(first);
    expect(sent).toHaveLength(1);
    first.close();
    open.pop();
    const second = openStore();
    expect(ids(second)).toEqual(sent);
    second.settle(sent);
    expect(ids(second)).toEqual([]);
    expect(second.backlog).toEqual({ waiting: 0, givenUp: 0 });
  });

  test('the newest state of an alert replaces the one that waits', () => {
    const store = openStore();
    store.commit(batch({ alerts: [alert(1, 1)] }), T0);
    const [old = ''] = ids(store);
    store.commit(batch({ alerts: [alert(1, 2)] }), T0);
    expect(next(store)).toMatchObject([{ document: { lockkeeper: { alert: { count: 2 } } } }]);
    // The answer to the older state comes after all: the newer one stays.
    store.settle([old]);
    expect(next(store)).toHaveLength(1);
  });

  test('the same exchange twice is one item', () => {
    const store = openStore();
    store.commit(batch({ exchanges: [keptOf(write())] }), T0);
    store.commit(batch({ exchanges: [keptOf(write())] }), T0);
    expect(next(store)).toMatchObject([{ kind: 'operation' }]);
  });

  test('alerts go before operations, these before the rest', () => {
    const store = openStore();
    const report = {
      at: 'x',
      interface: 'lo',
      received: 1,
      dropped: 0,
      facts: [],
      waiting: 0,
      givenUp: 0,
    };
    store.commit(batch({ health: [{ at: T0, report }], routine: [routine(0, 5)] }), T0);
    store.commit(batch({ exchanges: [keptOf(write())] }), later(10 * MINUTE_MICROS));
    store.commit(batch({ alerts: [alert(1)] }), later(10 * MINUTE_MICROS));
    expect(next(store).map(({ kind }) => kind)).toEqual([
      'alert',
      'operation',
      'health',
      'aggregate',
    ]);
  });

  test('a request holds at most so many items and bytes, but always one', () => {
    const store = openStore();
    store.commit(batch({ alerts: [1, 2, 3].map((name) => alert(name)) }), T0);
    expect(store.next(2, 1_000_000)).toHaveLength(2);
    expect(store.next(10, 1)).toHaveLength(1);
  });

  test('gives up aggregates first and alerts last, and counts it', () => {
    const store = openStore({ rows: 10, bytes: 1_000_000 });
    for (let i = 0; i < 12; i++) {
      store.commit(batch({ routine: [routine(i * MINUTE_MICROS, 1)] }), T0);
    }
    const over = later(60 * MINUTE_MICROS);
    expect(store.commit(batch({ alerts: [1, 2, 3, 4].map((name) => alert(name)) }), over)).toBe(6);
    const kinds = next(store).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'alert')).toHaveLength(4);
    expect(kinds.filter((kind) => kind === 'aggregate')).toHaveLength(6);
    expect(store.backlog).toEqual({ waiting: 10, givenUp: 6 });
    // The oldest of them went.
    const minutes = next(store).flatMap(({ kind, document }) =>
      kind === 'aggregate' ? [document.minute] : [],
    );
    expect(minutes[0]).toBe('2023-11-14T22:19:00.000000Z');
  });

  test('counts what waits as the database has it, whatever happened', () => {
    const store = openStore({ rows: 5, bytes: 1_000_000 });
    const counted = () => {
      const database = new DatabaseSync(path, { readOnly: true });
      try {
        return Number(database.prepare('select count(*) as rows from outbox').get()?.['rows']);
      } finally {
        database.close();
      }
    };
    const does: (() => void)[] = [
      () => store.commit(batch({ alerts: [alert(1, 1), alert(2, 1)] }), T0),
      () =>
        store.commit(batch({ alerts: [alert(1, 2)], exchanges: [keptOf(write({ at: 1 }))] }), T0),
      // The same exchange again is no row of its own.
      () => store.commit(batch({ exchanges: [keptOf(write({ at: 1 }))] }), T0),
      () => store.settle([...ids(store).slice(0, 1), 'unknown']),
      () => store.commit(batch({ alerts: [3, 4, 5, 6].map((name) => alert(name)) }), T0),
      () => expect(() => store.commit(batch({ alerts: [alert(7), {} as never] }), T0)).toThrow(),
    ];
    for (const [i, each] of does.entries()) {
      each();
      expect(store.backlog.waiting, `after step ${i}`).toBe(counted());
    }
    expect(store.backlog.givenUp).toBeGreaterThan(0);
    store.close();
    open.pop();
    expect(openStore().backlog.waiting).toBe(counted());
  });

  test('is bounded in bytes too', () => {
    const store = openStore({ rows: 1000, bytes: 5000 });
    for (let i = 0; i < 20; i++) store.commit(batch({ alerts: [alert(i)] }), T0);
    const { waiting, givenUp } = store.backlog;
    expect(waiting).toBeLessThanOrEqual(10);
    expect(waiting + givenUp).toBe(20);
  });
});

describe('exchanges', () => {
  const rows = (table: string) => {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      return database.prepare(`select * from ${table}`).all();
    } finally {
      database.close();
    }
  };

  test('clean reads are counted, all else is kept whole', () => {
    const store = openStore();
    const facts = [{ name: 'modbus.surplus', text: 'x' }];
    const exchanges = [
      exchange({ at: 1 }),
      exchange({ at: 2 }),
      write({ at: 3 }),
      exchange({ at: 4, exception: 2 }),
      exchange({ at: 5, unanswered: true }),
      { ...exchange({ at: 6 }), facts },
    ].map(keptOf);
    store.commit(batch({ exchanges, routine: [routine(7, 40)] }), T0);
    expect(rows('traffic')).toMatchObject([{ count: 42, function_code: 3 }]);
    expect(rows('event')).toHaveLength(4);
    expect(next(store).map(({ kind }) => kind)).toEqual(['operation']);
  });

  test.each([
    ['one µs before it is over', -1, 0],
    ['when it is over', 0, 0],
    ['one µs after', 1, 1],
  ])('the counts of a minute leave %s', (_name, offset, leaving) => {
    const store = openStore();
    store.commit(batch({ routine: [routine(0, 7)] }), T0);
    const minute = T0 - (T0 % MINUTE_MICROS);
    const over = minute + MINUTE_MICROS + LATE_MICROS + offset;
    store.commit(batch({ alerts: [] }), micros(over));
    const aggregates = next(store).filter(({ kind }) => kind === 'aggregate');
    expect(aggregates).toHaveLength(leaving);
    expect(rows('traffic')).toHaveLength(1 - leaving);
  });

  test('late counts of a minute leave as another item', () => {
    const store = openStore();
    for (const hour of [1, 2]) {
      store.commit(batch({ routine: [routine(0, 7)] }), T0);
      store.commit(batch(), later(hour * 3600 * SECOND));
    }
    const aggregates = next(store);
    expect(aggregates.map(({ document }) => document)).toMatchObject([{ count: 7 }, { count: 7 }]);
    expect(new Set(aggregates.map(({ id }) => id)).size).toBe(2);
  });
});

describe('evidence', () => {
  const evidence = {
    alertId: alert(1).lockkeeper.alert.id,
    at: T0,
    sha256: 'ab',
    pcapng: Uint8Array.of(1, 2),
  };

  test('waits until the broker knows its alert, and goes once', () => {
    const store = openStore();
    store.commit(batch({ alerts: [alert(1)], evidence: [evidence] }), T0);
    expect(store.nextEvidence()).toBeUndefined();
    store.settle(ids(store));
    expect(store.nextEvidence()).toMatchObject({ alertId: evidence.alertId, sha256: 'ab' });
    expect(Buffer.from(store.nextEvidence()?.pcapng ?? []).toString('hex')).toBe('0102');
    store.settleEvidence(evidence.alertId);
    expect(store.nextEvidence()).toBeUndefined();
  });
});

test('alerts of the last day are there to go on with', () => {
  const store = openStore();
  store.commit(batch({ alerts: [alert(1, 1, 0), alert(2, 1, 10), alert(3, 1, 20)] }), T0);
  const names = (since: number, limit: number) =>
    store.alertsSince(later(since), limit).map(({ message }) => message);
  expect(names(10, 10)).toEqual(['alert 2', 'alert 3']);
  expect(names(0, 2)).toEqual(['alert 2', 'alert 3']);
});

test('a batch is written whole or not at all', () => {
  const store = openStore();
  const broken = {
    ...alert(2),
    event: {
      get severity(): number {
        throw new Error('broken');
      },
    },
  };
  const bad = batch({ alerts: [alert(1), broken as never] });
  expect(() => store.commit(bad, T0)).toThrow('broken');
  expect(next(store)).toEqual([]);
  expect(store.alertsSince(micros(0), 10)).toEqual([]);
  store.commit(batch({ alerts: [alert(1)] }), T0);
  expect(next(store)).toHaveLength(1);
});

test('a database of a newer version, or none at all, is refused in words', () => {
  const database = new DatabaseSync(path);
  database.exec('pragma user_version = 99');
  database.close();
  expect(() => new SensorStore(path)).toThrow(/made by a newer version/);
  expect(() => new SensorStore(folder)).toThrow(/cannot be used/);
});

test('killed between commits it loses nothing that it had said, and no half of it', async () => {
  for (const after of [1, 8, 30]) {
    const child = spawn(process.execPath, [CHILD, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.split('\n').length > after) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const told = said.split('\n').slice(0, -1).length;
    expect(told).toBeGreaterThanOrEqual(after);
    const database = new DatabaseSync(path);
    const count = (sql: string): number =>
      Number(database.prepare(`select count(*) n from ${sql}`).get()?.['n']);
    const alerts = count('alert');
    expect(alerts).toBeGreaterThanOrEqual(told);
    expect(count("outbox where kind = 'alert'")).toBe(alerts);
    expect(count('evidence')).toBe(alerts);
    expect(count('event')).toBe(alerts);
    expect(count("outbox where kind = 'operation'")).toBe(alerts);
    expect(database.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
    database.close();
    rmSync(path);
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
  }
});
