import { describe, expect, test } from 'vitest';
import { BinaryReader, MAX_DEPTH } from '#sensor/decode/opcua/binary.ts';
import { nodeIdText, readExpandedNodeId, readNodeId } from '#sensor/decode/opcua/node-id.ts';
import {
  diagnosticInfo,
  readDataValue,
  readVariant,
  timeText,
} from '#sensor/decode/opcua/values.ts';
import { MAX_VALUE_TEXT, MAX_VALUES_TEXT } from '#sensor/model/bounds.ts';
import { hex } from '../../../support/conversation.ts';
import * as ua from '../../../support/opcua.ts';
import { double, f64, u8, u32 } from '../../../support/opcua.ts';

/** Characters that a value takes beside its text. */
const PLAIN = 8;

const reader = (bytes: Buffer | string): BinaryReader =>
  new BinaryReader(typeof bytes === 'string' ? hex(bytes) : bytes);

describe('a NodeId', () => {
  test.each([
    ['two bytes', '00 54', 'i=84'],
    ['four bytes', '01 02 d2 08', 'ns=2;i=2258'],
    ['numeric', '02 0300 40420f00', 'ns=3;i=1000000'],
    ['a string', '03 0200 06000000 426f696c6572', 'ns=2;s=Boiler'],
    [
      'a GUID, the first groups turned round',
      '04 0100 33221100 5544 7766 8899 aabbccddeeff',
      'ns=1;g=00112233-4455-6677-8899-aabbccddeeff',
    ],
    ['opaque', '05 0100 03000000 010203', 'ns=1;b=AQID'],
  ])('in %s', (_name, bytes, text) => {
    const from = reader(bytes);
    expect(nodeIdText(readNodeId(from))).toBe(text);
    expect(from).toMatchObject({ fault: undefined, left: 0 });
  });

  test.each([
    ['with a namespace URI', '80 54 05000000 75726e3a61', 'nsu=urn:a;i=84'],
    ['of another server', '40 54 02000000', 'svr=2;i=84'],
  ])('expanded, %s', (_name, bytes, text) => {
    expect(readExpandedNodeId(reader(bytes))).toBe(text);
  });

  test('in an encoding that is not assigned is a fault', () => {
    const from = reader('06 00');
    readNodeId(from);
    expect(from.fault?.name).toBe('opcua.encoding');
  });

  test('that was cut or cleaned names no single node', () => {
    expect(readNodeId(reader('03 0200 02000000 410a')).exact).toBe(false);
    const long = Buffer.concat([hex('03 0200'), u32(600), Buffer.alloc(600, 0x61)]);
    expect(readNodeId(reader(long)).exact).toBe(false);
    expect(readNodeId(reader('03 0200 02000000 4142')).exact).toBe(true);
  });
});

