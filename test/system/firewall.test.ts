/** The kernel does with each packet what the policy says: the compiled ruleset on a router between three zones. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { nftables } from '#policies/compile/nftables.ts';
import { createReach } from '../policies/reach.ts';
import { tcpFrame } from '../support/packets.ts';
import { plantOf } from '../support/plant.ts';
import { SEED } from '../support/runs.ts';
import { hasFirewall, Router, withChecksum } from './firewall.ts';
import { MAIN } from './site.ts';

if (!hasFirewall) {
  console.warn('skipped: no right to make network namespaces, or nft or tcpreplay is missing');
}

const TEXT = `
version: 1
site: { name: Lab, time_zone: Europe/Berlin }
gates: [10.20.0.2, "fd00:20::2"]
zones:
  it: { purdue: 4, cidrs: [10.10.0.0/24, "fd00:10::/64"], owner: it }
  dmz: { purdue: 3.5, cidrs: [10.20.0.0/24, "fd00:20::/64"], owner: it }
  cell: { purdue: 1, cidrs: [10.30.0.0/24, "fd00:30::/64"], owner: production }
  panels: { purdue: 2, cidrs: [10.30.0.128/26, "fd00:30::8000/113"], parent: cell, owner: production }
  safety: { purdue: 1, cidrs: [10.30.0.64/28], parent: cell, owner: production, safety: true, allow: [{ fc: [3], range: 0-9 }] }
assets:
  plc: { zone: cell, address: 10.30.0.10, modbus: { units: [1] } }
  plc-6: { zone: cell, address: "fd00:30::10", modbus: { port: 1502, units: [1] }, opcua: { application_uri: "urn:lab:plc" } }
  sis: { zone: safety, address: 10.30.0.66, modbus: { units: [1] } }
  hmi: { zone: panels, address: 10.30.0.130 }
  historian: { zone: dmz, address: 10.20.0.9 }
conduits:
  - { id: panels-cell, from: panels, to: cell, via: direct, why: runs it, allow: [{ ops: [read] }, { fc: [6], range: 0-9 }] }
  - { id: historian-cell, from: historian, to: cell, via: direct, why: records it, allow: [{ ops: [read] }] }
  - { id: hmi-sis, from: hmi, to: sis, via: direct, why: sees it, allow: [{ fc: [3], range: 0-99 }] }
  - { id: it-sis, from: it, to: sis, via: direct, why: was a mistake, allow: [{ fc: [6], range: 0-99 }] }
  - { id: dmz-cell, from: dmz, to: cell, via: gate, why: maintenance, allow: [{ ops: [read] }] }
  - { id: it-opcua, from: it, to: plc-6, via: direct, why: reports, allow: [{ proto: opcua, ops: [read] }] }
tests:
  - { as: "zone:it", on: plc, deny: [everything] }
`;
const PLANT = plantOf(TEXT);

const LEGS = [
  { name: 'it', prefixes: ['10.10.0.0/24', 'fd00:10::/64'] },
  { name: 'dmz', prefixes: ['10.20.0.0/24', 'fd00:20::/64'] },
  { name: 'cell', prefixes: ['10.30.0.0/24', 'fd00:30::/64'] },
  // A zone within the cell, behind a link of its own.
  { name: 'panels', prefixes: ['10.30.0.128/26', 'fd00:30::8000/113'] },
] as const;

const HOSTS = {
  it: ['10.10.0.7', '10.10.0.200', 'fd00:10::7', 'fd00:10::ffff'],
  dmz: ['10.20.0.2', '10.20.0.9', '10.20.0.77', 'fd00:20::2', 'fd00:20::9'],
  cell: [
    ...['10.30.0.10', '10.30.0.66', '10.30.0.70', '10.30.0.127', '10.30.0.192'],
    ...['fd00:30::10', 'fd00:30::7fff'],
  ],
  panels: ['10.30.0.128', '10.30.0.130', '10.30.0.191', 'fd00:30::8000', 'fd00:30::ffff'],
} as const;
const PORTS = [502, 502, 1502, 4840, 22] as const;
const PROBES = 2000;
const SYN = 2;
const ACK = 16;

interface Probe {
  readonly leg: keyof typeof HOSTS;
  readonly to: keyof typeof HOSTS;
  readonly from: string;
  readonly server: string;
  readonly port: number;
}

const familyOf = (ip: string): number => (ip.includes(':') ? 6 : 4);

/** A small generator, so that a run can be had again. */
function* randoms(seed: number): Generator<number> {
  for (let state = seed | 1; ; ) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield (state >>> 0) / 2 ** 32;
  }
}

function probesFrom(seed: number, count: number): readonly Probe[] {
  const numbers = randoms(seed);
  const pick = <T>(list: readonly T[]): T =>
    list[Math.floor((numbers.next().value ?? 0) * list.length)] as T;
  const legs = Object.keys(HOSTS) as (keyof typeof HOSTS)[];
  const found: Probe[] = [];
  while (found.length < count) {
    const leg = pick(legs);
    // Half of them from where a way may be open, else hardly one would be.
    const to = pick([...legs, 'cell'] as const);
    const [from, server] = [pick<string>(HOSTS[leg]), pick<string>(HOSTS[to])];
    // Within a zone nothing comes by the router.
    if (leg !== to && familyOf(from) === familyOf(server)) {
      found.push({ leg, to, from, server, port: pick(PORTS) });
    }
  }
  return found;
}

