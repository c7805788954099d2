import { describe, expect, test } from 'vitest';
import { emitAdu } from '#sensor/decode/modbus/emit.ts';
import { AlertBook } from '#sensor/detect/alert-book.ts';
import { UNKNOWN_PLANT } from '#sensor/detect/plant-view.ts';
import { describeEvent } from '#sensor/detect/sentence.ts';
import type { Rule } from '#sensor/detect/sigma/rule.ts';
import { MAX_NODES } from '#sensor/model/bounds.ts';
import type { OpcuaOperation } from '#sensor/model/operation.ts';
import { Connection } from '../../support/conversation.ts';
import * as ua from '../../support/opcua.ts';
import { opcuaExchange, toNode } from '../../support/opcua-exchange.ts';
import { Session } from '../../support/opcua-session.ts';
import { shippedRules } from '../../support/shipped-rules.ts';

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

test.each([
  ['08 0004 0000', 'controlled unit 1 (force-listen-only-mode)'],
  ['07', 'read unit 1 (read-exception-status)'],
  ['2b 0d 01', 'configured unit 1 (canopen-general-reference)'],
  ['2b 0e 01 00', 'identified unit 1'],
  [
    '16 0004 00f2 0025',
    'wrote bits (and 0x00f2, or 0x0025) to holding register 4 (40005) of unit 1',
  ],
  [
    '15 0d 06 0004 0007 0003 06af 04be 100d',
    'wrote 1711, 1214, 4109 to records 7-9 of file 4 of unit 1',
  ],
])('what a Modbus request did, in words: %s', (pdu, words) => {
  const adu = emitAdu(7, 1, Buffer.from(pdu.replaceAll(' ', ''), 'hex'));
  const [event] = new Connection({}).send(0, adu).end().exchanges;
  if (event === undefined) throw new Error('nothing was heard');
  expect(describeEvent(event, () => 'x')).toBe(`x ${words} on x; no answer was seen`);
});

describe('of a request with more nodes than are listed, each is counted', () => {
  const TOKEN = Buffer.from('token');
  const RULE = shippedRules().get('operation-not-allowed') as Rule;
  const ids = Array.from({ length: MAX_NODES + 50 }, (_, i) => `ns=2;i=${i}`);
  /** What the alert of a request says that was answered with `response`. */
  function alertOf(request: Buffer, response: Buffer) {
    const { connection } = new Session().say(0, 2, request).say(1, 2, response);
    const found = connection.opcua.at(-1);
    if (found === undefined) throw new Error('nothing was heard');
    const nothing = { describe: () => ({}), evidence: () => undefined };
    const book = new AlertBook({ plant: UNKNOWN_PLANT, ...nothing });
    book.note(RULE, found, '19.1');
    const [alert] = book.takeChanged();
    return {
      sentence: describeEvent(found, () => 'x'),
      object: alert?.lockkeeper.operation?.object,
    };
  }

  test('browsed', () => {
    const response = ua.body(628, ua.responseHeader(), ua.u32(0), ua.u32(0));
    expect(alertOf(ua.browseRequest(TOKEN, ids), response)).toEqual({
      sentence: 'x browsed node ns=2;i=0, node ns=2;i=1, node ns=2;i=2 and 147 more on x',
      object: 'node ns=2;i=0 and 149 more',
    });
  });

  test('called', () => {
    const calls = ids.map((method) => ({ object: 'ns=2;s=B', method }));
    const { sentence, object } = alertOf(
      ua.callRequest(TOKEN, ...calls),
      ua.callResponse(...calls.map(() => [])),
    );
    expect(sentence).toContain('method ns=2;i=2 of object ns=2;s=B and 147 more on x');
    expect(object).toBe('method ns=2;i=0 of object ns=2;s=B and 149 more');
  });

  test('and what was done beside what was asked is one', () => {
    const { sentence, object } = alertOf(ua.browseRequest(TOKEN, ids), ua.writeResponse(0));
    expect(sentence).toContain('and 148 more on x');
    expect(object).toBe('node ns=2;i=0 and 149 more');
  });
});

test('what a server refused was tried', () => {
  const operations = [toNode('write', 'i=1', { value: '5' })];
  const status = { code: '0x801F0000', name: 'BadUserAccessDenied' };
  const event = opcuaExchange({ operations, outcome: 'failure', opcua: { status } });
  expect(describeEvent(event, (ip) => ip)).toBe(
    '127.20.2.10 tried to write 5 to node i=1 on 127.20.3.20; 127.20.3.20 refused it with BadUserAccessDenied',
  );
});
