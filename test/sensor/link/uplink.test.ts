import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startUplink, type Uplink, type UplinkNews } from '#sensor/link/uplink.ts';
import type { OpcuaExchange } from '#sensor/model/event.ts';
import { type BundlePayload, MAX_LINK_BYTES } from '#sensor/model/link.ts';
import { keptOf } from '#sensor/store/kept-exchange.ts';
import { SensorStore } from '#sensor/store/sensor-store.ts';
import { alert } from '../../support/alert.ts';
import { batch } from '../../support/batch.ts';
import { T0, write } from '../../support/exchange.ts';
import {
  type Answer,
  type Asked,
  type LinkBroker,
  payload,
  startLinkBroker,
} from '../../support/link-broker.ts';

/** However busy the machine is. */
const soon = <T>(check: () => T) => vi.waitFor(check, { timeout: 15_000, interval: 20 });

let folder: string;
let store: SensorStore;
let uplink: Uplink | undefined;
let news: UplinkNews[];
/** What the uplink asked to wait for. */
let waits: number[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'uplink-'));
  store = new SensorStore(join(folder, 'sensor.db'));
  news = [];
  waits = [];
});
afterEach(async () => {
  await uplink?.stop(0);
  uplink = undefined;
  store.close();
  rmSync(folder, { recursive: true });
});

interface Options {
  readonly bundle?: BundlePayload;
  readonly take?: (bundle: BundlePayload) => string | undefined;
}

function begin(broker: LinkBroker, { bundle, take }: Options = {}): Uplink {
  uplink = startUplink({
    identity: broker.identity(),
    folder,
    store,
    bundle,
    take: take ?? (() => undefined),
    news: (each) => news.push(each),
    // A hundredth of the time, so that a test sees several tries.
    wait: (ms, signal) => {
      waits.push(ms);
      return sleep(Math.max(1, ms / 100), undefined, { signal });
    },
    random: () => 0.5,
  });
  return uplink;
}

const accepts = ({ path, body }: Asked): Answer => {
  if (path.startsWith('/sensor/v1/bundle')) return { status: 304 };
  if (path.startsWith('/sensor/v1/evidence')) return { status: 204 };
  const { items } = JSON.parse(body.toString()) as { items: { id: string }[] };
  return { status: 200, json: { accepted: items.map(({ id }) => id) } };
};

const empty = () => soon(() => expect(store.backlog.waiting).toBe(0));
const kinds = () => news.map(({ kind }) => kind);

