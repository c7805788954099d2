import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXCEPTIONS } from '#sensor/decode/modbus/functions.ts';
import { parseRequest, parseResponse } from '#sensor/decode/modbus/parse.ts';
import { runs } from '../../../support/runs.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[^0-9a-f]/g, ''), 'hex');
const names = (parsed: { readonly faults: readonly { readonly name: string }[] }) =>
  parsed.faults.map(({ name }) => name);

describe('parseRequest understands', () => {
  test.for([
    ['01 0013 0025', { kind: 'read', functionCode: 1, address: 19, quantity: 37 }],
    ['02 00c4 0016', { kind: 'read', functionCode: 2, address: 196, quantity: 22 }],
    ['03 006b 0003', { kind: 'read', functionCode: 3, address: 107, quantity: 3 }],
    ['04 0008 0001', { kind: 'read', functionCode: 4, address: 8, quantity: 1 }],
    ['05 00ac ff00', { kind: 'write-single', functionCode: 5, address: 172, value: 0xff00 }],
    ['06 0001 0003', { kind: 'write-single', functionCode: 6, address: 1, value: 3 }],
    [
      '0f 0013 000a 02 cd01',
      {
        kind: 'write-multiple',
        functionCode: 15,
        address: 19,
        quantity: 10,
        values: [1, 0, 1, 1, 0, 0, 1, 1, 1, 0],
      },
    ],
    [
      '10 0001 0002 04 000a 0102',
      { kind: 'write-multiple', functionCode: 16, address: 1, quantity: 2, values: [10, 258] },
    ],
    [
      '17 0003 0006 000e 0003 06 00ff 00ff 00ff',
      {
        kind: 'read-write',
        functionCode: 23,
        read: { address: 3, quantity: 6 },
        write: { address: 14, quantity: 3, values: [255, 255, 255] },
      },
    ],
    ['2b 0e 01 00', { kind: 'identify', functionCode: 43, level: 1, objectId: 0 }],
    ['2b 0d 01', { kind: 'unknown', functionCode: 43, data: hex('0d 01') }],
    ['08 0001 ff00', { kind: 'unknown', functionCode: 8, data: hex('0001 ff00') }],
    ['5a 0002', { kind: 'unknown', functionCode: 0x5a, data: hex('0002') }],
    ['7f', { kind: 'unknown', functionCode: 127, data: hex('') }],
  ] as const)('%s', ([bytes, pdu]) => {
    expect(parseRequest(hex(bytes))).toEqual({ pdu, faults: [] });
  });
});

describe('parseRequest finds in', () => {
  const many = (code: string, quantity: string, count: number) =>
    `${code} 0000 ${quantity} ${count.toString(16).padStart(2, '0')} ${'00'.repeat(count)}`;
  test.for([
    // quantity at -1, 0, +1 of each limit
    ['01 0000 0000', ['modbus.quantity']],
    ['01 0000 07d0', []],
    ['01 0000 07d1', ['modbus.quantity']],
    ['02 0000 07d1', ['modbus.quantity']],
    ['03 0000 0000', ['modbus.quantity']],
    ['03 0000 007c', []],
    ['03 0000 007d', []],
    ['03 0000 007e', ['modbus.quantity']],
    ['04 0000 007e', ['modbus.quantity']],
    [many('0f', '07b0', 246), []],
    [many('0f', '07b1', 247), ['modbus.quantity']],
    [many('0f', '0000', 0), ['modbus.quantity']],
    [many('10', '007b', 246), []],
    [many('10', '007c', 248), ['modbus.quantity']],
    [`17 0000 007d 0000 0079 f2 ${'00'.repeat(242)}`, []],
    [`17 0000 007e 0000 0079 f2 ${'00'.repeat(242)}`, ['modbus.quantity']],
    [`17 0000 007d 0000 007a f4 ${'00'.repeat(244)}`, ['modbus.quantity']],
    ['17 0000 0000 0000 0001 02 0000', ['modbus.quantity']],
    // the end of the address space
    ['03 ffff 0001', []],
    ['03 ffff 0002', ['modbus.address-range']],
    ['10 ffff 0002 04 0000 0000', ['modbus.address-range']],
    // lengths
    ['10 0000 0002 03 000000', ['modbus.byte-count']],
    ['10 0000 0002 04 000000', ['modbus.truncated']],
    ['0f 0000 0009 01 ff', ['modbus.byte-count']],
    ['03 0000 00', ['modbus.truncated']],
    ['06 0000', ['modbus.truncated']],
    ['10 0000 00', ['modbus.truncated']],
    ['10 0000 0001', ['modbus.truncated']],
    ['17 0000 0001 0000', ['modbus.truncated']],
    ['2b', ['modbus.truncated']],
    ['2b 0e 01', ['modbus.truncated']],
    ['03 0000 0001 00', ['modbus.surplus']],
    ['10 0000 0001 02 0000 ff', ['modbus.surplus']],
    ['2b 0e 01 00 00', ['modbus.surplus']],
    // a write behind a read: libmodbus issue 514
    ['03 0000 0001 0002 0000 0006 01 06 0000 0001', ['modbus.surplus', 'modbus.smuggled']],
    // values
    ['05 0000 0000', []],
    ['05 0000 ff01', ['modbus.coil-value']],
    ['05 0000 0001', ['modbus.coil-value']],
    ['2b 0e 00 00', ['modbus.device-id-code']],
    ['2b 0e 05 00', ['modbus.device-id-code']],
    // function codes
    ['', ['modbus.function-code']],
    ['00 0000 0001', ['modbus.function-code']],
    ['83 02', ['modbus.function-code']],
  ] as const)('%s', ([bytes, expected]) => {
    expect(names(parseRequest(hex(bytes)))).toEqual(expected);
  });

  test('a PDU too short for its function keeps its bytes', () => {
    expect(parseRequest(hex('03 0000 00')).pdu).toEqual({
      kind: 'unknown',
      functionCode: 3,
      data: hex('0000 00'),
    });
  });

  test('a write without its values still says where it wants to write', () => {
    expect(parseRequest(hex('10 0005 0002')).pdu).toEqual({
      kind: 'write-multiple',
      functionCode: 16,
      address: 5,
      quantity: 2,
      values: [],
    });
  });

  test('unknown bytes are a copy, because the packet buffer is used again', () => {
    const bytes = hex('08 0001 0002');
    const { pdu } = parseRequest(bytes);
    bytes.fill(0xff);
    expect(pdu).toEqual({ kind: 'unknown', functionCode: 8, data: hex('0001 0002') });
  });
});

