import { expect, test } from 'vitest';
import type { AssetReport } from '#sensor/model/link.ts';
import { networkLines } from '#sensor/output/network-summary.ts';

const asset = (ip: string, more: Partial<AssetReport> = {}): AssetReport => ({
  ip,
  roles: [],
  protocols: [],
  peers: [],
  first_seen: '',
  last_seen: '',
  ...more,
});

const plain = (text: string): string => text;

test('says of each what it is, what it is called, who made it and what else it speaks', () => {
  const plc = asset('10.0.0.5', {
    behaviour: [{ role: 'engineering-station', because: '' }],
    names: [{ name: 'pump-1', source: 'profinet-dcp', last_seen: '' }],
    vendor: 'Siemens AG',
    protocols: ['modbus', 'profinet', 's7comm'],
  });
  const quiet = asset('10.0.0.6', { protocols: ['modbus'] });
  expect(
    networkLines([plc, quiet, asset('10.0.0.10', { protocols: ['ssh'] })], plain, plain),
  ).toEqual([
    'In the network',
    '  10.0.0.5   engineering station; pump-1; Siemens AG; PROFINET, S7comm',
    '  10.0.0.10  SSH',
  ]);
});

test('of many only the first, and nothing of nobody', () => {
  const many = Array.from({ length: 20 }, (_, i) => asset(`10.0.0.${i}`, { protocols: ['ssh'] }));
  expect(networkLines(many, plain, plain).slice(-1)).toEqual([
    '  and 4 more; --assets - lists them all',
  ]);
  expect(networkLines([asset('10.0.0.1', { protocols: ['modbus'] })], plain, plain)).toEqual([]);
});