describe('the outbox reaches the broker', () => {
  test('with the certificate of the enrolment, and is forgotten after the answer', async () => {
    await using broker = await startLinkBroker(accepts);
    store.commit(batch({ alerts: [alert(1)], exchanges: [keptOf(write())] }), T0);
    begin(broker);
    await empty();
    expect(
      broker
        .items()
        .flat()
        .map(({ kind }) => kind),
    ).toEqual(['alert', 'operation']);
    expect(broker.asked.every(({ client }) => client === 'CN=sen_000000000000')).toBe(true);
    expect(kinds()).toEqual(['broker-reached']);
  });

  test('at least once: an answer that got lost means the same ids again', async () => {
    let lost = 2;
    await using broker = await startLinkBroker((asked) =>
      asked.path === '/sensor/v1/items' && lost-- > 0 ? 'cut' : accepts(asked),
    );
    store.commit(batch({ alerts: [alert(1), alert(2)] }), T0);
    begin(broker);
    await empty();
    const sent = broker.items().map((items) => items.map(({ id }) => id));
    expect(sent).toHaveLength(3);
    expect(sent[1]).toEqual(sent[0]);
    expect(sent[2]).toEqual(sent[0]);
  });

  test('what was not accepted is sent again, the rest is not', async () => {
    let first = true;
    await using broker = await startLinkBroker((asked) => {
      if (asked.path !== '/sensor/v1/items' || !first) return accepts(asked);
      first = false;
      const { items } = JSON.parse(asked.body.toString()) as { items: { id: string }[] };
      return { status: 200, json: { accepted: [items[0]?.id, 'al_unknown.1'] } };
    });
    store.commit(batch({ alerts: [alert(1), alert(2)] }), T0);
    begin(broker);
    await empty();
    expect(broker.items().map((items) => items.length)).toEqual([2, 1]);
  });

  test('in requests of at most 500 items', async () => {
    await using broker = await startLinkBroker(accepts);
    const alerts = Array.from({ length: 1201 }, (_, i) => alert(i));
    store.commit(batch({ alerts }), T0);
    begin(broker);
    await empty();
    expect(broker.items().map((items) => items.length)).toEqual([500, 500, 201]);
  });

  test('after waits that double, and one line says that it is gone and one that it is back', async () => {
    let down = true;
    await using broker = await startLinkBroker((asked) => (down ? 'cut' : accepts(asked)));
    store.commit(batch({ alerts: [alert(1)] }), T0);
    begin(broker);
    await soon(() => expect(waits.filter((ms) => ms !== 2000).length).toBeGreaterThan(5));
    // Half of it fixed, half by `random`, which is always one half here.
    const tries = waits.filter((ms) => ms !== 2000);
    expect(tries.slice(0, 5)).toEqual([375, 750, 1500, 3000, 6000]);
    down = false;
    await empty();
    expect(kinds()).toEqual(['broker-lost', 'broker-reached']);
  });

  test('and what it can never take is found, given up and said', async () => {
    const poison = alert(3).lockkeeper.alert.id;
    await using broker = await startLinkBroker((asked) =>
      asked.path === '/sensor/v1/items' && asked.body.includes(poison)
        ? { status: 413 }
        : accepts(asked),
    );
    store.commit(batch({ alerts: [1, 2, 3, 4, 5].map((name) => alert(name)) }), T0);
    begin(broker);
    await empty();
    expect(news.filter(({ kind }) => kind === 'refused-by-broker')).toEqual([
      { kind: 'refused-by-broker', what: `alert ${poison}.1`, status: 413 },
    ]);
  });

  test('and what is too large for a request goes without what makes it large', async () => {
    await using broker = await startLinkBroker((asked) =>
      asked.body.length > MAX_LINK_BYTES ? { status: 413 } : accepts(asked),
    );
    const nodes = Array.from({ length: 100 }, (_, i) => ({
      nodeId: `ns=2;i=${i}`,
      value: Array.from({ length: 100 }, () => 'x'.repeat(500)),
    }));
    const service = { id: 673, name: 'Write' };
    const { modbus: _, ...heading } = write();
    const operation: OpcuaExchange = {
      ...heading,
      protocol: 'opcua',
      opcua: { messageType: 'MSG', service, nodes },
      operations: [
        { kind: 'write', protocol: 'opcua', service: 'Write', object: { kind: 'opcua-server' } },
      ],
    };
    const large = { ...alert(1), opcua: { message_type: 'MSG', service, nodes } };
    store.commit(batch({ alerts: [large], exchanges: [keptOf(operation)] }), T0);
    begin(broker);
    await empty();
    expect(kinds()).toEqual(['broker-reached']);
    const documents = broker.items().map(([item]) => item?.document);
    expect(documents).toMatchObject([
      { ...alert(1), lockkeeper: { facts: [{ name: 'sensor.trimmed' }] } },
      { operations: operation.operations, facts: [{ name: 'sensor.trimmed' }] },
    ]);
    expect(documents).toMatchObject([{ opcua: { service } }, { opcua: { service } }]);
  });

  test('and a database that fails for a while stops nothing', async () => {
    await using broker = await startLinkBroker(accepts);
    store.commit(batch({ alerts: [alert(1)] }), T0);
    const { settle } = store;
    let full = 3;
    store.settle = (ids) => {
      if (full-- > 0) throw new Error('database or disk is full');
      settle.call(store, ids);
    };
    begin(broker);
    await empty();
    expect(news.filter(({ kind }) => kind === 'link-failed')).toEqual([
      { kind: 'link-failed', why: 'database or disk is full' },
    ]);
    expect(broker.items()).toHaveLength(4);
  });

  test('but nothing is given up because a broker is missing, busy or does not know us', async () => {
    for (const status of [401, 403, 404, 409, 429, 500, 503]) {
      await using broker = await startLinkBroker(() => ({ status }));
      store.commit(batch({ alerts: [alert(1)] }), T0);
      begin(broker);
      await soon(() => expect(broker.items().length).toBeGreaterThan(2));
      await uplink?.stop(0);
      uplink = undefined;
      expect(store.backlog.waiting, String(status)).toBe(1);
    }
  });

  test('a sensor that is stopped sends its last words', async () => {
    await using broker = await startLinkBroker(accepts);
    begin(broker);
    await soon(() => expect(kinds()).toEqual(['broker-reached']));
    store.commit(batch({ alerts: [alert(1)] }), T0);
    await uplink?.stop(5000);
    uplink = undefined;
    expect(store.backlog.waiting).toBe(0);
  });

  test('a broker that another authority certified is not spoken to', async () => {
    await using right = await startLinkBroker(accepts);
    await using wrong = await startLinkBroker(accepts);
    store.commit(batch({ alerts: [alert(1)] }), T0);
    begin({ ...right, identity: () => ({ ...right.identity(), url: wrong.url }) });
    await soon(() => expect(kinds()).toEqual(['broker-lost']));
    expect(wrong.asked).toEqual([]);
    expect(store.backlog.waiting).toBe(1);
  });
});

