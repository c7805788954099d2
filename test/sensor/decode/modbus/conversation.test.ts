import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ANSWER_WITHIN_MICROS,
  SECOND_ANSWER_WITHIN_MICROS,
} from '#sensor/decode/modbus/answer-time.ts';
import { REQUEST_WITHIN_MICROS } from '#sensor/decode/modbus/early-answers.ts';
import { emitAdu, emitRequest, emitResponse } from '#sensor/decode/modbus/emit.ts';
import { REPORT_EVERY_MICROS } from '#sensor/decode/modbus/known-reads.ts';
import { MAX_PENDING } from '#sensor/decode/modbus/pending.ts';
import { BROKEN_IDS } from '#sensor/decode/modbus/server-habits.ts';
import type { ModbusExchange } from '#sensor/model/event.ts';
import { Connection, type ConversationOptions } from '../../../support/conversation.ts';
import { cutAt, request, response } from '../../../support/modbus.ts';

const READ = '0001 0000 0006 01 03 0064 0002';
const VALUES = '0001 0000 0007 01 03 04 000a 000b';
const WRITE = '0002 0000 0006 01 06 0064 05dc';

describe('an exchange', () => {
  test('joins a read with its values', () => {
    const { exchanges } = new Connection({}).send(0, READ).send(1, VALUES, 1234);
    expect(exchanges).toEqual([
      {
        kind: 'exchange',
        at: 1_001_000,
        took: 1_234_000,
        client: { ip: '192.0.2.1', port: 40_000 },
        server: { ip: '192.0.2.2', port: 502 },
        transport: 'tcp',
        protocol: 'modbus',
        modbus: {
          transactionId: 1,
          unitId: 1,
          functionCode: 3,
          functionName: 'read-holding-registers',
          address: 100,
          quantity: 2,
          values: [10, 11],
        },
        outcome: 'success',
        frames: { request: [1], response: [2] },
        operations: [
          {
            kind: 'read',
            protocol: 'modbus',
            functionCode: 3,
            object: {
              kind: 'modbus-range',
              unit: 1,
              table: 'holding-registers',
              address: 100,
              quantity: 2,
            },
          },
        ],
        facts: [],
      },
    ]);
  });

  test.for<[string, string, string, Partial<ModbusExchange['modbus']>, string]>([
    ['coils', '01 0000 000a', '01 02 ff 03', { values: Array(10).fill(1) }, 'success'],
    [
      'one coil',
      '05 0003 ff00',
      '05 0003 ff00',
      { address: 3, quantity: 1, values: [1] },
      'success',
    ],
    ['one register', '06 0003 0007', '06 0003 0007', { quantity: 1, values: [7] }, 'success'],
    [
      'many',
      '10 0001 0002 04 0001 0002',
      '10 0001 0002',
      { quantity: 2, values: [1, 2] },
      'success',
    ],
    [
      'both ways',
      '17 0003 0001 000e 0001 02 00ff',
      '17 02 0009',
      {
        read: { address: 3, quantity: 1, values: [9] },
        write: { address: 14, quantity: 1, values: [255] },
      },
      'success',
    ],
    ['refused', '03 0000 0001', '83 02', { address: 0, exceptionCode: 2 }, 'failure'],
    [
      'identity',
      '2b 0e 01 00',
      '2b 0e 01 01 00 00 03 00 02 4f54 01 01 50 02 03 76311b',
      { subCode: 14, identity: { vendor: 'OT', product: 'P', revision: 'v1?' } },
      'success',
    ],
    [
      'not understood',
      '41 0000 1234',
      '41 0000 1235',
      { functionCode: 65, data: { request: '00001234', response: '00001235' } },
      'success',
    ],
    [
      'not understood, refused',
      '41 0064 0000 05dc',
      'c1 01',
      { data: { request: '0064000005dc' } },
      'failure',
    ],
    ['exception status', '07', '07 6d', { status: 0x6d }, 'success'],
    [
      'a diagnostic',
      '08 0000 a537',
      '08 0000 a537',
      {
        subCode: 0,
        subName: 'return-query-data',
        data: { request: 'a537', response: 'a537' },
      },
      'success',
    ],
    [
      'a diagnostic counter',
      '08 000b 0000',
      '08 000b 0102',
      { subName: 'return-bus-message-count', data: { request: '0000', response: '0102' } },
      'success',
    ],
    ['event counter', '0b', '0b ffff 0108', { status: 0xffff, eventCount: 264 }, 'success'],
    [
      'event log',
      '0c',
      '0c 08 0000 0108 0121 20 00',
      { status: 0, eventCount: 264, messageCount: 289, events: '2000' },
      'success',
    ],
    ['server id', '11', '11 04 53 ff 4f54', { data: { response: '53ff4f54' } }, 'success'],
    [
      'records of files',
      '14 0e 06 0004 0001 0002 06 0003 0009 0002',
      '14 0c 05 06 0dfe 0020 05 06 33cd 0040',
      {
        files: [
          { file: 4, record: 1, quantity: 2, values: [0x0dfe, 0x20] },
          { file: 3, record: 9, quantity: 2, values: [0x33cd, 0x40] },
        ],
      },
      'success',
    ],
    [
      'a file written',
      '15 0d 06 0004 0007 0003 06af 04be 100d',
      '15 0d 06 0004 0007 0003 06af 04be 100d',
      { files: [{ file: 4, record: 7, quantity: 3, values: [0x06af, 0x04be, 0x100d] }] },
      'success',
    ],
    [
      'a masked write',
      '16 0004 00f2 0025',
      '16 0004 00f2 0025',
      { address: 4, quantity: 1, andMask: 0xf2, orMask: 0x25 },
      'success',
    ],
    [
      'a queue',
      '18 04de',
      '18 0006 0002 01b8 1284',
      { address: 0x04de, values: [440, 4740] },
      'success',
    ],
    [
      'CANopen',
      '2b 0d 0102',
      '2b 0d 0304',
      {
        functionName: 'canopen-general-reference',
        subCode: 13,
        data: { request: '0102', response: '0304' },
      },
      'success',
    ],
  ])('%s', ([, asked, answered, modbus, outcome]) => {
    const pdu = (text: string) => emitAdu(7, 3, Buffer.from(text.replaceAll(' ', ''), 'hex'));
    const { exchanges, facts } = new Connection({}).send(0, pdu(asked)).send(1, pdu(answered));
    expect(exchanges).toHaveLength(1);
    expect(exchanges[0]).toMatchObject({ modbus, outcome });
    expect(facts).toEqual([]);
  });

  test('names every frame that carried a part of a message', () => {
    const connection = new Connection({});
    for (const byte of Buffer.from(READ.replaceAll(' ', ''), 'hex')) {
      connection.send(0, Buffer.of(byte));
    }
    connection.send(1, VALUES);
    expect(connection.exchanges[0]?.frames).toEqual({
      request: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      response: [13],
    });
  });

  test('is paired by transaction id where a client sends ahead', () => {
    const ask = (id: string, address: string) => `${id} 0000 0006 01 03 ${address} 0001`;
    const connection = new Connection({})
      .send(0, ask('0001', '0001') + ask('0002', '0002') + ask('0003', '0003'))
      .send(1, '0003 0000 0005 01 03 02 0033')
      .send(1, '0001 0000 0005 01 03 02 0011 0002 0000 0005 01 03 02 0022');
    expect(connection.exchanges.map(({ modbus }) => [modbus.address, modbus.values])).toEqual([
      [3, [0x33]],
      [1, [0x11]],
      [2, [0x22]],
    ]);
    expect(connection.facts).toEqual([]);
  });

  test('is paired in order where every request has the same transaction id', () => {
    const ask = (address: string) => `0000 0000 0006 01 03 ${address} 0001`;
    const connection = new Connection({})
      .send(0, ask('0001') + ask('0002'))
      .send(1, '0000 0000 0005 01 03 02 0011')
      .send(1, '0000 0000 0005 01 03 02 0022');
    expect(connection.exchanges.map(({ modbus }) => [modbus.address, modbus.values])).toEqual([
      [1, [0x11]],
      [2, [0x22]],
    ]);
  });
});