describe('a Variant', () => {
  test.each<[string, string, unknown, string]>([
    ['a boolean', '01 01', true, 'Boolean'],
    ['a signed byte', '02 ff', -1, 'SByte'],
    ['a byte', '03 ff', 255, 'Byte'],
    ['16 bits', '04 feff', -2, 'Int16'],
    ['16 bits without sign', '05 feff', 65_534, 'UInt16'],
    ['32 bits', '06 feffffff', -2, 'Int32'],
    ['64 bits', '08 feffffffffffffff', -2, 'Int64'],
    ['64 bits beyond what JSON holds', '09 ffffffffffffffff', '18446744073709551615', 'UInt64'],
    ['a float, without digits that it does not have', '0a cdcc8c3f', 1.1, 'Float'],
    ['not a number', '0a 0000c07f', 'NaN', 'Float'],
    ['a text', '0c 02000000 6f6e', 'on', 'String'],
    ['no text', '0c ffffffff', '', 'String'],
    ['a time', '0d 0000000000000000', '1601-01-01T00:00:00.000Z', 'DateTime'],
    ['bytes', '0f 02000000 0102', 'AQI=', 'ByteString'],
    ['a node', '11 0054', 'i=84', 'NodeId'],
    ['a status', '13 00003480', 'BadNodeIdUnknown', 'StatusCode'],
    ['a qualified name', '14 0200 01000000 61', '2:a', 'QualifiedName'],
    ['a text with its locale', '15 03 02000000 656e 01000000 61', 'a', 'LocalizedText'],
    ['an extension object', '16 01002901 01 02000000 0102', 'i=297 (2 bytes)', 'ExtensionObject'],
    ['a value with its status', '17 03 0101 00003480', true, 'DataValue'],
    ['a reserved type, which is bytes', '1b 01000000 01', 'AQ==', 'ByteString'],
    ['an array', '84 03000000 0100 0200 0300', [1, 2, 3], 'Int16[]'],
    [
      'a matrix',
      'c4 04000000 0100 0200 0300 0400 02000000 02000000 02000000',
      [1, 2, 3, 4],
      'Int16[]',
    ],
    ['no array', '84 ffffffff', [], 'Int16[]'],
    ['variants in an array', '98 02000000 0101 0305', [true, 5], 'Variant[]'],
  ])('%s', (_name, bytes, value, type) => {
    const from = reader(bytes);
    expect(readVariant(from)).toEqual({ value, type });
    expect(from).toMatchObject({ fault: undefined, left: 0 });
  });

  test.each([
    ['more members than bytes', '84 ffffff7f 0100', 'opcua.count'],
    ['a negative number of them', '84 feffffff', 'opcua.count'],
    [
      'dimensions that do not multiply to it',
      'c4 02000000 0100 0200 01000000 03000000',
      'opcua.count',
    ],
    ['a dimension of zero', 'c4 02000000 0100 0200 01000000 00000000', 'opcua.count'],
    ['dimensions without an array', '44 0100', 'opcua.encoding'],
    ['a type that is not assigned', '2a', 'opcua.encoding'],
    ['a text beyond the end', '0c 05000000 6f6e', 'opcua.count'],
    ['the end within a number', '06 0102', 'opcua.truncated'],
  ])('with %s is a fault', (_name, bytes, name) => {
    const from = reader(bytes);
    readVariant(from);
    expect(from.fault?.name).toBe(name);
  });

  test('is read at the deepest nesting, and not one below', () => {
    const nested = (levels: number): Buffer =>
      Buffer.concat([...Array.from({ length: levels - 1 }, () => hex('98 01000000')), double(1)]);
    const deepest = reader(nested(MAX_DEPTH));
    readVariant(deepest);
    expect(deepest.fault).toBeUndefined();
    const deeper = reader(nested(MAX_DEPTH + 1));
    readVariant(deeper);
    expect(deeper.fault?.name).toBe('opcua.depth');
  });

  test('of ten thousand levels costs no more than the deepest', () => {
    const bomb = reader(Buffer.alloc(50_000, hex('98 01000000')));
    readVariant(bomb);
    expect(bomb.fault?.name).toBe('opcua.depth');
  });

  test('shares the room of its message with the others, whole or nested, and each has some of its own', () => {
    const long = (letter: string): Buffer =>
      ua.texts(Array.from({ length: 99 }, () => letter.repeat(500)));
    const nested = Buffer.concat([
      hex('98 64000000'),
      ...Array.from({ length: 100 }, () => long('n')),
    ]);
    const from = reader(
      Buffer.concat([
        ...[long('a'), nested, long('b')].flatMap((value) => [u8(1), value]),
        u8(1),
        double(2.5),
      ]),
    );
    const values = [1, 2, 3, 4].map(() => readDataValue(from).value);
    expect(from).toMatchObject({ fault: undefined, left: 0 });
    const [first, second, third, fourth] = values;
    expect(first).toEqual(Array.from({ length: 99 }, () => 'a'.repeat(500)));
    expect(JSON.stringify(second).length).toBeLessThan(MAX_VALUES_TEXT - 99 * 500);
    expect(third).toEqual([`${'b'.repeat(MAX_VALUE_TEXT - PLAIN)}…`]);
    expect(fourth).toBe(2.5);
  });

  test('of arrays without members takes room as well', () => {
    const empty = (levels: number): Buffer =>
      levels === 0
        ? hex('98 00000000')
        : Buffer.concat([
            hex('98 64000000'),
            ...Array.from({ length: 100 }, () => empty(levels - 1)),
          ]);
    const from = reader(empty(2));
    const text = JSON.stringify(readVariant(from)?.value);
    expect(from).toMatchObject({ fault: undefined, left: 0 });
    expect(text.length).toBeLessThan(MAX_VALUES_TEXT);
  });

  test('with more members than are shown says so, and is read to its end', () => {
    const many = Buffer.concat([u8(0x83), u32(1000), Buffer.alloc(1000, 7)]);
    const from = reader(many);
    expect(readVariant(from)?.value).toEqual([...Array<number>(100).fill(7), '…']);
    const all = Buffer.concat([u8(0x83), u32(100), Buffer.alloc(100, 7)]);
    expect(readVariant(reader(all))?.value).toHaveLength(100);
    expect(from.left).toBe(0);
  });
});

test('members beyond those that are shown take no room, and hide no longer that there are more', () => {
  const [count, whole] = [20_000, Array.from({ length: 99 }, () => 'a'.repeat(500))];
  const values = [
    Buffer.concat([u8(0x83), u32(count), Buffer.alloc(count, 7)]),
    // Variants, of which each holds an array.
    Buffer.concat([
      hex('98 2c010000'),
      ...Array.from({ length: 300 }, () => ua.doubles(Array.from({ length: 9 }, () => 1))),
    ]),
    ua.texts(whole),
  ];
  const from = reader(Buffer.concat(values.flatMap((value) => [u8(1), value])));
  const [bytes, nested, texts] = values.map(() => readDataValue(from).value);
  expect(bytes).toEqual([...Array<number>(100).fill(7), '…']);
  expect(nested).toHaveLength(101);
  expect(texts).toEqual(whole);
});

test('a data value is read in the order of the wire, whatever it has', () => {
  const all = Buffer.concat([u8(0x3f), double(2.5), u32(0), f64(0), u8(1, 0), f64(0), u8(2, 0)]);
  const from = reader(all);
  expect(readDataValue(from)).toEqual({ value: 2.5, type: 'Double', status: 0 });
  expect(from.left).toBe(0);
});

test('diagnostics may hold diagnostics', () => {
  const from = reader('7f 01000000 02000000 03000000 04000000 01000000 61 00003480 00');
  expect(diagnosticInfo(from)).toBe('a');
  expect(from).toMatchObject({ fault: undefined, left: 0 });
});

test.each([
  [116_444_736_000_000_000n, '1970-01-01T00:00:00.000Z'],
  [116_444_736_000_012_340n, '1970-01-01T00:00:00.001234Z'],
  [9_223_372_036_854_775_807n, '9223372036854775807'],
])('%s ticks are %s', (ticks, text) => {
  expect(timeText(ticks)).toBe(text);
});