describe('evidence', () => {
  const { id } = alert(1).lockkeeper.alert;
  const evidence = { alertId: id, at: T0, sha256: 'ab', pcapng: Uint8Array.of(1, 2, 3) };

  test('follows its alert, and is sent once', async () => {
    await using broker = await startLinkBroker(accepts);
    store.commit(batch({ alerts: [alert(1)], evidence: [evidence] }), T0);
    begin(broker);
    await soon(() => expect(broker.asked.some(({ method }) => method === 'PUT')).toBe(true));
    await soon(() => expect(store.nextEvidence()).toBeUndefined());
    const [put, ...more] = broker.asked.filter(({ method }) => method === 'PUT');
    expect(more).toEqual([]);
    expect(put).toMatchObject({ path: `/sensor/v1/evidence/${id}`, sha256: 'ab' });
    expect(put?.body.toString('hex')).toBe('010203');
  });

  test('is sent again where the broker was busy, and given up where it has no such alert', async () => {
    const statuses = [409, 503, 404];
    await using broker = await startLinkBroker((asked) =>
      asked.method === 'PUT' ? { status: statuses.shift() ?? 204 } : accepts(asked),
    );
    store.commit(batch({ alerts: [alert(1)], evidence: [evidence] }), T0);
    begin(broker);
    await soon(() => expect(store.nextEvidence()).toBeUndefined());
    await soon(() => expect(kinds()).toContain('refused-by-broker'));
    expect(broker.asked.filter(({ method }) => method === 'PUT')).toHaveLength(3);
  });
});

describe('evidence that the broker will never take', () => {
  const { id } = alert(1).lockkeeper.alert;
  const evidence = { alertId: id, at: T0, sha256: 'ab', pcapng: Uint8Array.of(1, 2, 3) };

  test.for([
    ['other evidence stands', { status: 409, json: { error: { code: 'evidence-stands' } } }],
    ['there is no room', { status: 507, json: { error: { code: 'full' } } }],
  ] as const)('%s: given up and said, and alerts go on', async ([, answer]) => {
    await using broker = await startLinkBroker((asked) =>
      asked.method === 'PUT' ? answer : accepts(asked),
    );
    store.commit(batch({ alerts: [alert(1)], evidence: [evidence] }), T0);
    begin(broker);
    await soon(() => expect(kinds()).toContain('refused-by-broker'));
    expect(store.nextEvidence()).toBeUndefined();
    expect(broker.asked.filter(({ method }) => method === 'PUT')).toHaveLength(1);
    expect(kinds()).not.toContain('broker-lost');
  });
});

