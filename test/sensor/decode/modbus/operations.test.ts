import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { operationsOf } from '#sensor/decode/modbus/operations.ts';
import { parseRequest } from '#sensor/decode/modbus/parse.ts';
import { describeObject } from '#sensor/model/operation.ts';

/** The operations of a request PDU to unit 9, in words. */
const said = (pdu: string): string[] =>
  operationsOf(parseRequest(Buffer.from(pdu.replaceAll(' ', ''), 'hex')).pdu, 9).map(
    ({ kind, object, values }) =>
      `${kind} ${describeObject(object)}${values === undefined ? '' : ` = ${values.join(' ')}`}`,
  );

describe('operationsOf', () => {
  test.for([
    ['01 0000 0008', ['read coils 0-7 (00001-00008) of unit 9']],
    ['02 0001 0001', ['read discrete input 1 (10002) of unit 9']],
    ['03 0064 000a', ['read holding registers 100-109 (40101-40110) of unit 9']],
    ['04 0000 0001', ['read input register 0 (30001) of unit 9']],
    ['05 0003 ff00', ['write coil 3 (00004) of unit 9 = 1']],
    ['05 0003 0000', ['write coil 3 (00004) of unit 9 = 0']],
    ['05 0003 1234', ['write coil 3 (00004) of unit 9']],
    ['06 0064 05dc', ['write holding register 100 (40101) of unit 9 = 1500']],
    ['0f 0000 0003 01 05', ['write coils 0-2 (00001-00003) of unit 9 = 1 0 1']],
    ['10 0000 0002 04 0001 0002', ['write holding registers 0-1 (40001-40002) of unit 9 = 1 2']],
    ['10 0000 0002 02 0001', ['write holding registers 0-1 (40001-40002) of unit 9']],
    [
      '17 0003 0001 000e 0001 02 00ff',
      [
        'write holding register 14 (40015) of unit 9 = 255',
        'read holding register 3 (40004) of unit 9',
      ],
    ],
    ['2b 0e 01 00', ['identify unit 9']],
    ['03 0000 0000', []],
    ['03 fffe 0005', ['read holding registers 65534-65535 (465535-465536) of unit 9']],
    ['07', ['read unit 9']],
    ['08 0000 1234', ['read unit 9']],
    ['08 0001 0000', ['control unit 9']],
    // What is cut short may be carried out by who does not mind.
    ['08 0004', ['control unit 9']],
    ['15 00 06 0004 0007 0001 06af', ['write record 7 of file 4 of unit 9 = 1711']],
    ['15 06 06 0004 0007 0001 06af', ['write record 7 of file 4 of unit 9 = 1711']],
    ['08 0004 0000', ['control unit 9']],
    ['08 000a 0000', ['configure unit 9']],
    // Reserved: what nobody knows is taken to change something.
    ['08 0013 0000', ['configure unit 9']],
    ['0b', ['read unit 9']],
    ['0c', ['read unit 9']],
    ['11', ['identify unit 9']],
    [
      '14 0e 06 0004 0001 0002 06 0003 0009 0001',
      ['read records 1-2 of file 4 of unit 9', 'read record 9 of file 3 of unit 9'],
    ],
    [
      '15 0d 06 0004 0007 0003 06af 04be 100d',
      ['write records 7-9 of file 4 of unit 9 = 1711 1214 4109'],
    ],
    ['15 09 06 0004 0007 0002 06af', ['write records 7-8 of file 4 of unit 9']],
    ['16 0004 00f2 0025', ['write holding register 4 (40005) of unit 9']],
    ['18 04de', ['read unit 9']],
    ['2b 0d 01', ['configure unit 9']],
    ['41 0001 0000', []],
  ] as const)('%s', ([pdu, expected]) => {
    expect(said(pdu)).toEqual(expected);
  });

  test('never names an object outside the address space', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 3, 4, 5, 6, 15, 16, 20, 21, 22, 23, 24, 43),
        fc.uint8Array({ maxLength: 30 }),
        (code, rest) => {
          const { pdu } = parseRequest(Buffer.from([code, ...rest]));
          for (const { object, values } of operationsOf(pdu, 1)) {
            if (object.kind === 'modbus-device') continue;
            expect(object.quantity).toBeGreaterThanOrEqual(1);
            const first = object.kind === 'modbus-file' ? object.record : object.address;
            expect(first + object.quantity).toBeLessThanOrEqual(65_536);
            if (values !== undefined) expect(values).toHaveLength(object.quantity);
          }
        },
      ),
    );
  });
});
