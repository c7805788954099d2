import { describe, expect, test, vi } from 'vitest';
import type { Alert } from '#sensor/model/alert.ts';
import type { Micros } from '#sensor/model/time.ts';
import { Gathering, type GatheringOptions } from '#sensor/run/gathering.ts';
import type { Batch } from '#sensor/store/sensor-store.ts';
import { alert } from '../../support/alert.ts';
import { exchange, health, T0, write } from '../../support/exchange.ts';
import { arpFrame, CLIENT, Ear, SERVER, tcpTalk } from '../../support/inventory.ts';

function gather(
  commit: (batch: Batch) => number | Promise<number> = () => 0,
  clock = () => T0,
  inventory?: GatheringOptions['inventory'],
) {
  const committed: Batch[] = [];
  /** How many were written when it stood still. */
  const blocked: number[] = [];
  const said: string[] = [];
  let alerts: Alert[] = [];
  const options: GatheringOptions = {
    store: {
      commit: async (batch) => {
        const rows = await commit(batch);
        committed.push(batch);
        return rows;
      },
      block: () => blocked.push(committed.length),
      backlog: { waiting: 3, givenUp: 0 },
    },
    changedAlerts: () => alerts.splice(0),
    ...(inventory && { inventory }),
    clock,
    bundle: () => 'b1',
    givenUp: (rows) => said.push(`gave up ${rows}`),
    failed: (why) => said.push(`failed: ${why}`),
  };
  const gathering = new Gathering(options);
  const raise = (...more: Alert[]) => {
    alerts = more;
  };
  return { gathering, committed, blocked, said, raise };
}

describe('what was found', () => {
  test('is written at once, and nothing where nothing was found', async () => {
    const { gathering, committed, raise } = gather();
    expect(await gathering.flush()).toBe(false);
    gathering.event(write());
    raise(alert(1));
    expect(await gathering.flush()).toBe(true);
    expect(committed).toMatchObject([
      { exchanges: [{ kind: 'whole', changing: true }], alerts: [{}] },
    ]);
    expect(await gathering.flush()).toBe(false);
  });

  test('waits where the database cannot be written, in one piece, and that is said once', async () => {
    let broken = true;
    const { gathering, committed, said, raise } = gather(() => {
      if (broken) throw new Error('database or disk is full');
      return 0;
    });
    gathering.event(write({ at: 1 }));
    raise(alert(1));
    expect(await gathering.flush()).toBe(false);
    gathering.event(write({ at: 2 }));
    expect(await gathering.flush()).toBe(false);
    expect(said).toEqual(['failed: database or disk is full']);
    broken = false;
    expect(await gathering.flush()).toBe(true);
    expect(committed[0]?.exchanges.map(({ at }) => at - T0)).toEqual([1, 2]);
    expect(committed[0]?.alerts).toHaveLength(1);
  });

  test('does not wait for ever: the sensor gives up', async () => {
    const { gathering } = gather(() => {
      throw new Error('full');
    });
    for (let i = 0; i < 50_000; i++) gathering.event(exchange({ at: i }));
    expect(await gathering.flush()).toBe(false);
    gathering.event(exchange({ at: 50_000 }));
    await expect(gathering.flush()).rejects.toThrow('full');
  });

  test('is written earlier where much was found, and what the disk cannot follow stands still', async () => {
    const writing: ((rows: number) => void)[] = [];
    const { gathering, committed, blocked } = gather(
      () => new Promise((resolve) => writing.push(resolve)),
    );
    for (let i = 0; i < 19_999; i++) gathering.event(exchange({ at: i }));
    expect(blocked).toEqual([]);
    gathering.event(exchange({ at: 19_999 }));
    expect(blocked).toEqual([0]);
    writing[0]?.(0);
    const flushed = gathering.flush();
    await vi.waitFor(() => expect(writing).toHaveLength(2));
    writing[1]?.(0);
    expect(await flushed).toBe(true);
    expect(committed.map(({ exchanges }) => exchanges.length)).toEqual([10_000, 10_000]);
  });

  test('that failed is written before what came later', async () => {
    let broken = true;
    const { gathering, committed, raise } = gather(() => {
      if (broken) throw new Error('full');
      return 0;
    });
    raise(alert(1));
    await gathering.flush();
    raise(alert(2));
    broken = false;
    await gathering.flush();
    const ids = committed[0]?.alerts.map(({ lockkeeper }) => lockkeeper.alert.id);
    expect(ids).toEqual([alert(1), alert(2)].map(({ lockkeeper }) => lockkeeper.alert.id));
  });

  test('that the outbox was full is said', async () => {
    const { gathering, said } = gather(() => 12);
    gathering.event(write());
    await gathering.flush();
    expect(said).toEqual(['gave up 12']);
  });
});