describe('what does not fit is a fact', () => {
  test.for<[string, string, string, string[]]>([
    ['another unit', READ, '0001 0000 0007 02 03 04 000a 000b', ['modbus.response-mismatch']],
    ['another function', READ, '0001 0000 0007 01 04 04 000a 000b', ['modbus.response-mismatch']],
    ['too few registers', READ, '0001 0000 0005 01 03 02 000a', ['modbus.response-mismatch']],
    [
      'another sub-function',
      '0001 0000 0006 01 08 0000 0001',
      '0001 0000 0006 01 08 000b 0001',
      ['modbus.response-mismatch'],
    ],
    [
      'other query data',
      '0001 0000 0006 01 08 0000 0001',
      '0001 0000 0006 01 08 0000 0002',
      ['modbus.response-mismatch'],
    ],
    [
      'fewer records of a file',
      '0001 0000 000a 01 14 07 06 0001 0000 0002',
      '0001 0000 0007 01 14 04 03 06 0001',
      ['modbus.response-mismatch'],
    ],
    [
      'another mask echoed',
      '0001 0000 0008 01 16 0000 00ff 0001',
      '0001 0000 0008 01 16 0000 00ff 0002',
      ['modbus.response-mismatch'],
    ],
    [
      'a reserved sub-function, whose answer nobody knows',
      '0001 0000 0006 01 08 0015 0003',
      '0001 0000 000a 01 08 0015 0003 0001 0002',
      ['modbus.sub-function'],
    ],
    [
      'an identity for CANopen',
      '0001 0000 0004 01 2b 0d 01',
      '0001 0000 0008 01 2b 0e 01 01 00 00 00',
      ['modbus.response-mismatch'],
    ],
    ['another value echoed', WRITE, '0002 0000 0006 01 06 0064 05dd', ['modbus.response-mismatch']],
    ['another id', READ, '0009 0000 0007 01 03 04 000a 000b', ['modbus.response-without-request']],
    [
      'a coil answered to registers',
      READ,
      '0001 0000 0004 01 81 02 00',
      ['modbus.surplus', 'modbus.response-mismatch'],
    ],
  ])('%s', ([, asked, answered, facts]) => {
    const connection = new Connection({}).send(0, asked).send(1, answered).end('capture-end');
    expect(connection.facts).toEqual(facts);
  });

  test.for([
    [REQUEST_WITHIN_MICROS, []],
    [REQUEST_WITHIN_MICROS + 1, ['modbus.response-without-request']],
  ] as const)('an answer is told without its request after %i µs', ([wait, facts]) => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES);
    connection.send(1, '0009 0000 0007 01 03 04 000a 000b').send(0, WRITE, wait);
    expect(connection.facts).toEqual(facts);
  });

  test('the answer of another function replaces nothing of the request', () => {
    const connection = new Connection({});
    connection.send(0, '0001 0000 000b 01 10 0064 0002 04 270f 270f');
    connection.send(1, '0001 0000 0008 01 18 0006 0002 0001 0002').end();
    expect(connection.exchanges).toMatchObject([
      { modbus: { functionCode: 16, address: 100, quantity: 2, values: [9999, 9999] } },
    ]);
    expect(connection.facts).toContain('modbus.response-mismatch');
  });

  test('an exception of another function is told with its code', () => {
    const connection = new Connection({}).send(0, READ).send(1, '0001 0000 0003 01 86 02').end();
    expect(connection.exchanges).toMatchObject([
      { outcome: 'failure', modbus: { functionCode: 3, address: 100, exceptionCode: 2 } },
    ]);
    expect(connection.facts).toEqual(['modbus.response-mismatch']);
  });

  describe('a server with transaction ids of its own', () => {
    const ask = (id: number) => emitAdu(id, 1, Buffer.from('0300640002', 'hex'));
    const answer = (id: number, value: number) =>
      emitAdu(id, 1, Buffer.from([3, 4, 0, 10, 0, value]));
    const SECOND = 1_000_000;
    /** Polls once a second; the server answers with `idOf` the request. */
    const polled = (rounds: number, idOf: (id: number) => number) => {
      const connection = new Connection({ everything: true });
      for (let id = 1; id <= rounds; id++) {
        connection.send(0, ask(id), SECOND).send(1, answer(idOf(id), id), 1000);
      }
      return connection;
    };

    const joined = ({ exchanges }: Connection) =>
      exchanges
        .filter(({ frames }) => frames.request.length > 0 && frames.response.length > 0)
        .map(({ modbus }) => [modbus.transactionId, modbus.values?.[1]]);
    const from = (first: number, last: number) =>
      Array.from({ length: last - first + 1 }, (_, i) => [first + i, first + i]);

    test('is told as strange three times, and then as what it is', () => {
      const connection = polled(20, () => 0).end();
      expect(connection.facts).toEqual([
        ...Array.from({ length: BROKEN_IDS }, () => 'modbus.response-without-request'),
        'modbus.transaction-ignored',
      ]);
      expect(joined(connection)).toEqual(from(6, 20));
    });

    test.for([
      ['the first of the client', 1],
      ['the second of the client', 2],
    ] as const)('that are always %s is one too', ([, own]) => {
      const connection = polled(20, () => own).end();
      expect(connection.facts.filter((name) => name === 'modbus.transaction-ignored')).toHaveLength(
        1,
      );
      expect(joined(connection).slice(-10)).toEqual(from(11, 20));
    });

    test('is joined in order also where the client does not wait for the answers', () => {
      const connection = polled(8, () => 0);
      for (let id = 9; id <= 12; id++) connection.send(0, ask(id), 1000);
      for (let id = 9; id <= 12; id++) connection.send(1, answer(0, id), 1000);
      expect(joined(connection)).toEqual(from(6, 12));
    });

    test('that did not answer once is not out of step ever after', () => {
      const connection = polled(8, () => 0).send(0, ask(9), SECOND);
      for (let id = 10; id <= 20; id++) {
        connection.send(0, ask(id), SECOND).send(1, answer(0, id), 1000);
      }
      expect(joined(connection)).toEqual([...from(6, 8), ...from(10, 20)]);
    });

    test('never answers a request again that was passed over', () => {
      const connection = polled(8, () => 0)
        .send(0, ask(9), SECOND)
        .send(0, ask(10), 300_000);
      connection.send(1, answer(0, 10), 1000).send(1, answer(0, 9), 1000);
      expect(joined(connection)).toEqual([...from(6, 8), [10, 10]]);
    });

    test('is believed to have none no longer once it answers with that of the request', () => {
      const connection = polled(8, () => 0)
        .send(0, ask(9), SECOND)
        .send(1, answer(9, 9));
      connection.send(0, ask(10), SECOND).send(1, answer(99, 10)).end('capture-end');
      expect(connection.facts.at(-1)).toBe('modbus.response-without-request');
      expect(joined(connection).at(-1)).toEqual([9, 9]);
    });

    test('a late answer of a sound one takes no other request from its own answer', () => {
      const write = (id: number, value: number) =>
        emitAdu(id, 1, Buffer.from([6, 0, 100, 0, value]));
      const connection = new Connection({}).send(0, READ).send(1, VALUES);
      connection
        .send(0, write(2, 7))
        .wait(ANSWER_WITHIN_MICROS + 1)
        .send(0, write(3, 8));
      connection
        .send(1, write(2, 7))
        .send(1, emitAdu(3, 1, Buffer.of(0x86, 6)), 2_500_000)
        .end();
      expect(connection.exchanges.find(({ modbus }) => modbus.transactionId === 3)).toMatchObject({
        outcome: 'failure',
        modbus: { exceptionCode: 6, values: [8] },
      });
    });

    test('is not one whose answers somebody doubles with another id', () => {
      const connection = new Connection({ everything: true });
      for (let id = 1; id <= 20; id++) {
        connection.send(0, ask(id), SECOND).send(1, answer(999, 1), 10).send(1, answer(id, id), 10);
      }
      connection.end();
      expect(connection.facts).not.toContain('modbus.transaction-ignored');
      const own = connection.exchanges.filter(({ modbus }) => modbus.transactionId !== 999);
      expect(own.map(({ modbus }) => modbus.values?.[1])).toEqual(
        Array.from({ length: 20 }, (_, i) => i + 1),
      );
    });
  });

  test('more early answers than are kept are told at once', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES);
    for (let id = 100; id < 165; id++) connection.send(1, emitAdu(id, 1, Buffer.of(0x83, 2)), 1);
    expect(connection.facts).toEqual(['modbus.response-without-request']);
  });

  test('an answer that a mirror port put before its request is none of that', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES);
    connection.send(1, WRITE).send(0, WRITE, 3).end();
    expect(connection.facts).toEqual([]);
    expect(connection.exchanges.at(-1)).toMatchObject({
      took: 0,
      outcome: 'success',
      frames: { request: [4], response: [3] },
    });
  });

  test('the same answer twice, and another one to the same request', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES).send(1, VALUES);
    expect(connection.facts).toEqual(['modbus.duplicate-response']);
    connection.send(1, '0001 0000 0007 01 03 04 ffff ffff');
    expect(connection.facts).toEqual(['modbus.duplicate-response', 'modbus.conflicting-response']);
  });

  test.for([
    [SECOND_ANSWER_WITHIN_MICROS - 1, 'modbus.duplicate-response'],
    [SECOND_ANSWER_WITHIN_MICROS, 'modbus.duplicate-response'],
    [SECOND_ANSWER_WITHIN_MICROS + 1, 'modbus.response-without-request'],
  ] as const)('a second answer %i µs after the request', ([after, fact]) => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES, 10);
    connection.send(1, VALUES, after - 10).end('capture-end');
    expect(connection.facts).toEqual([fact]);
  });

  test.for([
    [ANSWER_WITHIN_MICROS - 1, []],
    [ANSWER_WITHIN_MICROS, []],
    [ANSWER_WITHIN_MICROS + 1, ['modbus.unanswered']],
  ] as const)('no answer for %i µs', ([wait, facts]) => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES);
    connection.send(0, WRITE).send(0, READ, wait);
    expect(connection.facts).toEqual(facts);
  });

  test('a device that is told to listen only owes no answer', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES);
    connection.send(0, '0002 0000 0006 01 08 0004 0000').end('reset');
    expect(connection.facts).toEqual([]);
    expect(connection.exchanges.at(-1)?.modbus.subName).toBe('force-listen-only-mode');
  });

  test('a write without an answer is told although nothing follows it', () => {
    const connection = new Connection({}).send(0, WRITE);
    connection.wait(ANSWER_WITHIN_MICROS);
    expect(connection.exchanges).toEqual([]);
    connection.wait(1).wait(ANSWER_WITHIN_MICROS);
    expect(connection.exchanges).toMatchObject([
      { outcome: 'unknown', modbus: { values: [1500] } },
    ]);
  });

  test('an answer without a request is told although nothing follows it', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES).send(1, WRITE);
    connection.wait(REQUEST_WITHIN_MICROS + 1);
    expect(connection.facts).toEqual(['modbus.response-without-request']);
  });

  test('a connection that ends before the answer', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES).send(0, WRITE).end('reset');
    expect(connection.facts).toEqual(['modbus.unanswered']);
    expect(connection.exchanges.at(-1)?.outcome).toBe('unknown');
  });

  test('but not a capture that ends before it', () => {
    const connection = new Connection({}).send(0, WRITE).send(1, VALUES).end('capture-end');
    expect(connection.facts).not.toContain('modbus.unanswered');
  });

  test('a flood of requests is bounded and said', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES);
    for (let id = 0; id <= MAX_PENDING; id++) {
      connection.send(0, emitAdu(id, 1, Buffer.from('0600010001', 'hex')), 1);
    }
    expect(connection.facts).toEqual(['modbus.pending-limit']);
  });

  test('an ADU smuggled behind a read', () => {
    const inner = '0002 0000 0006 01 06 0000 0001';
    const { facts } = new Connection({})
      .send(0, `0001 0000 0012 01 03 0000 0001 ${inner}`)
      .send(1, '0001 0000 0005 01 03 02 0000');
    expect(facts).toEqual(['modbus.surplus', 'modbus.smuggled']);
  });

  test('bytes that are no header, until the next message', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES);
    connection.send(0, '0003 1234 0006 01 03 0000 0001').send(0, WRITE);
    connection.send(1, WRITE);
    expect(connection.facts).toEqual(['modbus.protocol-id']);
    expect(connection.exchanges).toHaveLength(2);
  });
});