describe('the bundle', () => {
  const serving = async (
    jws: (broker: LinkBroker, have: string) => Promise<string | undefined>,
  ) => {
    const broker: LinkBroker = await startLinkBroker(async (asked) => {
      const url = new URL(asked.path, 'https://x');
      if (url.pathname !== '/sensor/v1/bundle') return accepts(asked);
      const bundle = await jws(broker, url.searchParams.get('have') ?? '');
      return bundle === undefined ? { status: 304 } : { status: 200, json: { bundle } };
    });
    return broker;
  };
  const kept = () => readFileSync(join(folder, 'bundle.jws'), 'utf8');

  test('is taken into use, kept, and asked for by what is there', async () => {
    const asked: string[] = [];
    await using broker = await serving(async (at, have) => {
      asked.push(have);
      return have === 'v1' ? undefined : at.sign(payload({ plant: 'text' }));
    });
    const taken: BundlePayload[] = [];
    begin(broker, {
      take: (bundle) => {
        taken.push(bundle);
        return undefined;
      },
    });
    await soon(() => expect(asked.length).toBeGreaterThan(2));
    expect(asked.slice(0, 3)).toEqual(['', 'v1', 'v1']);
    expect(taken).toMatchObject([{ version: 'v1', plant: 'text' }]);
    expect(kept()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(news).toContainEqual({ kind: 'bundle-used', version: 'v1', serial: 1 });
  });

  test('of another signer, or older, or with faults, is refused once, and the last good one stays', async () => {
    await using stranger = await startLinkBroker(accepts);
    const next: ((at: LinkBroker) => Promise<string>)[] = [
      (at) => at.sign(payload({ serial: 5, version: 'good' })),
      () => stranger.sign(payload({ serial: 6, version: 'forged' })),
      () => stranger.sign(payload({ serial: 6, version: 'forged' })),
      (at) => at.sign(payload({ serial: 4, version: 'old' })),
      (at) => at.sign(payload({ serial: 6, version: 'faulty' })),
    ];
    await using broker = await serving((at) => next.shift()?.(at) ?? Promise.resolve(undefined));
    const taken: string[] = [];
    begin(broker, {
      take: ({ version }) => {
        if (version === 'faulty') return 'a fault in line 3';
        taken.push(version);
        return undefined;
      },
    });
    await soon(() => expect(next).toHaveLength(0));
    await soon(() => expect(kinds().filter((k) => k === 'bundle-refused')).toHaveLength(3));
    expect(taken).toEqual(['good']);
    expect(news.flatMap((each) => (each.kind === 'bundle-refused' ? [each.why] : []))).toEqual([
      'is not signed by the broker of this sensor',
      'has serial 4, older than 5',
      'a fault in line 3',
    ]);
    const [, body = ''] = kept().split('.');
    expect(JSON.parse(Buffer.from(body, 'base64url').toString())).toMatchObject({
      version: 'good',
    });
  });

  test('that the disk does not take is not taken into use, told once, and tried again', async () => {
    await using broker = await serving(async (at, have) =>
      have === 'v1' ? undefined : at.sign(payload({ plant: 'text' })),
    );
    // Where the new file has to go there is a folder: as little can be written there as on a full disk.
    const obstacle = join(folder, 'bundle.jws.next');
    mkdirSync(obstacle);
    const taken: BundlePayload[] = [];
    begin(broker, {
      take: (bundle) => {
        taken.push(bundle);
        return undefined;
      },
    });
    await soon(() => expect(waits.filter((ms) => ms > 2000).length).toBeGreaterThan(2));
    expect(waits.filter((ms) => ms > 2000).slice(0, 3)).toEqual([4000, 8000, 16_000]);
    expect(taken).toEqual([]);
    expect(kinds().filter((kind) => kind === 'link-failed')).toHaveLength(1);
    rmSync(obstacle, { recursive: true });
    await soon(() => expect(kinds()).toContain('bundle-used'));
    expect(kept()).not.toBe('');
  });

  test('older than the one kept over a restart is refused', async () => {
    await using broker = await serving((at) => at.sign(payload({ serial: 2, version: 'old' })));
    begin(broker, { bundle: payload({ serial: 3, version: 'kept' }) });
    await soon(() => expect(kinds()).toContain('bundle-refused'));
    expect(kinds()).not.toContain('bundle-used');
  });
});
