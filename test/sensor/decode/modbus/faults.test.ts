import { describe, expect, test } from 'vitest';
import { ANSWER_WITHIN_MICROS } from '#sensor/decode/modbus/answer-time.ts';
import { crc16 } from '#sensor/decode/modbus/crc.ts';
import { Connection, hex } from '../../../support/conversation.ts';

const READ = '0001 0000 0006 01 03 0064 0002';
const VALUES = '0001 0000 0007 01 03 04 000a 000b';

/** A header around a PDU. */
function adu(pdu: string, id = 2): Buffer {
  const bytes = hex(pdu);
  const header = Buffer.from('000000000000', 'hex');
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(bytes.length + 1, 4);
  return Buffer.concat([header, Buffer.of(1), bytes]);
}

function rtu(frame: string): Buffer {
  const bytes = hex(frame);
  const value = crc16(bytes, 0, bytes.length);
  return Buffer.concat([bytes, Buffer.of(value & 0xff, value >> 8)]);
}

const good = (): Connection => new Connection({}).send(0, READ).send(1, VALUES);

/** What stands on the frame and on the PDU, said by either side of a conversation that was sound until then. */
const SAID: readonly (readonly [
  fault: string,
  client: string | Buffer,
  server: string | Buffer,
])[] = [
  ['modbus.protocol-id', '0002 0001 0006 01 03 0064 0002', '0002 0001 0007 01 03 04 000a 000b'],
  ['modbus.length', '0002 0000 0001 01 03 0064 0002', '0002 0000 00ff 01 03 04 000a 000b'],
  ['modbus.truncated', adu('06 0064'), adu('06 0064')],
  ['modbus.surplus', adu('03 0064 0001 00'), adu('03 02 0001 00')],
  [
    'modbus.smuggled',
    adu('03 0064 0001 0003 0000 0006 01 06 0000 0001'),
    adu('06 0064 0001 0003 0000 0005 01 03 02 0001'),
  ],
  ['modbus.function-code', adu('00'), adu('00')],
  ['modbus.quantity', adu('03 0064 007e'), adu('10 0064 007c')],
  ['modbus.address-range', adu('03 ffff 0002'), adu('10 ffff 0002')],
  ['modbus.byte-count', adu('10 0064 0001 04 0000 0001'), adu('03 03 000000')],
  ['modbus.coil-value', adu('05 0064 0001'), adu('05 0064 0001')],
  ['modbus.device-id-code', adu('2b 0e 05 00'), adu('2b 0e 05 01 00 00 00')],
  ['modbus.umas-code', adu('5a 00 fe'), adu('5a 00 02')],
];

describe.for(SAID)('%s', ([fault, client, server]) => {
  test('is told of a client', () => {
    expect(good().send(0, client).end('capture-end').facts).toContain(fault);
  });

  test('is told of a server', () => {
    expect(good().send(1, server).end('capture-end').facts).toContain(fault);
  });

  test('and of neither where nothing is wrong', () => {
    expect(good().end().facts).toEqual([]);
  });
});

test('bytes of neither side that end a connection within a message are told', () => {
  for (const side of [0, 1] as const) {
    const connection = good().send(side, '0002 0000 0006 01 03').end();
    expect(connection.facts).toContain('modbus.truncated');
  }
});

test('a broken CRC is told of either side', () => {
  for (const side of [0, 1] as const) {
    const open = new Connection({ ports: [40_000, 4001] });
    open.send(0, rtu('01 03 0064 0001')).send(1, rtu('01 03 02 0005'));
    expect(open.facts).toEqual([]);
    expect(open.send(side, '01 03 0200 0500 0000').facts).toEqual(['modbus.crc']);
  }
});

describe('a broadcast on a serial line', () => {
  const open = (): Connection =>
    new Connection({ ports: [40_000, 4001] })
      .send(0, rtu('01 03 0064 0001'))
      .send(1, rtu('01 03 02 0005'));

  test('has no answer, and none is missed', () => {
    const connection = open()
      .send(0, rtu('00 06 0064 0001'))
      .wait(ANSWER_WITHIN_MICROS + 1);
    expect(connection.exchanges.at(-1)).toMatchObject({ modbus: { unitId: 0 }, facts: [] });
    expect(
      open()
        .send(0, rtu('01 06 0064 0001'))
        .wait(ANSWER_WITHIN_MICROS + 1).facts,
    ).toEqual(['modbus.unanswered']);
  });

  test('is unit 0 of Modbus/TCP, which answers', () => {
    const connection = good().send(0, '0002 0000 0006 00 06 0064 0001');
    expect(connection.wait(ANSWER_WITHIN_MICROS + 1).facts).toEqual(['modbus.unanswered']);
  });
});