describe('function 90 of Schneider Electric', () => {
  const BLOCK = 0x31;
  const OK = 0xfe;
  const umas = (id: number, length: number, code: number) => {
    const bytes = Buffer.alloc(length + 6);
    bytes.writeUInt16BE(id, 0);
    bytes.writeUInt16BE(length, 4);
    bytes.writeUInt8(0x5a, 7);
    bytes.writeUInt8(code, 9);
    return bytes;
  };

  test.for([
    [254, BLOCK, []],
    [255, BLOCK, []],
    [1030, BLOCK, []],
    [254, 0xee, []],
    [255, 0xee, ['modbus.length']],
    [1030, 0xee, ['modbus.length']],
  ] as const)('is read with a length of %i and code %i', ([length, code, facts]) => {
    const connection = new Connection({});
    connection.send(0, umas(1, length, code)).send(1, umas(1, length, OK));
    expect(connection.exchanges).toMatchObject([{ outcome: 'success' }]);
    expect(connection.facts).toEqual(facts);
  });

  test('is no excuse for other functions, nor for more', () => {
    const other = umas(2, 255, BLOCK);
    other.writeUInt8(3, 7);
    for (const bytes of [other, umas(2, 1031, BLOCK)]) {
      const connection = new Connection({}).send(0, READ).send(1, VALUES).send(0, bytes);
      expect(connection.facts).toEqual(['modbus.length']);
    }
  });

  test('is found again after a gap, where it fills a segment', () => {
    const connection = new Connection({}).send(0, umas(1, 20, BLOCK)).send(1, umas(1, 20, OK));
    connection
      .gap(0)
      .gap(1)
      .send(0, umas(2, 300, BLOCK))
      .send(1, umas(2, 300, OK));
    expect(connection.exchanges).toHaveLength(2);
  });
});

