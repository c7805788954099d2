import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keptOf } from '#sensor/store/kept-exchange.ts';
import { StoreThread } from '#sensor/store/store-thread.ts';
import { alert } from '../../support/alert.ts';
import { batch } from '../../support/batch.ts';
import { T0, write } from '../../support/exchange.ts';

let folder: string;
const open: StoreThread[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-thread-'));
});
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
  rmSync(folder, { recursive: true });
});

async function openThread(...args: Parameters<typeof StoreThread.open>): Promise<StoreThread> {
  const thread = await StoreThread.open(...args);
  open.push(thread);
  return thread;
}

const path = () => join(folder, 'sensor.db');

describe('the store thread', () => {
  test('writes, gives what goes to the broker, and forgets what it took', async () => {
    const thread = await openThread(path());
    expect(thread.backlog).toEqual({ waiting: 0, givenUp: 0 });
    expect(
      await thread.commit(batch({ alerts: [alert(1)], exchanges: [keptOf(write())] }), T0),
    ).toBe(0);
    expect(thread.backlog.waiting).toBe(2);
    const items = await thread.next(10, 1_000_000);
    expect(items.map(({ kind }) => kind)).toEqual(['alert', 'operation']);
    await thread.settle(items.map(({ id }) => id));
    expect(await thread.next(10, 1_000_000)).toEqual([]);
    expect(await thread.alertsSince(T0, 10)).toHaveLength(1);
  });

  test('keeps evidence byte for byte, and gives it once its alert is known', async () => {
    const thread = await openThread(path());
    const raised = alert(1);
    const { id } = raised.lockkeeper.alert;
    const pcapng = Buffer.from([0, 1, 255]);
    const evidence = { alertId: id, at: T0, sha256: 'aa', pcapng };
    await thread.commit(batch({ alerts: [raised], evidence: [evidence] }), T0);
    expect(await thread.nextEvidence()).toBeUndefined();
    await thread.settle((await thread.next(10, 1_000_000)).map((item) => item.id));
    const kept = await thread.nextEvidence();
    expect(Buffer.from(kept?.pcapng ?? [])).toEqual(pcapng);
    await thread.settleEvidence(id);
    expect(await thread.nextEvidence()).toBeUndefined();
  });

  test('tells what is given up for space', async () => {
    const thread = await openThread(path(), { rows: 1, bytes: 1_000_000 });
    const exchanges = [write({ at: 1 }), write({ at: 2 })].map(keptOf);
    expect(await thread.commit(batch({ exchanges }), T0)).toBe(1);
    expect(thread.backlog).toEqual({ waiting: 1, givenUp: 1 });
  });

  test('can be waited for without a turn of the event loop', async () => {
    const thread = await openThread(path());
    const exchanges = Array.from({ length: 2000 }, (_, at) => keptOf(write({ at })));
    let isDone = false;
    const committing = thread.commit(batch({ exchanges }), T0).then(() => {
      isDone = true;
    });
    thread.block();
    // It is written, and the promise did not have its turn yet.
    const other = await openThread(path());
    expect(await other.next(5000, 100_000_000)).toHaveLength(2000);
    await committing;
    expect(isDone).toBe(true);
  });

  test('says why a database cannot be used, and answers nothing once it is closed', async () => {
    await expect(openThread(folder)).rejects.toMatchObject({ code: 'store' });
    writeFileSync(path(), 'no database');
    await expect(openThread(path())).rejects.toThrow(/cannot be used/);
    rmSync(path());
    const thread = await openThread(path());
    await thread.close();
    await expect(thread.next(1, 1)).rejects.toMatchObject({ code: 'store' });
    thread.block();
    await thread.close();
  });
});