/** The number of each probe is its sequence number. */
const frameOf = ({ from, server, port }: Probe, number: number, flags = SYN): Buffer =>
  withChecksum(
    tcpFrame({
      from,
      to: server,
      // Each is a connection of its own.
      sourcePort: 20_000 + (number % 40_000),
      destinationPort: port,
      sequence: number,
      flags,
    }),
  );

describe.runIf(hasFirewall)('the compiled ruleset in the kernel', { timeout: 120_000 }, () => {
  let router: Router;
  beforeAll(() => {
    router = new Router(LEGS);
  }, 60_000);
  afterAll(() => router?.end());

  /** Numbers of the probes that came out, each where its server is. */
  async function passed(probes: readonly Probe[], flags = SYN): Promise<ReadonlySet<number>> {
    const sent = new Map(
      LEGS.map(({ name }) => [
        name as string,
        probes.flatMap((probe, number) =>
          probe.leg === name ? [frameOf(probe, number, flags)] : [],
        ),
      ]),
    );
    const heard = await router.send(new Map([...sent].filter(([, each]) => each.length > 0)));
    const numbers = new Set<number>();
    for (const [leg, frames] of heard) {
      for (const frame of frames) {
        const number = sequenceOf(frame);
        if (number === undefined) continue;
        expect([number, probes[number]?.to]).toEqual([number, leg]);
        numbers.add(number);
      }
    }
    return numbers;
  }

  test(`${PROBES} random probes of both families pass iff the policy lets anything pass there`, async () => {
    router.load(nftables(PLANT));
    const probes = probesFrom(SEED, PROBES);
    const reach = createReach(PLANT);
    const came = await passed(probes);
    const wrong = probes.flatMap((probe, number) => {
      const { from, server, port } = probe;
      const expected = reach(from, server, port);
      return came.has(number) === expected ? [] : [{ ...probe, expected }];
    });
    expect(wrong).toEqual([]);
    expect(came.size).toBeGreaterThan(50);
    expect(new Set([...came].map((number) => familyOf(probes[number]?.from ?? '')))).toEqual(
      new Set([4, 6]),
    );
  });

  test('a grant opens one way, and the kernel closes it when its time is over', async () => {
    router.load(nftables(PLANT));
    const way: Probe = {
      leg: 'dmz',
      to: 'cell',
      from: '10.20.0.2',
      server: '10.30.0.10',
      port: 502,
    };
    const beside = [
      { ...way, from: '10.20.0.77' },
      { ...way, server: '10.30.0.66' },
      { ...way, port: 4840 },
    ];
    expect(await passed([way])).toEqual(new Set());
    router.inRouter('nft', [
      'add',
      'element',
      'inet',
      'lockkeeper',
      'granted4',
      '{ 10.20.0.2 . 10.30.0.10 . 502 timeout 4s }',
    ]);
    expect(await passed([way, ...beside])).toEqual(new Set([0]));
    // The flow is busy when its time is over, and nobody removes anything.
    const end = Date.now() + 4_500;
    while (Date.now() < end) await passed([way], ACK);
    expect(await passed([way], ACK)).toEqual(new Set());
  });

  test('what somebody changed by hand is named, and grants that live are none of it', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'lk-verify-')), 'plant.yaml');
    writeFileSync(file, TEXT);
    onTestFinished(() => rmSync(dirname(file), { recursive: true }));
    const verify = (): readonly string[] => {
      const args = [process.execPath, MAIN, 'policy', 'verify', file];
      return router
        .inRouter('sh', ['-c', '"$@" || true', '-', ...args])
        .trim()
        .split('\n');
    };
    router.load('add table inet lockkeeper\ndelete table inet lockkeeper');
    expect(verify().at(-1)).toMatch(/lines of drift/);
    router.load(nftables(PLANT));
    expect(verify()).toEqual([expect.stringMatching(/^the rules are those of /)]);
    const nft = (text: string): string => router.inRouter('nft', text.split(' '));
    nft('add element inet lockkeeper granted6 { fd00:20::2 . fd00:30::10 . 1502 timeout 60s }');
    expect(verify()).toHaveLength(1);
    nft('insert rule inet lockkeeper forward tcp dport 22 accept');
    nft('add element inet lockkeeper panels-cell-to4 { 10.30.0.11 . 502 }');
    nft('flush set inet lockkeeper hmi-sis-from4');
    expect(verify()).toEqual([
      '+ foreign: set panels-cell-to4: 10.30.0.11 . 502',
      '- missing: set hmi-sis-from4: 10.30.0.130',
      '+ foreign: chain forward: tcp dport 22 accept',
      expect.stringMatching(/^3 lines of drift from /),
    ]);
  });

  test('who is isolated speaks with nobody, whatever a conduit or a grant says', async () => {
    router.load(nftables(PLANT));
    const probes: readonly Probe[] = [
      { leg: 'dmz', to: 'cell', from: '10.20.0.9', server: '10.30.0.10', port: 502 },
      { leg: 'dmz', to: 'cell', from: '10.20.0.9', server: '10.30.0.10', port: 502 },
    ];
    expect((await passed(probes)).size).toBe(2);
    router.inRouter('nft', ['add', 'element', 'inet', 'lockkeeper', 'isolated4', '{ 10.30.0.10 }']);
    expect((await passed(probes)).size).toBe(0);
  });
});

/** Undefined for what is no TCP. */
function sequenceOf(frame: Buffer): number | undefined {
  const isSix = frame.readUInt16BE(12) === 0x86dd;
  const protocol = frame.readUInt8(isSix ? 20 : 23);
  return protocol === 6 ? frame.readUInt32BE((isSix ? 54 : 34) + 4) : undefined;
}
