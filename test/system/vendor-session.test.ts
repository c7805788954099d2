/** A vendor's session to a real PLC stack with real tools, from the grant to the cut, and what the evidence says. */
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  AlertPageView,
  PageView,
  RecordedOperationView,
  SessionView,
} from '#broker/api/views.ts';
import { type Client, connectFrom, disconnect } from '../../deploy/demo/client.ts';
import { LAPTOP, PLC, ROGUE } from '../../deploy/demo/plan.ts';
import { ConnectProcess } from './connect-process.ts';
import { hasPeers, mbpoll, pymodbus } from './peers.ts';
import { grantFor, type Person } from './person.ts';
import { type Site, startSite, until } from './site.ts';

if (!hasPeers) console.warn('skipped: mbpoll or tshark is missing; run deploy/setup test as root');

interface People {
  readonly vera: Person;
  readonly otto: Person;
  readonly petra: Person;
  readonly anna: Person;
}

describe.runIf(hasPeers)('a vendor session', { timeout: 120_000 }, () => {
  let site: Site;
  let people: People;
  const running: ConnectProcess[] = [];

  beforeAll(async () => {
    site = await startSite({ hears: true });
    const [vera, otto, petra, anna] = await Promise.all(
      ['vera', 'otto', 'petra', 'anna'].map((name) => site.as(name)),
    );
    if (!vera || !otto || !petra || !anna) throw new Error('nobody there');
    people = { vera, otto, petra, anna };
  }, 120_000);

  afterAll(async () => {
    for (const process of running) await process.end();
    await site?.end();
  });

  /** A session that is open, and where the vendor's tool connects. */
  async function open(seconds: number, readGrace = false) {
    const { grant } = await grantFor(people, seconds, readGrace);
    const connect = new ConnectProcess(grant.connect);
    running.push(connect);
    const at = await connect.open(people.vera);
    const { session } = await connect.heard('open');
    return { grant, connect, at, session };
  }

  async function recorded(session: string): Promise<readonly RecordedOperationView[]> {
    const all: RecordedOperationView[] = [];
    for (let after = -1; ; after = all.at(-1)?.sequence ?? after) {
      const page = await people.otto.get<PageView<RecordedOperationView>>(
        `/api/sessions/${session}/operations?after=${after}`,
      );
      all.push(...page.items);
      if (page.items.length === 0) return all;
    }
  }

  /** Values that the recording says were written, or were sent and not answered, in order. */
  async function recordedWrites(
    session: string,
    outcome: 'success' | 'no-answer' = 'success',
  ): Promise<readonly [number, number][]> {
    const operations = await recorded(session);
    return operations
      .filter((op) => op.decision === 'allowed' && op.kind === 'write' && op.outcome === outcome)
      .flatMap((op) =>
        (op.new ?? []).map(({ address, value }): [number, number] => [address, value]),
      );
  }

  const seenBy = (from: number): [number, number][] =>
    site.plc.writes.slice(from).map(({ address, value }) => [address, value]);

  async function ended(session: string): Promise<SessionView> {
    return until('the session ends', 15_000, async () => {
      const view = await people.otto.get<SessionView>(`/api/sessions/${session}`);
      return view.state === 'ended' ? view : undefined;
    });
  }

  test('pymodbus and mbpoll work inside the grant, get exceptions outside, and go on', async () => {
    const before = site.plc.writes.length;
    const { connect, at, session } = await open(300);
    expect(
      await pymodbus(
        at,
        'r:100:2',
        'w:100:1300,800',
        'w:109:1,2',
        's:100:1501',
        'c:0:1',
        'r:199:2',
        's:101:900',
        'r:100:2',
      ),
    ).toMatchObject([
      { registers: [1200, 800] },
      { step: 'w:100:1300,800', registers: null },
      { step: 'w:109:1,2', exception: 2 },
      { step: 's:100:1501', exception: 3 },
      { step: 'c:0:1', exception: 1 },
      { step: 'r:199:2', exception: 2 },
      { step: 's:101:900', registers: null },
      { registers: [1300, 900] },
    ]);
    expect(await mbpoll(at, 101)).toContain('1300');
    expect(await mbpoll(at, 101, 1250)).toContain('Written 1 references');
    expect(await mbpoll(at, 111, 1)).toContain('Illegal data address');

    expect(seenBy(before)).toEqual([
      [100, 1300],
      [101, 800],
      [101, 900],
      [100, 1250],
    ]);
    expect(await recordedWrites(session)).toEqual(seenBy(before));
    await until(
      'refusals are explained',
      5_000,
      () => connect.refusals().length === 5 || undefined,
    );
    const write = (await recorded(session)).find((op) => op.new?.[0]?.value === 1250);
    expect(write?.old).toMatchObject([{ address: 100, value: 1300 }]);
    expect(write?.text).toContain('was 1300');
    await connect.end();
    expect(await ended(session)).toMatchObject({
      endReason: 'ended-by-vendor',
      counts: { writes: 3, refused: 5 },
    });
  });

  test('a stream of writes stops at notAfter, reads go on in the grace', async () => {
    const before = site.plc.writes.length;
    const { grant, at, session, connect } = await open(12, true);
    const notAfter = Date.parse(grant.notAfter);
    const tool = await connectFrom('127.0.0.1', { ...at, unit: PLC.unit });
    const sent: { readonly value: number; readonly at: number; readonly ok: boolean }[] = [];
    for (let value = 1; Date.now() < notAfter + 1_500; value = (value % 1500) + 1) {
      const sentAt = Date.now();
      const ok = await tool.writeRegister(100, value).then(
        () => true,
        () => false,
      );
      sent.push({ value, at: sentAt, ok });
      if (!ok) await sleep(20);
    }
    expect(sent.filter((w) => w.ok).length).toBeGreaterThan(20);
    expect(sent.filter((w) => w.at >= notAfter && w.ok)).toEqual([]);
    expect(sent.some((w) => w.at >= notAfter)).toBe(true);
    const reached = site.plc.writes.slice(before);
    // What was emitted in the last moment needs a moment to arrive; nothing was emitted after it.
    expect(reached.filter((w) => w.at > notAfter + 250)).toEqual([]);
    const emitted = (await recorded(session)).filter(
      (op) => op.kind === 'write' && op.outcome === 'success',
    );
    expect(emitted.filter((op) => Date.parse(op.at) >= notAfter)).toEqual([]);
    const seen = seenBy(before);
    const done = await recordedWrites(session);
    expect(seen.slice(0, done.length)).toEqual(done);
    // Of what was sent in the last moment and not answered in time nobody knows whether it was done.
    const unknown = await recordedWrites(session, 'no-answer');
    expect(unknown.length).toBeLessThanOrEqual(1);
    expect(unknown).toEqual(expect.arrayContaining(seen.slice(done.length)));
    // Then its connection is gone as well, and a tool connects again.
    const reader =
      unknown.length === 0 ? tool : await connectFrom('127.0.0.1', { ...at, unit: PLC.unit });
    expect((await reader.readHoldingRegisters(100, 1)).data).toHaveLength(1);
    await disconnect(reader);
    await connect.end();
    await ended(session);
  });

  test('ending a session cuts the tool within a second and blocks reconnecting until lifted', async () => {
    const { grant, at, session, connect } = await open(300);
    const tool = await connectFrom('127.0.0.1', { ...at, unit: PLC.unit });
    await tool.readHoldingRegisters(0, 1);
    const view = await people.otto.get<SessionView>(`/api/sessions/${session}`);
    const { promise: cut, resolve } = Promise.withResolvers<void>();
    tool.on('close', () => resolve());
    const asked = performance.now();
    await people.otto.post(`/api/sessions/${view.id}/end`, { reason: 'system test', block: true });
    await cut;
    expect(performance.now() - asked).toBeLessThan(1_000);
    await until('connect says so', 5_000, () => connect.events.find((e) => e.event === 'over'));
    expect(await ended(session)).toMatchObject({ endReason: 'ended-by-approver' });

    const again = new ConnectProcess(grant.connect);
    running.push(again);
    const { code } = await again.heard('confirm');
    await expect(people.vera.post(`/api/connect/${code}/confirm`)).rejects.toThrow('locked');
    await until('the command ends', 10_000, () => again.exitCode ?? undefined);
    expect([again.exitCode, again.errors]).toEqual([
      1,
      expect.stringContaining('locked: system test'),
    ]);

    const locks =
      await people.otto.get<PageView<{ id: string; version: number; lifted?: unknown }>>(
        '/api/locks',
      );
    const lock = locks.items.find((l) => l.lifted === undefined);
    if (lock === undefined) throw new Error('no lock');
    await people.otto.post(`/api/locks/${lock.id}/lift`, { version: lock.version });
    const third = new ConnectProcess(grant.connect);
    running.push(third);
    await third.open(people.vera);
    await third.end();
  });

  test('a change of the policy bites on the next PDU', async () => {
    const { at, session, connect } = await open(300);
    const tool: Client = await connectFrom('127.0.0.1', { ...at, unit: PLC.unit });
    await tool.writeRegister(105, 5);
    const policy = readFileSync(site.policyFile, 'utf8');
    // The gate's ceiling and the entry shrink to 100-104; the sentences about them go.
    const narrower = policy
      .replace('range: 100-119', 'range: 100-104')
      .replace('range: 100-109, units: [1], value', 'range: 100-104, units: [1], value')
      .replace(/^tests:[\s\S]*/m, '');
    expect(narrower).not.toBe(policy);
    writeFileSync(site.policyFile, narrower);
    try {
      await until('the write is refused', 10_000, () =>
        tool.writeRegister(105, 6).then(
          () => undefined,
          (error: unknown) => String(error),
        ),
      );
      const reached = site.plc.writes.filter((w) => w.address === 105).length;
      await expect(tool.writeRegister(105, 7)).rejects.toThrow('Illegal data address');
      const told = 'write holding registers 100-104 (40101-40105) of unit 1, values';
      await until('connect says what is left', 5_000, () =>
        connect.events.find(
          (event) =>
            event.event === 'control' &&
            event.message.kind === 'status' &&
            event.message.allowed.some((each) => each.startsWith(told)),
        ),
      );
      await tool.writeRegister(100, 1111);
      expect(site.plc.writes.filter((w) => w.address === 105)).toHaveLength(reached);
    } finally {
      writeFileSync(site.policyFile, policy);
    }
    await disconnect(tool).catch(() => undefined);
    await connect.end();
    await ended(session);
  });

  test('the join explains every write of the gate, and not the one that went around it', async () => {
    const { items } = await people.anna.get<AlertPageView>('/api/alerts?status=new');
    const withoutGrant = (rows: AlertPageView['items']) =>
      rows.filter((row) => row.message.includes('without a grant'));
    expect(withoutGrant(items)).toEqual([]);
    expect(items.filter((row) => row.message.includes('never seen'))).toEqual([]);

    const around = await connectFrom(LAPTOP.host, { ...PLC, port: site.plcPort });
    await around.writeRegister(102, 777);
    await disconnect(around);
    const alert = await until('the alert', 15_000, async () => {
      const page = await people.anna.get<AlertPageView>('/api/alerts?status=new');
      return withoutGrant(page.items)[0];
    });
    expect(alert.message).toContain(`${LAPTOP.host} wrote 777 to holding register 102`);
    expect(alert.techniques).toContain('T1692.001');
  });

  test('a rogue write is an alert within five seconds', async () => {
    const rogue = await connectFrom(ROGUE.host, { ...PLC, port: site.plcPort });
    const at = performance.now();
    await rogue.writeRegisters(100, [1499]);
    await disconnect(rogue);
    await until('the alert', 5_000, async () => {
      const page = await people.anna.get<AlertPageView>('/api/alerts?status=new');
      return page.items.find((row) => row.message.startsWith(`${ROGUE.host} wrote 1499`));
    });
    expect(performance.now() - at).toBeLessThan(5_000);
  });
});
