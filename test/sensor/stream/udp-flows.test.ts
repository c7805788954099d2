import { expect, test } from 'vitest';
import { micros } from '#sensor/model/time.ts';
import type { Connection, StreamConsumer } from '#sensor/stream/consumer.ts';
import { UDP_IDLE_MICROS, UdpFlows } from '#sensor/stream/udp-flows.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView } from '#sensor/wire/packet-view.ts';
import { capturedPacket, udpFrame } from '../../support/packets.ts';

const START = 1_700_000_000_000_000;

interface Options {
  readonly maxFlows?: number;
  readonly mayBegin?: (first: number) => boolean;
  readonly ignores?: boolean;
}

/** Datagrams in, what the consumers heard out: `1:c0ffee` is side 1. */
function play({ maxFlows = 8, mayBegin = () => true, ignores = false }: Options = {}) {
  const heard: string[] = [];
  const opened: Connection[] = [];
  const consumer: StreamConsumer = {
    bytes: ({ side, bytes, offset, length }) => {
      heard.push(`${side}:${Buffer.from(bytes.subarray(offset, offset + length)).toString('hex')}`);
      if (ignores) opened.at(-1)?.ignore();
    },
    gap: (side, length) => heard.push(`${side}:gap ${length}`),
    conflict: () => undefined,
    end: (side, reason) => heard.push(`${side}:${reason}`),
  };
  const flows = new UdpFlows({
    open: (connection) => {
      opened.push(connection);
      return consumer;
    },
    mayBegin: ({ view, payload, payloadLength }) =>
      mayBegin(payloadLength === 0 ? -1 : view.getUint8(payload)),
    seed: 1,
    maxFlows,
  });
  const view = createPacketView();
  let number = 0;
  const send = (frame: Buffer, at = START, original = frame.length): void => {
    number++;
    const packet = capturedPacket(frame, number, at);
    packet.originalLength = original;
    expect(parsePacket(packet, view)).toBe('udp');
    flows.datagram(view, packet);
  };
  return { flows, heard, opened, send };
}

const ask = (payload: string, port = 40_000): Buffer =>
  udpFrame({ sourcePort: port, payload: Buffer.from(payload, 'hex') });
const answer = (payload: string, port = 40_000): Buffer =>
  udpFrame({
    from: '192.0.2.10',
    to: '192.0.2.7',
    sourcePort: 502,
    destinationPort: port,
    payload: Buffer.from(payload, 'hex'),
  });

test('both directions between two ends are one conversation, with addresses, ports and transport', () => {
  const { heard, opened, send } = play();
  send(ask('01'));
  send(answer('02'));
  send(ask('03'));
  expect(heard).toEqual(['0:01', '1:02', '0:03']);
  expect(opened).toHaveLength(1);
  expect(opened[0]).toMatchObject({ transport: 'udp', client: undefined, fromStart: false });
  expect([opened[0]?.endpoint(0), opened[0]?.endpoint(1)]).toEqual([
    { ip: '192.0.2.7', port: 40_000, mac: '02-00-5E-10-00-07' },
    { ip: '192.0.2.10', port: 502, mac: '02-00-5E-10-00-0A' },
  ]);
});

test('what may begin nothing takes no place, and does not hide what begins later', () => {
  const { flows, heard, send } = play({ mayBegin: (first) => first === 1 });
  send(ask('ff'));
  send(ask(''));
  expect(flows.size).toBe(0);
  send(ask('01'));
  send(ask('ff'));
  expect(heard).toEqual(['0:01', '0:ff']);
});

test('of a conversation that nobody wants nothing more is delivered', () => {
  const { flows, heard, send } = play({ ignores: true });
  send(ask('01'));
  send(answer('02'));
  flows.finish(micros(START), 2);
  expect(heard).toEqual(['0:01']);
});

test('a datagram that was cut by the snaplen is a gap, not a datagram', () => {
  const { flows, heard, send } = play();
  const frame = ask('01020304');
  send(frame.subarray(0, frame.length - 3), START, frame.length);
  expect(heard).toEqual(['0:gap 3']);
  expect(flows.counters).toMatchObject({ datagrams: 1, cut: 1 });
});

test.each([
  [UDP_IDLE_MICROS, []],
  [UDP_IDLE_MICROS + 1, ['0:idle', '1:idle']],
])('after %i µs of silence a conversation ends: %j', (after, ended) => {
  const { flows, heard, send } = play();
  send(ask('01'));
  flows.tick(micros(START + after), 1);
  expect(heard).toEqual(['0:01', ...ended]);
});

test('where the table is full the one that was silent longest is given up, and counted', () => {
  const { flows, heard, send } = play({ maxFlows: 2 });
  send(ask('01', 1001));
  send(ask('02', 1002));
  send(ask('11', 1001));
  send(ask('03', 1003));
  send(ask('21', 1001));
  expect(heard).toEqual(['0:01', '0:02', '0:11', '0:evicted', '1:evicted', '0:03', '0:21']);
  expect(flows.counters).toMatchObject({ flows: 3, evicted: 1 });
});