describe('what is routine', () => {
  const poll = (connection: Connection, times: number) => {
    for (let i = 0; i < times; i++) connection.send(0, READ).send(1, VALUES);
    return connection;
  };

  test('is counted, and reported once', () => {
    const connection = poll(new Connection({}), 100);
    expect(connection.exchanges).toHaveLength(1);
    expect(connection.counters).toEqual({
      requests: 100,
      responses: 100,
      exchanges: 100,
      exceptions: 0,
    });
    connection.flush();
    expect(connection.routine).toEqual([
      {
        from: 1_003_000,
        to: 1_199_000,
        clientIp: '192.0.2.1',
        server: { ip: '192.0.2.2', port: 502 },
        protocol: 'modbus',
        unitId: 1,
        functionCode: 3,
        address: 100,
        quantity: 2,
        count: 99,
      },
    ]);
  });

  test('is reported again when a minute has passed', () => {
    const connection = poll(new Connection({}), 3).send(0, READ, REPORT_EVERY_MICROS);
    connection.send(1, VALUES);
    expect(connection.exchanges).toHaveLength(2);
    expect(connection.routine.map(({ count }) => count)).toEqual([2]);
  });

  test('is never a write, an exception, or an answer that does not fit', () => {
    const connection = poll(new Connection({}), 2);
    connection.send(0, WRITE).send(1, WRITE).send(0, WRITE).send(1, WRITE);
    connection.send(0, READ).send(1, '0001 0000 0003 01 83 02');
    connection.send(0, READ).send(1, '0001 0000 0005 01 03 02 000a');
    expect(connection.exchanges).toHaveLength(5);
  });

  test('is reported whole when everything is wanted', () => {
    const connection = poll(new Connection({ everything: true }), 10);
    connection.flush();
    expect(connection.exchanges).toHaveLength(10);
    expect(connection.routine).toEqual([]);
  });
});

