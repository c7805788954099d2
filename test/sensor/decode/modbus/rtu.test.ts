import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc16 } from '#sensor/decode/modbus/crc.ts';
import { emitRequest, emitResponse } from '#sensor/decode/modbus/emit.ts';
import { MAX_RTU_LENGTH, measureRtu } from '#sensor/decode/modbus/rtu-frame.ts';
import { REQUEST, RESPONSE } from '#sensor/decode/modbus/shape.ts';
import { Connection, type ConversationOptions, hex } from '../../../support/conversation.ts';
import { cutAt, request, response } from '../../../support/modbus.ts';

/** Unit and PDU with their CRC behind. */
function rtu(frame: string | Buffer): Buffer {
  const bytes = typeof frame === 'string' ? hex(frame) : frame;
  const value = crc16(bytes, 0, bytes.length);
  return Buffer.concat([bytes, Buffer.of(value & 0xff, value >> 8)]);
}

const READ = rtu('01 03 0064 0002');
const VALUES = rtu('01 03 04 000a 000b');
const WRITE = rtu('01 06 0064 05dc');
const BROKEN = Buffer.concat([READ.subarray(0, 6), Buffer.of(0x12, 0x34)]);

const elsewhere: ConversationOptions = { ports: [40_000, 4001] };

test.for([
  ['02 07', 0x1241],
  ['01 03 0000 000a', 0xcdc5],
  ['', 0xffff],
] as const)('the CRC of %s is that of the specification', ([bytes, crc]) => {
  const data = hex(bytes);
  expect(crc16(data, 0, data.length)).toBe(crc);
});

describe('RTU over TCP is recognised', () => {
  test('on any port by a request and its answer, and says its framing', () => {
    const connection = new Connection(elsewhere).send(0, READ);
    expect(connection.counters.requests).toBe(0);
    const [exchange] = connection.send(1, VALUES).exchanges;
    expect(exchange).toMatchObject({
      client: { port: 40_000 },
      transport: 'tcp',
      outcome: 'success',
      frames: { request: [1], response: [2] },
      modbus: { framing: 'rtu', unitId: 1, functionCode: 3, address: 100, values: [10, 11] },
    });
    expect(exchange?.modbus).not.toHaveProperty('transactionId');
  });

  test('by its answers alone, or its requests alone, in a row', () => {
    const asked = new Connection({ ...elsewhere, fromStart: false });
    asked.send(0, READ).send(0, READ).send(0, WRITE).end();
    expect(asked.client).toBe(0);
    expect(asked.counters.requests).toBe(3);
    const answered = new Connection({ ...elsewhere, fromStart: false });
    answered.send(0, VALUES).send(0, VALUES).send(0, VALUES).end();
    expect(answered.client).toBe(1);
    expect(answered.counters.responses).toBe(3);
  });

  test('on port 502 too', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES);
    expect(connection.exchanges).toMatchObject([{ modbus: { framing: 'rtu' } }]);
  });

  test('where its request looks like a header of Modbus/TCP to the last byte', () => {
    // Read two registers from address 0: protocol id 0, length 2, and the CRC as unit and function.
    const asked = rtu('01 03 0000 0002');
    expect(new Connection({}).send(0, asked).send(1, VALUES).exchanges).toMatchObject([
      { modbus: { framing: 'rtu', address: 0, quantity: 2 } },
    ]);
  });

  test('in segments of one byte', () => {
    const connection = new Connection(elsewhere);
    for (const byte of READ) connection.send(0, Buffer.of(byte));
    for (const byte of VALUES) connection.send(1, Buffer.of(byte));
    expect(connection.exchanges).toMatchObject([
      { frames: { request: [1, 2, 3, 4, 5, 6, 7, 8], response: { length: 9 } } },
    ]);
  });

  test.for([
    ['one frame', [READ], []],
    ['one frame and an answer of another unit', [READ], [rtu('02 03 04 000a 000b')]],
    ['one frame and an answer with another CRC', [READ], [Buffer.alloc(9, 3)]],
    [
      'frames of other lengths',
      [rtu('01 03 0064'), rtu('01 03 00'), rtu('01 03')],
      [rtu('01 03 00')],
    ],
    ['two frames of one side', [READ, WRITE], []],
  ] as const)('and not by %s', ([, asked, answered]) => {
    const connection = new Connection(elsewhere);
    for (const bytes of asked) connection.send(0, bytes);
    for (const bytes of answered) connection.send(1, bytes);
    connection.end();
    expect(connection.events).toEqual([]);
    expect(connection.counters.requests + connection.counters.responses).toBe(0);
  });

  test('and Modbus/TCP is never taken for it', () => {
    fc.assert(
      fc.property(request, response, (asked, answered) => {
        const head = (pdu: Buffer) => {
          const header = Buffer.from('000100000000', 'hex');
          header.writeUInt16BE(pdu.length + 1, 4);
          return Buffer.concat([header, Buffer.of(1), pdu]);
        };
        const connection = new Connection({});
        connection
          .send(0, head(emitRequest(asked)))
          .send(1, head(emitResponse(answered)))
          .end();
        for (const { modbus } of connection.exchanges) expect(modbus.framing).toBeUndefined();
        expect(connection.counters.requests).toBe(1);
      }),
    );
  });
});

/** A connection that is known to be RTU. */
const open = (): Connection => new Connection(elsewhere).send(0, READ).send(1, VALUES);

