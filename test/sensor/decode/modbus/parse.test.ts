import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXCEPTIONS } from '#sensor/decode/modbus/functions.ts';
import { parseRequest, parseResponse } from '#sensor/decode/modbus/parse.ts';
import { runs } from '../../../support/runs.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/[^0-9a-f]/g, ''), 'hex');
const umas = (sessionKey: number, code: number, data: string) => ({
  kind: 'umas' as const,
  functionCode: 90 as const,
  message: { sessionKey, code, data: hex(data) },
});
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
    ['2b 0d 01', { kind: 'canopen', functionCode: 43, data: hex('01') }],
    ['2b 0c 01', { kind: 'unknown', functionCode: 43, data: hex('0c 01') }],
    ['07', { kind: 'bare', functionCode: 7 }],
    ['0b', { kind: 'bare', functionCode: 11 }],
    ['0c', { kind: 'bare', functionCode: 12 }],
    ['11', { kind: 'bare', functionCode: 17 }],
    ['08 0001 ff00', { kind: 'diagnostics', functionCode: 8, subFunction: 1, data: hex('ff00') }],
    [
      '08 0000 a537 0001',
      { kind: 'diagnostics', functionCode: 8, subFunction: 0, data: hex('a537 0001') },
    ],
    [
      '14 0e 06 0004 0001 0002 06 0003 0009 0002',
      {
        kind: 'read-file',
        functionCode: 20,
        records: [
          { file: 4, record: 1, quantity: 2 },
          { file: 3, record: 9, quantity: 2 },
        ],
      },
    ],
    [
      '15 0d 06 0004 0007 0003 06af 04be 100d',
      {
        kind: 'write-file',
        functionCode: 21,
        records: [{ file: 4, record: 7, quantity: 3, values: [0x06af, 0x04be, 0x100d] }],
      },
    ],
    [
      '16 0004 00f2 0025',
      { kind: 'mask-write', functionCode: 22, address: 4, andMask: 0xf2, orMask: 0x25 },
    ],
    ['18 04de', { kind: 'read-fifo', functionCode: 24, address: 0x04de }],
    ['41 0001 ff00', { kind: 'unknown', functionCode: 65, data: hex('0001 ff00') }],
    ['5a 0002', umas(0, 0x02, '')],
    ['5a 43 41 ff00', umas(0x43, 0x41, 'ff00')],
    ['5a 00 ee', umas(0, 0xee, '')],
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
    // diagnostics
    ['08 0000', ['modbus.truncated']],
    ['08 0000 a5', ['modbus.truncated']],
    ['08 0000 a53700', ['modbus.byte-count']],
    ['08 0001 0000 00', ['modbus.surplus']],
    ['08 0013 0000', ['modbus.sub-function']],
    // of a reserved one nobody knows the layout
    [`08 0015 ${'00'.repeat(40)}`, ['modbus.sub-function']],
    ['08 0001 ff00', []],
    ['08 0001 1234', ['modbus.diagnostic-data']],
    ['08 0003 4100', []],
    ['08 0003 41ff', ['modbus.diagnostic-data']],
    ['08 0004 dead', ['modbus.diagnostic-data']],
    ['08 000b ffff', ['modbus.diagnostic-data']],
    ['08 0000 ffff', []],
    ['08 0005 0000', ['modbus.sub-function']],
    ['07 00', ['modbus.surplus']],
    // files
    ['14', ['modbus.truncated']],
    ['14 00', ['modbus.byte-count']],
    ['14 06 06 0004 0001 00', ['modbus.byte-count']],
    ['14 07 06 0004 0001 0002', []],
    ['14 07 07 0004 0001 0002', ['modbus.reference-type']],
    ['14 07 06 0000 0001 0002', ['modbus.file-record']],
    ['14 07 06 0001 270f 0001', []],
    ['14 07 06 0001 2710 0001', ['modbus.file-record']],
    ['14 07 06 0001 270f 0002', ['modbus.file-record']],
    [`14 f5 ${'06 0001 0000 0001'.repeat(35)}`, []],
    [`14 fc ${'06 0001 0000 0001'.repeat(36)}`, ['modbus.byte-count']],
    // each fault once, however many records have it
    [
      `15 fa 06 0004 0007 0001 06af ${'00 0000 0000 0000'.repeat(34)} 000000`,
      ['modbus.reference-type', 'modbus.file-record', 'modbus.quantity', 'modbus.byte-count'],
    ],
    ['14 07 06 0001 0000 0000', ['modbus.quantity']],
    ['14 07 06 0001 0000 007c', []],
    ['14 07 06 0001 0000 007d', ['modbus.quantity']],
    ['15 09 06 0004 0007 0001 06af', []],
    ['15 09 06 0004 0007 0002 06af', ['modbus.byte-count']],
    ['15 0b 06 0004 0007 0001 06af 0600', ['modbus.byte-count']],
    ['15 09 06 0004 0007 0001 06', ['modbus.truncated', 'modbus.byte-count']],
    // masks, queues
    ['16 0004 00f2 00', ['modbus.truncated']],
    ['16 0004 00f2 0025 00', ['modbus.surplus']],
    ['18 04', ['modbus.truncated']],
    ['18 04de 00', ['modbus.surplus']],
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
    const bytes = hex('41 0001 0002');
    const { pdu } = parseRequest(bytes);
    bytes.fill(0xff);
    expect(pdu).toEqual({ kind: 'unknown', functionCode: 65, data: hex('0001 0002') });
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
    ['11 02 0aff', { kind: 'server-id', functionCode: 17, data: hex('0aff') }],
    ['07 6d', { kind: 'exception-status', functionCode: 7, status: 0x6d }],
    ['08 0002 1234', { kind: 'diagnostics', functionCode: 8, subFunction: 2, data: hex('1234') }],
    [
      '0b ffff 0108',
      { kind: 'event-counter', functionCode: 11, status: 0xffff, eventCount: 0x0108 },
    ],
    [
      '0c 08 0000 0108 0121 20 00',
      {
        kind: 'event-log',
        functionCode: 12,
        status: 0,
        eventCount: 0x0108,
        messageCount: 0x0121,
        events: hex('2000'),
      },
    ],
    [
      '14 0c 05 06 0dfe 0020 05 06 33cd 0040',
      {
        kind: 'file-records',
        functionCode: 20,
        records: [
          [0x0dfe, 0x0020],
          [0x33cd, 0x0040],
        ],
      },
    ],
    [
      '15 09 06 0004 0007 0001 06af',
      {
        kind: 'write-file',
        functionCode: 21,
        records: [{ file: 4, record: 7, quantity: 1, values: [0x06af] }],
      },
    ],
    [
      '16 0004 00f2 0025',
      { kind: 'mask-write', functionCode: 22, address: 4, andMask: 0xf2, orMask: 0x25 },
    ],
    ['18 0006 0002 01b8 1284', { kind: 'fifo', functionCode: 24, values: [440, 4740] }],
    ['18 0002 0000', { kind: 'fifo', functionCode: 24, values: [] }],
    ['2b 0d 0102', { kind: 'canopen', functionCode: 43, data: hex('0102') }],
    ['5a 01 fe 00', { ...umas(1, 0xfe, '00'), kind: 'umas-answer' }],
    ['5a 01 fd', { ...umas(1, 0xfd, ''), kind: 'umas-answer' }],
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
    ['5a', ['modbus.truncated']],
    ['5a 00', ['modbus.truncated']],
    ['5a 00 02', ['modbus.umas-code']],
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
    ['07', ['modbus.truncated']],
    ['07 00 00', ['modbus.surplus']],
    ['0b 0000 01', ['modbus.truncated']],
    ['0c 06 0000 0000 00', ['modbus.truncated']],
    ['0c 05 0000 0000 0000', ['modbus.surplus', 'modbus.byte-count']],
    [`0c 46 0000 0000 0000 ${'00'.repeat(64)}`, []],
    [`0c 47 0000 0000 0000 ${'00'.repeat(65)}`, ['modbus.quantity']],
    ['11 00', ['modbus.byte-count']],
    ['11 02 00', ['modbus.truncated']],
    ['14 04 04 06 0000', ['modbus.byte-count']],
    ['14 04 05 06 0000', ['modbus.byte-count']],
    ['14 04 03 07 0000', ['modbus.reference-type']],
    ['14 04 03 06 0000', []],
    ['18 0006 0001 01b8', ['modbus.byte-count']],
    ['18 0006 0002 01b8', ['modbus.truncated']],
    [`18 0040 001f ${'0000'.repeat(31)}`, []],
    [`18 0042 0020 ${'0000'.repeat(32)}`, ['modbus.quantity']],
  ] as const)('%s', ([bytes, expected]) => {
    expect(names(parseResponse(hex(bytes)))).toEqual(expected);
  });
});

test('no bytes make either parser throw', () => {
  const codes = fc.constantFrom(
    ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 20, 21, 22, 23, 24, 43, 0x83, 0xab, 255],
  );
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