describe('parseResponse understands', () => {
  test.for([
    ['01 01 05', { kind: 'bits', functionCode: 1, values: [1, 0, 1, 0, 0, 0, 0, 0] }],
    ['02 01 80', { kind: 'bits', functionCode: 2, values: [0, 0, 0, 0, 0, 0, 0, 1] }],
    ['03 04 022b 0001', { kind: 'registers', functionCode: 3, values: [555, 1] }],
    ['04 02 ffff', { kind: 'registers', functionCode: 4, values: [65535] }],
    ['05 00ac ff00', { kind: 'write-single', functionCode: 5, address: 172, value: 0xff00 }],
    ['06 0001 0003', { kind: 'write-single', functionCode: 6, address: 1, value: 3 }],
    ['0f 0013 000a', { kind: 'written', functionCode: 15, address: 19, quantity: 10 }],
    ['10 0001 0002', { kind: 'written', functionCode: 16, address: 1, quantity: 2 }],
    ['17 02 00fe', { kind: 'registers', functionCode: 23, values: [254] }],
    [
      '2b 0e 01 01 00 00 02 00 02 6f74 01 00',
      {
        kind: 'identity',
        functionCode: 43,
        level: 1,
        conformity: 1,
        moreFollows: 0,
        nextObjectId: 0,
        objects: [
          { id: 0, value: Buffer.from('ot') },
          { id: 1, value: Buffer.alloc(0) },
        ],
      },
    ],
    ['11 02 0aff', { kind: 'unknown', functionCode: 17, data: hex('02 0aff') }],
  ] as const)('%s', ([bytes, pdu]) => {
    expect(parseResponse(hex(bytes))).toEqual({ pdu, faults: [] });
  });

  test.for([...EXCEPTIONS])('exception %i, %s', ([exceptionCode]) => {
    expect(parseResponse(Buffer.from([0x83, exceptionCode]))).toEqual({
      pdu: { kind: 'exception', functionCode: 3, exceptionCode },
      faults: [],
    });
  });
});

describe('parseResponse finds in', () => {
  test.for([
    ['', ['modbus.function-code']],
    ['00', ['modbus.function-code']],
    ['03', ['modbus.truncated']],
    ['03 00', ['modbus.byte-count']],
    ['03 03 000000', ['modbus.byte-count']],
    ['03 04 0000', ['modbus.truncated']],
    ['03 02 0000 00', ['modbus.surplus']],
    ['01 00', ['modbus.byte-count']],
    ['06 0000 00', ['modbus.truncated']],
    ['05 0000 1234', ['modbus.coil-value']],
    ['10 0000 007c', ['modbus.quantity']],
    ['83', ['modbus.truncated']],
    ['83 02 00', ['modbus.surplus']],
    ['83 00', ['modbus.exception-code']],
    ['83 09', ['modbus.exception-code']],
    ['83 0c', ['modbus.exception-code']],
    ['2b 0e 01 01 00 00', ['modbus.truncated']],
    ['2b 0e 01 01 00 00 01', ['modbus.truncated']],
    ['2b 0e 01 01 00 00 01 00 05 6f', ['modbus.truncated']],
    ['2b 0e 01 01 07 00 00', ['modbus.more-follows']],
    ['2b 0e 01 01 00 00 00 ff', ['modbus.surplus']],
  ] as const)('%s', ([bytes, expected]) => {
    expect(names(parseResponse(hex(bytes)))).toEqual(expected);
  });
});

test('no bytes make either parser throw', () => {
  const codes = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 8, 15, 16, 23, 43, 0x83, 0xab, 255);
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 260 }),
    fc
      .tuple(codes, fc.uint8Array({ maxLength: 20 }))
      .map(([code, rest]) => Uint8Array.from([code, ...rest])),
  );
  fc.assert(
    fc.property(bytes, (pdu) => {
      parseRequest(Buffer.from(pdu));
      parseResponse(Buffer.from(pdu));
    }),
    { numRuns: runs(1000) },
  );
});
