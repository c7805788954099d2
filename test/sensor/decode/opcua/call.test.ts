import { describe, expect, test } from 'vitest';
import { MAX_NODES } from '#sensor/model/bounds.ts';
import { detailFields } from '#sensor/output/detail.ts';
import { hex } from '../../../support/conversation.ts';
import * as ua from '../../../support/opcua.ts';
import { Session } from '../../../support/opcua-session.ts';

const TOKEN = Buffer.from('token');

/** What is told of a call, answered well without outputs. */
function told(...calls: readonly ua.Call[]) {
  const { connection } = new Session()
    .say(0, 2, ua.callRequest(TOKEN, ...calls))
    .say(1, 2, ua.callResponse(...calls.map(() => [])));
  const exchange = connection.opcua.at(-1);
  if (exchange === undefined) throw new Error('nothing was told');
  return exchange;
}

test('of arguments, numbers and times are shown, and what may be a password is not', () => {
  const values = [
    ua.double(80.5),
    ua.u8(1, 1),
    ua.u8(3, 7),
    hex('84 02000000 0100 0200'),
    hex('0d 0000000000000000'),
    hex('13 00003480'),
    ua.u8(0),
    ua.string('privateKeyPassword'),
    ua.byteString(Buffer.from('key')),
    hex('83 03000000 010203'),
    hex('98 01000000 0305'),
    hex('16 01002901 01 02000000 0102'),
  ];
  const call = { object: 'ns=2;s=Boiler', method: 'ns=2;s=Start', arguments: values };
  const { opcua, facts } = told(call);
  expect(facts).toEqual([]);
  expect(opcua.methods?.[0]?.arguments).toEqual([
    ...[80.5, true, 7, [1, 2], '1601-01-01T00:00:00.000Z', 'BadNodeIdUnknown', ''],
    ...['…', '…', '…', '…', '…'],
  ]);
  expect(told({ ...call, method: 'i=15215' }).opcua.methods?.[0]?.arguments).toEqual([]);
});

describe('an argument that is hidden', () => {
  const object = 'ns=2;s=Boiler';
  const long = ua.texts(Array.from({ length: 200 }, () => 'x'.repeat(500)));
  const numbers = Array.from({ length: 90 }, (_, i) => i);
  const argumentsOf = (...calls: readonly ua.Call[]) =>
    told(...calls).opcua.methods?.map((each) => each.arguments);

  test('beyond those that are listed takes no room of the next call', () => {
    const many = Array.from({ length: 9000 }, (_, i) => ua.double(i));
    const method = 'ns=2;s=Start';
    const calls = [
      { object, method, arguments: many },
      { object, method, arguments: [ua.doubles(numbers)] },
    ];
    expect(argumentsOf(...calls)?.[0]).toHaveLength(MAX_NODES);
    expect(argumentsOf(...calls)?.[1]).toEqual([numbers]);
  });

  test('takes no room of those beside it', () => {
    const values = [long, ua.doubles(numbers), long, ua.double(80.5)];
    expect(argumentsOf({ object, method: 'ns=2;s=Start', arguments: values })).toEqual([
      ['…', numbers, '…', 80.5],
    ]);
  });

  test.each([
    ['of a vendor', 'ns=2;s=Start', ['…']],
    // UpdateCertificate
    ['of the specification', 'i=13737', []],
  ])('in a call of a method %s takes none of the next call', (_, method, shown) => {
    const first = { object, method, arguments: [long] };
    const second = { object, method: 'ns=2;s=Start', arguments: [ua.doubles(numbers)] };
    expect(argumentsOf(first, second)).toEqual([shown, [numbers]]);
  });
});

test.each([
  ['ns=2;s=Boiler', 'ns=2;s=Start', 'control'],
  ['i=12637', 'i=13737', 'configure'],
  // ConditionRefresh, which alarm clients call on connecting, and ConditionRefresh2
  ['i=2782', 'i=3875', 'subscribe'],
  ['i=2782', 'i=12912', 'subscribe'],
  // GetMonitoredItems and ResendData of the server, and as its type has them
  ['i=2253', 'i=11492', 'read'],
  ['i=2253', 'i=11489', 'read'],
  ['i=2253', 'i=12873', 'subscribe'],
  ['i=2253', 'i=12871', 'subscribe'],
  // The same number in a namespace of a vendor is another method.
  ['i=2782', 'ns=2;i=3875', 'control'],
])('on %s a call of %s is %s', (object, method, kind) => {
  expect(told({ object, method }).operations).toMatchObject([
    { kind, service: 'Call', object: { kind: 'opcua-method' } },
  ]);
});

test('methods beyond those that are listed are counted', () => {
  const calls = (count: number): ua.Call[] =>
    Array.from({ length: count }, (_, i) => ({ object: 'ns=2;s=Boiler', method: `ns=2;i=${i}` }));
  const most = told(...calls(MAX_NODES));
  expect(most.opcua.methods).toHaveLength(MAX_NODES);
  expect(most.opcua.methodCount).toBeUndefined();
  const more = told(...calls(MAX_NODES + 50));
  expect(more.opcua.methods).toHaveLength(MAX_NODES);
  expect(more.opcua.methodCount).toBe(MAX_NODES + 50);
  expect(detailFields(more)).toMatchObject({ opcua: { method_count: MAX_NODES + 50 } });
  expect(more.operations).toHaveLength(MAX_NODES + 1);
});
