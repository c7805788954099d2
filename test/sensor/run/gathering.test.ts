import { describe, expect, test } from 'vitest';
import type { Alert } from '#sensor/model/alert.ts';
import type { Micros } from '#sensor/model/time.ts';
import { Gathering, type GatheringOptions } from '#sensor/run/gathering.ts';
import type { Batch } from '#sensor/store/sensor-store.ts';
import { alert } from '../../support/alert.ts';
import { exchange, health, T0, write } from '../../support/exchange.ts';

function gather(commit: (batch: Batch) => number = () => 0, clock = () => T0) {
  const committed: Batch[] = [];
  const said: string[] = [];
  let alerts: Alert[] = [];
  const options: GatheringOptions = {
    store: {
      commit: (batch) => {
        const rows = commit(batch);
        committed.push(batch);
        return rows;
      },
      backlog: { waiting: 3, givenUp: 0 },
    },
    changedAlerts: () => alerts.splice(0),
    clock,
    bundle: () => 'b1',
    givenUp: (rows) => said.push(`gave up ${rows}`),
    failed: (why) => said.push(`failed: ${why}`),
  };
  const gathering = new Gathering(options);
  const raise = (...more: Alert[]) => {
    alerts = more;
  };
  return { gathering, committed, said, raise };
}

describe('what was found', () => {
  test('is written at once, and nothing where nothing was found', () => {
    const { gathering, committed, raise } = gather();
    expect(gathering.flush()).toBe(false);
    gathering.event(write());
    raise(alert(1));
    expect(gathering.flush()).toBe(true);
    expect(committed).toMatchObject([{ exchanges: [{ kind: 'exchange' }], alerts: [{}] }]);
    expect(gathering.flush()).toBe(false);
  });

  test('waits where the database cannot be written, in one piece, and that is said once', () => {
    let broken = true;
    const { gathering, committed, said, raise } = gather(() => {
      if (broken) throw new Error('database or disk is full');
      return 0;
    });
    gathering.event(write({ at: 1 }));
    raise(alert(1));
    expect(gathering.flush()).toBe(false);
    gathering.event(write({ at: 2 }));
    expect(gathering.flush()).toBe(false);
    expect(said).toEqual(['failed: database or disk is full']);
    broken = false;
    expect(gathering.flush()).toBe(true);
    expect(committed[0]?.exchanges.map(({ at }) => at - T0)).toEqual([1, 2]);
    expect(committed[0]?.alerts).toHaveLength(1);
  });

  test('does not wait for ever: the sensor gives up', () => {
    const { gathering } = gather(() => {
      throw new Error('full');
    });
    const flood = () => {
      for (let i = 0; i < 70_000; i++) gathering.event(exchange({ at: i }));
    };
    expect(flood).toThrow('full');
  });

  test('is written earlier where much was found', () => {
    const { gathering, committed } = gather();
    for (let i = 0; i < 10_000; i++) gathering.event(exchange({ at: i }));
    expect(committed.map(({ exchanges }) => exchanges.length)).toEqual([10_000]);
  });

  test('that the outbox was full is said', () => {
    const { gathering, said } = gather(() => 12);
    gathering.event(write());
    gathering.flush();
    expect(said).toEqual(['gave up 12']);
  });
});

test('health is counted since the start, with the bundle and the backlog', () => {
  const { gathering, committed } = gather();
  gathering.event(health({ received: 100, dropped: 1 }));
  gathering.event(health({ at: 1, received: 50, dropped: 2 }));
  gathering.flush();
  expect(committed[0]?.health.map(({ report }) => report)).toMatchObject([
    { received: 100, dropped: 1, bundle: 'b1', waiting: 3 },
    { received: 150, dropped: 3 },
  ]);
});

test('an address is told when it is new or says something new, not each time it is seen', () => {
  const { gathering, committed } = gather();
  const told = () => {
    gathering.takeAssets();
    gathering.flush();
    return committed.at(-1)?.assets.map(({ ip }) => ip) ?? [];
  };
  gathering.event(exchange({ from: '10.0.2.10' }));
  expect(told()).toEqual(['10.0.1.12', '10.0.2.10']);
  gathering.event(exchange({ from: '10.0.2.10', at: 1 }));
  expect(told()).toEqual([]);
  gathering.event(exchange({ from: '10.0.2.11', at: 2 }));
  expect(told()).toEqual(['10.0.1.12', '10.0.2.11']);
});

test('an address that goes on talking is told again after five minutes, one that fell silent is not', () => {
  let now = T0;
  const { gathering, committed } = gather(
    () => 0,
    () => now,
  );
  const toldAfter = (micros: number) => {
    now = (T0 + micros) as Micros;
    gathering.takeAssets();
    gathering.event(health({ at: micros }));
    gathering.flush();
    return committed.at(-1)?.assets.map(({ last_seen }) => last_seen) ?? [];
  };
  gathering.event(exchange({ at: 0 }));
  expect(toldAfter(0)).toHaveLength(2);
  gathering.event(exchange({ at: 1 }));
  expect(toldAfter(299_999_999)).toEqual([]);
  expect(toldAfter(300_000_000)).toEqual([
    '2023-11-14T22:13:20.000001Z',
    '2023-11-14T22:13:20.000001Z',
  ]);
  expect(toldAfter(600_000_000)).toEqual([]);
});
