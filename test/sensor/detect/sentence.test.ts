import { expect, test } from 'vitest';
import { describeEvent } from '#sensor/detect/sentence.ts';
import type { OpcuaOperation } from '#sensor/model/operation.ts';
import { opcuaExchange, toNode } from '../../support/opcua-exchange.ts';

const browsed = (count: number): readonly OpcuaOperation[] =>
  Array.from({ length: count }, (_, i) => toNode('browse', `i=${i}`));

test.each<[string, readonly OpcuaOperation[], string]>([
  ['one node', browsed(1), 'browsed node i=0'],
  ['as many as are listed', browsed(3), 'browsed node i=0, node i=1, node i=2'],
  ['one more', browsed(4), 'browsed node i=0, node i=1, node i=2 and 1 more'],
  [
    'values, the verb said once',
    [toNode('write', 'i=1', { value: '5' }), toNode('write', 'i=2', { value: '"on"' })],
    'wrote 5 to node i=1, "on" to node i=2',
  ],
  [
    'a value and an attribute',
    [toNode('write', 'i=1'), toNode('configure', 'i=1')],
    'wrote a value that cannot be told to node i=1 and configured node i=1',
  ],
])('what a request did, in words: %s', (_, operations, words) => {
  const event = opcuaExchange({ operations });
  expect(describeEvent(event, () => 'x')).toBe(`x ${words} on x`);
});

test('what a server refused was tried', () => {
  const operations = [toNode('write', 'i=1', { value: '5' })];
  const status = { code: '0x801F0000', name: 'BadUserAccessDenied' };
  const event = opcuaExchange({ operations, outcome: 'failure', opcua: { status } });
  expect(describeEvent(event, (ip) => ip)).toBe(
    '127.20.2.10 tried to write 5 to node i=1 on 127.20.3.20; 127.20.3.20 refused it with BadUserAccessDenied',
  );
});