describe('RTU over TCP', () => {
  test('joins an answer with the request of its unit and function, in order', () => {
    const connection = open().send(0, WRITE).send(1, WRITE);
    connection.send(0, rtu('02 03 0000 0001')).send(1, rtu('02 83 02'));
    expect(connection.exchanges.slice(1)).toMatchObject([
      { modbus: { functionCode: 6, values: [1500] }, facts: [] },
      { modbus: { unitId: 2, exceptionCode: 2 }, outcome: 'failure', facts: [] },
    ]);
  });

  test('gives an answer to the question asked again, not to the one that was given up', () => {
    const connection = open().send(0, rtu('01 03 0000 0001'));
    connection.send(0, rtu('01 03 0005 0001'), 1_000_000).send(1, rtu('01 03 02 002a'));
    expect(connection.exchanges.at(-1)).toMatchObject({ modbus: { address: 5, values: [42] } });
  });

  test('tells an answer that nobody asked for, and one of another function', () => {
    const alone = open().send(1, rtu('01 04 02 0001'));
    expect(alone.end().facts).toEqual(['modbus.response-without-request']);
    const other = open().send(0, WRITE).send(1, rtu('01 04 02 0001'));
    expect(other.facts).toEqual(['modbus.response-mismatch']);
  });

  test('is never taken for a server with transaction ids of its own', () => {
    const connection = open();
    for (let i = 0; i < 5; i++) connection.send(0, WRITE).send(1, rtu('02 06 0064 05dc'));
    expect(connection.wait(3_000_000).facts).not.toContain('modbus.transaction-ignored');
  });

  test('takes several frames out of a segment, and one over several', () => {
    const connection = open().send(0, Buffer.concat([READ, WRITE, READ.subarray(0, 3)]));
    connection.send(0, READ.subarray(3)).send(1, VALUES).send(1, WRITE).send(1, VALUES);
    expect(connection.facts).toEqual([]);
    expect(connection.counters).toMatchObject({ requests: 4, responses: 4, exchanges: 4 });
  });

  test('reads functions of no ruled length to the end of their segment', () => {
    const connection = open().send(0, rtu('01 41 0102')).send(1, rtu('01 41 03'));
    connection.send(0, rtu('01 5a 00 02')).send(1, rtu('01 5a 00 fd'));
    expect(connection.exchanges.slice(1)).toMatchObject([
      { modbus: { functionCode: 65, data: { request: '0102', response: '03' } } },
      { modbus: { functionCode: 90, umas: { name: 'read-id', status: 'error' } } },
    ]);
  });

  test('tells what is wrong with a frame whose CRC fits', () => {
    const connection = open().send(0, rtu('01 03 0000 0000 99')).end();
    expect(connection.facts).toContain('modbus.surplus');
    expect(connection.facts).toContain('modbus.quantity');
  });

  test('tells a CRC that does not fit once, and goes on with the next segment', () => {
    const connection = open().send(0, BROKEN).send(0, BROKEN).send(0, WRITE).send(1, WRITE);
    expect(connection.facts).toEqual(['modbus.crc']);
    expect(connection.exchanges.at(-1)).toMatchObject({ modbus: { functionCode: 6 } });
    expect(open().send(0, WRITE).send(1, WRITE).facts).toEqual([]);
  });

  test('finds its footing within a segment, behind a broken frame and after a gap', () => {
    const broken = open()
      .send(0, Buffer.concat([BROKEN, WRITE]))
      .send(1, WRITE);
    expect(broken.exchanges.at(-1)).toMatchObject({ modbus: { functionCode: 6 } });
    const lost = open().gap(0);
    lost.send(0, Buffer.concat([READ.subarray(5), WRITE])).send(1, WRITE);
    expect(lost.exchanges.at(-1)).toMatchObject({ modbus: { functionCode: 6 } });
  });

  test('tells a connection that ended within a frame', () => {
    expect(open().send(0, WRITE.subarray(0, 5)).end().facts).toContain('modbus.truncated');
  });

  test('is the same however the stream is cut', () => {
    const some = fc.array(
      fc.constantFrom(READ, WRITE, rtu('07 2b 0e 01 00'), rtu('03 10 0001 0001 02 002a')),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(some, fc.array(fc.nat(60)), (frames, cuts) => {
        const stream = Buffer.concat(frames);
        const whole = open().send(0, stream).end();
        const cut = open();
        for (const part of cutAt(stream, cuts)) cut.send(0, part, 0);
        cut.end();
        const told = ({ exchanges }: Connection) => exchanges.map(({ modbus }) => modbus);
        expect(told(cut)).toEqual(told(whole));
        expect(told(whole)).toHaveLength(1 + frames.length);
      }),
    );
  });

  test('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1), fc.uint8Array({ maxLength: 300 }))), (segments) => {
        const connection = open();
        for (const [side, bytes] of segments)
          connection.send(side === 0 ? 0 : 1, Buffer.from(bytes));
        connection.end();
      }),
    );
  });
});

describe('the length of a frame', () => {
  test('is that of each request and response, with its CRC', () => {
    fc.assert(
      fc.property(request, response, (asked, answered) => {
        for (const [pdu, role] of [
          [emitRequest(asked), REQUEST],
          [emitResponse(answered), RESPONSE],
        ] as const) {
          const frame = rtu(Buffer.concat([Buffer.of(1), pdu]));
          if (frame.length > MAX_RTU_LENGTH) continue;
          const behind = Buffer.concat([frame, Buffer.alloc(3)]);
          expect(measureRtu(frame, 0, frame.length, role)).toBe(frame.length);
          expect(measureRtu(behind, 0, frame.length, role)).toBe(frame.length);
        }
      }),
    );
  });
});
