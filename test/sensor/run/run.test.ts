import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startLiveCapture } from '#sensor/capture/live.ts';
import { writeIdentity } from '#sensor/link/identity.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { LinkItem } from '#sensor/model/link.ts';
import { micros } from '#sensor/model/time.ts';
import { loadOrSay } from '#sensor/run/command.ts';
import type { SensorConfig } from '#sensor/run/config.ts';
import { type RunNews, runSensor } from '#sensor/run/run.ts';
import { type Answer, type Asked, payload, startLinkBroker } from '../../support/link-broker.ts';
import { captureFile } from '../../support/plant-capture.ts';

/** However busy the machine is. */
const soon = <T>(check: () => T) => vi.waitFor(check, { timeout: 15_000, interval: 20 });

let folder: string;
let news: RunNews[];
let stop: AbortController;
let running: Promise<boolean> | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sensor-run-'));
  news = [];
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await running?.catch(() => undefined);
  running = undefined;
  rmSync(folder, { recursive: true });
});

const PLANT = readFileSync('policies/example-plant.yaml', 'utf8');
const RULES = ['attack-ics', 'operation-not-allowed', 'new-writer'].map((name) => ({
  path: `${name}.yaml`,
  text: readFileSync(`rules/${name}.yaml`, 'utf8'),
}));

const ROGUE = '127.20.66.66';
const HMI = '127.20.2.10';

function run(config: Partial<SensorConfig> & Pick<SensorConfig, 'capture'>): Promise<boolean> {
  running = runSensor({
    config: {
      name: 's1',
      data: join(folder, 'data'),
      plant: undefined,
      rules: 'rules',
      learnFor: 0,
      inventoryEvery: 60 * 1e6,
      ...config,
    },
    clock: () => micros(Date.now() * 1000),
    wait: (ms, signal) => sleep(ms, undefined, { signal }),
    random: () => 0.5,
    seed: 1,
    loadPlant: loadOrSay,
    startLive: startLiveCapture,
    news: (each) => news.push(each),
    stop: stop.signal,
  });
  return running;
}

const kinds = () => news.map(({ kind }) => kind);
const messages = () => news.flatMap((each) => (each.kind === 'alert' ? [each.message] : []));
const replay = (writes: Parameters<typeof captureFile>[1]) => ({
  kind: 'replay' as const,
  file: captureFile(join(folder, 'plant.pcap'), writes),
  loop: false,
});

function rows(table: string): Record<string, unknown>[] {
  const database = new DatabaseSync(join(folder, 'data/sensor.db'), { readOnly: true });
  try {
    return database.prepare(`select * from ${table}`).all();
  } finally {
    database.close();
  }
}

describe('a sensor without a broker', () => {
  test('finds a rogue write, keeps its packets, and ends with its capture', async () => {
    const capture = replay([
      { from: HMI, after: 10 },
      { from: ROGUE, after: 10 },
    ]);
    expect(await run({ capture, plant: 'policies/example-plant.yaml' })).toBe(true);
    expect(kinds()).toEqual(['started', 'alert', 'alert', 'stopped']);
    expect(messages().join('\n')).toMatch(
      /127\.20\.66\.66 wrote 1500 to holding register 100 .*never wrote before/,
    );
    expect(rows('alert')).toHaveLength(2);
    expect(rows("outbox where kind = 'operation'")).toHaveLength(2);
    expect(rows("outbox where kind = 'health'").length).toBeGreaterThan(0);
    expect(rows("outbox where kind = 'asset'").length).toBe(3);
    const [evidence] = rows('evidence');
    const hex = Buffer.from(evidence?.['pcapng'] as Uint8Array).toString('hex');
    // The write of 1500 (0x05dc) to 100 (0x0064) by function 6 is in the packets.
    expect(hex).toContain('06006405dc');
  });

  test('keeps what it could not hear, and tells it with its health', async () => {
    const capture = replay([
      { from: HMI, after: 10 },
      { from: HMI, after: 10, before: Buffer.from('000100000006010800001234', 'hex'), lost: 12 },
    ]);
    expect(await run({ capture, plant: 'policies/example-plant.yaml' })).toBe(true);
    const documents = (table: string) =>
      rows(table).map(({ document }) => JSON.parse(String(document)) as Record<string, unknown>);
    expect(documents('event').filter(({ kind }) => kind === 'fault')).toMatchObject([
      { fact: { name: 'stream.gap' }, client: { ip: HMI, port: 40_001 }, count: 1 },
    ]);
    const facts = documents('health').flatMap((report) => report['facts'] as Fact[]);
    expect(facts.map(({ name }) => name)).toEqual(['stream.gaps', 'stream.gap']);
  });

  test('does not start where its policy, its rules or its capture are wrong, and says what', async () => {
    const capture = replay([]);
    await expect(run({ capture, plant: 'rules/new-writer.yaml' })).rejects.toThrow(
      /new-writer\.yaml:1:1/,
    );
    await expect(run({ capture, rules: 'policies' })).rejects.toThrow(/rules lint shows all/);
    await expect(run({ capture, rules: join(folder, 'none') })).rejects.toThrow(/cannot be read/);
    const missing = { kind: 'replay' as const, file: join(folder, 'none.pcap'), loop: false };
    await expect(run({ capture: missing })).rejects.toThrow(/none\.pcap/);
  });

  test('learns who writes, over a restart', async () => {
    const learnFor = 3600 * 1e6;
    await run({ capture: replay([{ from: HMI, after: 10 }]), learnFor });
    const baseline = readFileSync(join(folder, 'data/baseline.json'), 'utf8');
    expect(JSON.parse(baseline)).toMatchObject({
      writers: [{ client: HMI, server: '127.20.1.12' }],
    });
    // The time of learning is over: known is who was learned, and nobody else.
    news = [];
    const since = readFileSync(join(folder, 'data/learning-since'), 'utf8');
    expect(since).toMatch(/^\d{4}-/);
    const both = [HMI, ROGUE].map((from) => ({ from, after: 10 }));
    await run({ capture: replay(both), learnFor: 1 });
    expect(messages()).toHaveLength(1);
    expect(messages()[0]).toContain(`${ROGUE} wrote 1500`);
    expect(messages()[0]).toContain(`learned writers: ${HMI}`);
  });
});

