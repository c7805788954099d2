import { expect, test } from 'vitest';
import { linkProtocolNames } from '#sensor/inventory/link-protocols.ts';
import { SIGNATURES } from '#sensor/inventory/signatures/table.ts';
import { protocolLabel } from '#sensor/model/protocol-label.ts';
import { amountText } from '../../../broker/ui/amount-text.ts';
import { protocolName } from '../../../broker/ui/protocols.ts';

test('screens write every protocol as the sensor does in its sentences', () => {
  const protocols = [
    'modbus',
    'opcua',
    ...SIGNATURES.map(({ protocol }) => protocol),
    ...linkProtocolNames(-1),
  ];
  expect(protocols.map(protocolName)).toEqual(protocols.map(protocolLabel));
  expect(protocols.map(protocolName).filter((name) => /^[a-z]/.test(name))).toEqual(['mDNS']);
});

test('one that nobody knows is written as it came', () => {
  expect(protocolName('profibus')).toBe('profibus');
});

test.for([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1000, '1.0 kB'],
  [12_345, '12 kB'],
  [3_450_000, '3.5 MB'],
  [2e10, '20 GB'],
] as const)('%i bytes are %s', ([bytes, text]) => {
  expect(amountText(bytes)).toBe(text);
});