test('health is counted since the start, with the bundle and the backlog', async () => {
  const { gathering, committed } = gather();
  gathering.event(health({ received: 100, dropped: 1 }));
  gathering.event(health({ at: 1, received: 50, dropped: 2 }));
  await gathering.flush();
  expect(committed[0]?.health.map(({ report }) => report)).toMatchObject([
    { received: 100, dropped: 1, bundle: 'b1', waiting: 3 },
    { received: 150, dropped: 3 },
  ]);
});

test('an address is told when it is new or says something new, not each time it is seen', async () => {
  const { gathering, committed } = gather();
  const told = async () => {
    gathering.takeAssets();
    await gathering.flush();
    return committed.at(-1)?.assets.map(({ ip }) => ip) ?? [];
  };
  gathering.event(exchange({ from: '10.0.2.10' }));
  expect(await told()).toEqual(['10.0.1.12', '10.0.2.10']);
  gathering.event(exchange({ from: '10.0.2.10', at: 1 }));
  expect(await told()).toEqual([]);
  gathering.event(exchange({ from: '10.0.2.11', at: 2 }));
  expect(await told()).toEqual(['10.0.1.12', '10.0.2.11']);
});

test('who is new is told once, whatever it speaks, and counts alone are no news', async () => {
  const ear = new Ear().hear(...tcpTalk({ port: 4711, answers: Buffer.of(1) }));
  const { gathering, committed } = gather(
    () => 0,
    () => T0,
    {
      hosts: (also) => ear.hosts(also).values(),
      vendorOf: () => undefined,
      leftOut: () => 3,
      forgotten: () => 2,
    },
  );
  const told = async () => {
    gathering.takeAssets();
    gathering.event(health());
    await gathering.flush();
    return committed.at(-1)?.assets.map(({ ip }) => ip);
  };
  expect(await told()).toEqual([CLIENT, SERVER]);
  ear.hear(...tcpTalk({ port: 4711, answers: Buffer.of(1) }));
  expect(await told()).toEqual([]);
  ear.hear(arpFrame(1, '00-00-5E-00-53-01', '10.0.0.66', SERVER));
  expect(await told()).toEqual(['10.0.0.66']);
  expect(committed.at(-1)?.health[0]?.report.facts).toMatchObject([
    {
      name: 'sensor.assets-left-out',
      text: 'addresses found no room in the inventory, 3 times so far',
    },
    {
      name: 'sensor.conversations-forgotten',
      text: '2 conversations were forgotten to make room for others so far',
    },
  ]);
});

test('an address that goes on talking is told again after five minutes, one that fell silent is not', async () => {
  let now = T0;
  const { gathering, committed } = gather(
    () => 0,
    () => now,
  );
  const toldAfter = async (micros: number) => {
    now = (T0 + micros) as Micros;
    gathering.takeAssets();
    gathering.event(health({ at: micros }));
    await gathering.flush();
    return committed.at(-1)?.assets.map(({ last_seen }) => last_seen) ?? [];
  };
  gathering.event(exchange({ at: 0 }));
  expect(await toldAfter(0)).toHaveLength(2);
  gathering.event(exchange({ at: 1 }));
  expect(await toldAfter(299_999_999)).toEqual([]);
  expect(await toldAfter(300_000_000)).toEqual([
    '2023-11-14T22:13:20.000001Z',
    '2023-11-14T22:13:20.000001Z',
  ]);
  expect(await toldAfter(600_000_000)).toEqual([]);
});