describe('a sensor with a broker', () => {
  const accepts =
    (bundle: () => Promise<Answer>) =>
    async (asked: Asked): Promise<Answer> => {
      if (asked.path.startsWith('/sensor/v1/bundle')) return bundle();
      if (asked.method === 'PUT') return { status: 204 };
      const { items } = JSON.parse(asked.body.toString()) as { items: { id: string }[] };
      return { status: 200, json: { accepted: items.map(({ id }) => id) } };
    };

  test('judges by the bundle that comes while it runs, and tells what it finds', async () => {
    let jws = '';
    await using broker = await startLinkBroker(
      accepts(() =>
        Promise.resolve(jws === '' ? { status: 503 } : { status: 200, json: { bundle: jws } }),
      ),
    );
    writeIdentity(join(folder, 'data'), broker.identity());
    jws = await broker.sign(payload({ plant: PLANT, rules: RULES, version: 'b1' }));
    const ended = run({ capture: replay([{ from: ROGUE, after: 3000 }]) });
    await soon(() => expect(kinds()).toContain('bundle-used'));
    expect(await ended).toBe(true);
    expect(messages()).toHaveLength(2);
    const items = broker.items().flat() as LinkItem[];
    const alerts = items.flatMap(({ kind, document }) => (kind === 'alert' ? [document] : []));
    expect(new Set(alerts.map(({ rule }) => rule.name)).size).toBe(2);
    expect(alerts[0]?.lockkeeper.policy).toMatchObject({ allowed: false });
    expect(items.some(({ kind }) => kind === 'operation')).toBe(true);
    expect(items.findLast(({ kind }) => kind === 'health')?.document).toMatchObject({
      bundle: 'b1',
    });
    expect(broker.asked.filter(({ method }) => method === 'PUT')).toHaveLength(2);
    // Nothing is left behind: it was stopped by the end of its capture and sent its last words.
    expect(rows('outbox')).toEqual([]);
  });

  test('goes on with the last good bundle where the broker is gone', async () => {
    const broker = await startLinkBroker(() => 'cut');
    const data = join(folder, 'data');
    writeIdentity(data, broker.identity());
    const jws = await broker.sign(payload({ plant: PLANT, rules: RULES }));
    const { stageBundle } = await import('#sensor/link/bundle.ts');
    stageBundle(data, jws)();
    await broker[Symbol.asyncDispose]();
    expect(await run({ capture: replay([{ from: ROGUE, after: 10 }]) })).toBe(true);
    expect(news.find(({ kind }) => kind === 'started')).toMatchObject({ policy: true, rules: 2 });
    expect(messages()).toHaveLength(2);
    expect(rows("outbox where kind = 'alert'")).toHaveLength(2);
  });

  test('stopped in the middle it keeps what it has found', async () => {
    const capture = replay([
      { from: ROGUE, after: 10 },
      { from: ROGUE, after: 60_000 },
    ]);
    const ended = run({ capture, plant: 'policies/example-plant.yaml' });
    await soon(() => expect(messages()).toHaveLength(2));
    stop.abort();
    expect(await ended).toBe(true);
    expect(rows('alert')).toHaveLength(2);
    expect(kinds().at(-1)).toBe('stopped');
  });
});

test('the command says what is wrong with its config, and exits with 2', () => {
  const lines = (args: string[]): string => {
    try {
      execFileSync(process.execPath, ['main.ts', 'sensor', ...args], { stdio: 'pipe' });
      return 'done';
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: Buffer };
      return `${status} ${stderr.toString()}`;
    }
  };
  expect(lines(['run'])).toMatch(/^2 usage: lockkeeper sensor run --config F/);
  expect(lines(['run', '--config', join(folder, 'none.yaml')])).toMatch(
    /^2 .*none\.yaml: cannot be read/,
  );
  expect(lines(['enrol', '--config', 'x'])).toMatch(/^2 usage: lockkeeper sensor enrol TOKEN/);
});
