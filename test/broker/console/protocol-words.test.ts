import { describe, expect, test } from 'vitest';
import { decoded } from '#broker/console/alerts/decoded.ts';
import { refusalIn, writtenIn } from '#broker/console/alerts/protocol-words.ts';

const node = (id: string, more = {}) => ({ node_id: id, attribute: 'Value', ...more });
const opcua = (name: string, ...nodes: readonly object[]) => ({
  opcua: { service: { id: 1, name }, nodes },
});

const modbus = (code: number, more: object) => ({ modbus: { function: { code }, ...more } });

test.each([
  ['registers', modbus(16, { values: [1500, 800] }), ['1500', '800']],
  ['registers that were read', modbus(3, { values: [1500, 800] }), []],
  ['of function 23', modbus(23, { read: { values: [7] }, write: { values: [5] } }), ['5']],
  ['of files', modbus(21, { files: [{ values: [1, 2] }, { values: [3] }] }), ['1', '2', '3']],
  ['of files that were read', modbus(20, { files: [{ values: [1, 2] }] }), []],
  ['of a masked write', modbus(22, { address: 4, and_mask: 0, or_mask: 5 }), []],
  ['of Modbus without values', { modbus: { function: { code: 6 } } }, []],
  [
    'nodes',
    opcua('Write', node('i=1', { value: 15.5 }), node('i=2', { value: [1, 2] })),
    ['15.5', '[1,2]'],
  ],
  ['a node whose value was not read', opcua('Write', node('i=1')), ['not known']],
  ['what was read, and not written', opcua('Read', node('i=1', { value: 15.5 })), []],
  ['an alert about no exchange', {}, []],
  ['fields of another shape', { opcua: { service: 'Write', nodes: 5 } }, []],
])('the values of a write: %s', (_, document, values) => {
  expect(writtenIn(document)).toEqual(values);
});

test.each([
  [
    'an exception',
    { modbus: { exception: { code: 2, name: 'illegal-data-address' } } },
    ': exception 2 (illegal-data-address)',
  ],
  ['nothing said', { modbus: {} }, ''],
  [
    'a service that was refused',
    { opcua: { status: { code: '0x801F0000', name: 'BadUserAccessDenied' } } },
    ': BadUserAccessDenied',
  ],
  ['a status without a name', { opcua: { status: { code: '0x80990000' } } }, ': 0x80990000'],
  [
    'a node that was refused by a good service',
    {
      opcua: {
        status: { code: '0x00000000', name: 'Good' },
        nodes: [node('i=1', { status: 'Good' }), node('i=2', { status: 'BadNotWritable' })],
      },
    },
    ': BadNotWritable',
  ],
  ['an alert about no exchange', {}, ''],
])('why it was refused: %s', (_, document, words) => {
  expect(refusalIn(document)).toBe(words);
});

describe('decoded fields', () => {
  const lines = (fields: Readonly<Record<string, unknown>>) =>
    decoded(fields).map(({ name, text }) => `${name}: ${text}`);

  test('of one node have a line each, of several nodes a line for each of them', () => {
    expect(lines({ nodes: [node('i=1', { value: 15.5 })] })).toEqual([
      'nodes node id: i=1',
      'nodes attribute: Value',
      'nodes value: 15.5',
    ]);
    expect(lines({ nodes: [node('i=1'), node('i=2', { value: [1, 2] })] })).toEqual([
      'nodes 1: node id i=1, attribute Value',
      'nodes 2: node id i=2, attribute Value, value 1, 2',
    ]);
  });

  test('of registers are one line', () => {
    expect(lines({ unit_id: 1, values: [1, 2] })).toEqual(['unit id: 1', 'values: 1, 2']);
  });

  test('are bounded', () => {
    expect(lines({ nodes: Array.from({ length: 100 }, () => node('i=1')) })).toHaveLength(40);
  });
});