describe('after a gap', () => {
  test('the next message is found at the start of a segment', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES);
    connection.gap(0).send(0, '0000 0006 01 03').send(0, WRITE).send(1, WRITE);
    expect(connection.facts).toEqual(['stream.gap']);
    expect(connection.exchanges.map(({ modbus }) => modbus.functionCode)).toEqual([3, 6]);
  });

  test('and behind the rest of another, in segments of one byte', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES).gap(0);
    const rest = Buffer.from(`0203${WRITE}`.replaceAll(' ', ''), 'hex');
    for (const byte of rest) connection.send(0, Buffer.of(byte));
    connection.send(1, WRITE);
    expect(connection.exchanges.map(({ modbus }) => modbus.functionCode)).toEqual([3, 6]);
  });

  test('an answer to a request that was lost in it is no surprise', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES).gap(0).send(1, WRITE);
    expect(connection.facts).toEqual(['stream.gap']);
  });

  test('a request whose answer was lost in it is not unanswered', () => {
    const connection = new Connection({}).send(0, READ).send(1, VALUES).send(0, WRITE).gap(1);
    connection.end('finished');
    expect(connection.facts).toEqual(['stream.gap']);
    expect(connection.exchanges).toHaveLength(2);
  });
});

describe('laws', () => {
  const pdu = fc.oneof(request.map(emitRequest), response.map(emitResponse));
  const dialogue = fc.array(fc.tuple(fc.constantFrom(0 as const, 1 as const), pdu, fc.nat(3)), {
    maxLength: 12,
  });

  const place = fc.record(
    {
      ports: fc.constantFrom([40_000, 502] as const, [40_000, 10_502] as const),
      fromStart: fc.boolean(),
      client: fc.constantFrom(0 as const, 1 as const),
    },
    { requiredKeys: ['ports', 'fromStart'] },
  );

  /** The same bytes, cut otherwise; a side's bytes stay in their place among those of the other. */
  const play = (
    turns: readonly { readonly side: 0 | 1; readonly bytes: Buffer }[],
    cuts: readonly number[],
    options: ConversationOptions,
  ) => {
    const connection = new Connection({ ...options, everything: true });
    for (const { side, bytes } of turns) {
      // All pieces at one time: how long an answer may be before its request is no matter of cutting.
      for (const [i, piece] of cutAt(bytes, cuts).entries()) {
        connection.send(side, piece, i === 0 ? 1000 : 0);
      }
    }
    connection.end();
    return connection.events.map((event) => {
      // Cutting moves times and frame numbers, and nothing else.
      const { at, ...timeless } = event;
      const facts = timeless.facts.map(({ name, text }) => ({
        name,
        text: text.replace(/frame \d+/, 'frame'),
      }));
      const rest = { ...timeless, facts };
      if (rest.kind === 'fault') return { ...rest, frame: 0 };
      const { took, frames, ...exchange } = rest;
      return exchange;
    });
  };

  test('any cutting gives the same exchanges', () => {
    fc.assert(
      fc.property(
        dialogue,
        fc.array(fc.nat(600), { maxLength: 60 }),
        place,
        (parts, cuts, options) => {
          const turns = parts.map(([side, bytes, id]) => ({ side, bytes: emitAdu(id, 1, bytes) }));
          expect(play(turns, cuts, options)).toEqual(play(turns, [], options));
        },
      ),
    );
  });

  test('an identity that a mirror port put before its question is joined with it, also cut', () => {
    const bytes = emitAdu(2, 1, Buffer.of(43, 14, 1, 0, 0, 0, 0));
    const turns = [1, 0].map((side) => ({ side: side as 0 | 1, bytes }));
    const whole = play(turns, [], { client: 0 });
    expect(whole).toMatchObject([{ outcome: 'success' }]);
    expect(play(turns, [1], { client: 0 })).toEqual(whole);
  });

  test('no bytes make it throw', () => {
    const headed = fc
      .tuple(fc.nat(3), fc.uint8Array({ minLength: 1, maxLength: 40 }))
      .map(([tid, pdu]) => emitAdu(tid, 1, Buffer.from(pdu)));
    const step = fc.record({
      side: fc.constantFrom(0 as const, 1 as const),
      bytes: fc.oneof(fc.uint8Array({ maxLength: 600 }), headed),
      gap: fc.nat(9),
      after: fc.nat(5_000_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, fromStart) => {
        const connection = new Connection({ fromStart });
        for (const { side, bytes, gap, after } of steps) {
          if (gap === 0) connection.gap(side);
          connection.send(side, Buffer.from(bytes), after);
        }
        connection.end('reset');
      }),
    );
  });
});
