import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { heardChange } from '#broker/api/heard-change.ts';
import { showCoverage } from '#broker/api/show-coverage.ts';
import type { AssetId, AssetRecord, SeenConversation } from '#broker/model/asset.ts';
import type { SensorId } from '#broker/model/ids.ts';
import type { OperationKind } from '#sensor/model/operation.ts';
import { isoMicros, micros } from '#sensor/model/time.ts';
import { plantOf } from '../../support/plant.ts';

const TEXT = readFileSync(new URL('../../../policies/example-plant.yaml', import.meta.url), 'utf8');
const OLD = plantOf(TEXT);
const HMI = '127.20.2.10';
const PLC = '127.20.1.12';
const BOILER = '127.20.3.20';
const ROGUE = '127.20.66.66';

function talk(
  role: 'client' | 'server',
  peer: string,
  kinds: readonly OperationKind[],
  lastSeen = 5,
): SeenConversation {
  return { role, peer, kinds, protocols: ['modbus'], lastSeen: micros(lastSeen) };
}

const record = (
  address: string,
  conversations: readonly SeenConversation[],
  sensor = 'sen_heard000001',
): AssetRecord => ({
  id: `as_${address}` as AssetId,
  version: 1,
  address,
  sightings: [
    {
      sensor: sensor as SensorId,
      firstSeen: micros(1),
      lastSeen: micros(9),
      roles: [],
      protocols: [],
      ports: [],
      units: [],
      applications: [],
      conversations,
    },
  ],
});

const RECORDS = [
  record(HMI, [talk('client', PLC, ['read', 'write'], 7), talk('client', BOILER, ['control'], 6)]),
  record(PLC, [talk('server', HMI, ['read'], 8), talk('server', ROGUE, ['write'])]),
  record(ROGUE, [talk('client', PLC, ['write'])]),
  // Nothing of it was decoded.
  record('127.20.2.30', [talk('client', PLC, [])]),
];

test('a conversation loses a kind that no line lets pass any more, once for both of its ends', () => {
  const next = plantOf(
    TEXT.replace('- { fc: [6, 16], range: 100-109 }\n      - { fc: [5], range: 0-3 }', ''),
  );
  expect(heardChange(OLD, next, RECORDS)).toMatchObject({
    conversations: 3,
    untold: 0,
    changed: [
      {
        client: { address: HMI, asset: { id: 'hmi-1' } },
        server: { address: PLC, asset: { id: 'plc-12' } },
        lost: ['write'],
        gained: [],
        lastSeen: isoMicros(micros(8)),
      },
    ],
  });
});

test('what never passed is not lost, and gained where the step lets it', () => {
  const next = plantOf(
    TEXT.replace('from: control-room\n    to: cell-1', 'from: outside\n    to: cell-1').replace(
      'zones:\n',
      `zones:\n  outside: { name: Outside, purdue: 4, cidrs: [${ROGUE}/32], sl_t: 1, owner: it, criticality: low }\n`,
    ),
  );
  const { changed } = heardChange(OLD, next, RECORDS);
  expect(changed.map(({ client, lost, gained }) => [client.address, lost, gained])).toEqual([
    [HMI, ['read', 'write'], []],
    [ROGUE, [], ['write']],
  ]);
});

test('a step that changes no kind changes no conversation', () => {
  expect(heardChange(OLD, OLD, RECORDS)).toEqual({ conversations: 3, changed: [], untold: 0 });
});

test('coverage: hosts in zones, conversations that pass whole, and those that do not', () => {
  const coverage = showCoverage(OLD, RECORDS);
  expect(coverage).toMatchObject({
    hosts: { heard: 4, inZone: 3 },
    conversations: { heard: 3, covered: 2 },
    conduits: { all: 5, restricted: 5 },
    untold: 0,
  });
  expect(coverage.uncovered).toMatchObject([
    { client: { address: ROGUE }, server: { address: PLC }, denied: ['write'] },
  ]);
  // The press is reached from 256 addresses, the boiler's setpoint from one.
  expect(coverage.conversations.weight).toBeGreaterThan(1.4);
  expect(coverage.conversations.weight).toBeLessThan(1.9);
  expect(coverage.unheard.map(({ id }) => id)).toEqual(['sis-1', 'boiler-1']);
});

test('more than can be read are counted', () => {
  const peers = Array.from({ length: 130 }, (_, n) => `127.20.2.${100 + n}`);
  const records = [
    record(
      PLC,
      peers.map((peer) => talk('server', peer, ['read'])),
    ),
  ];
  const next = plantOf(
    TEXT.replace('from: control-room\n    to: cell-1', 'from: hmi-1\n    to: cell-1'),
  );
  const { changed, untold } = heardChange(OLD, next, records);
  expect([changed.length, untold]).toEqual([100, 30]);
});
