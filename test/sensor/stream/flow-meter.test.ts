import { describe, expect, test } from 'vitest';
import type { FlowRecord } from '#sensor/model/flow.ts';
import { micros } from '#sensor/model/time.ts';
import { DatagramFlows } from '#sensor/stream/datagram-flows.ts';
import { MINOR_TIMEOUT_MICROS } from '#sensor/stream/reassembly.ts';
import { UDP_IDLE_MICROS } from '#sensor/stream/udp-flows.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView } from '#sensor/wire/packet-view.ts';
import { capturedPacket, ipFrame } from '../../support/packets.ts';
import { type Feed, feed, fromServer } from '../../support/streams.ts';

const FIN = 17;
const SYN = 2;
const RST = 20;
const SYN_ACK = 18;
const CLIENT = 1000;
const SERVER = 5000;

const text = (value: string): Buffer => Buffer.from(value, 'latin1');

const client = (to: Feed, at: number, more: object = {}) =>
  to.send({ sequence: CLIENT + 1 + at, acknowledgment: SERVER + 1, ...more });
const server = (to: Feed, at: number, more: object = {}) =>
  to.send({ ...fromServer({ sequence: SERVER + 1 + at, acknowledgment: CLIENT + 1 }), ...more });

function handshake(to: Feed): void {
  client(to, -1, { flags: SYN, acknowledgment: 0 });
  server(to, -1, { flags: SYN_ACK });
  client(to, 0);
}

const only = (to: Feed): FlowRecord => {
  to.finish();
  expect(to.flows).toHaveLength(1);
  return to.flows[0] as FlowRecord;
};

const states = ({ originator, responder }: FlowRecord) => [originator.state, responder.state];

describe('a TCP flow', () => {
  test('tells packets and bytes each way', () => {
    const to = feed();
    handshake(to);
    client(to, 0, { payload: text('hello') });
    server(to, 0, { payload: text('hi'), acknowledgment: CLIENT + 6 });
    const flow = only(to);
    expect(flow).toMatchObject({
      transport: 'tcp',
      originator: { packets: 3, bytes: 5, ipBytes: 3 * 40 + 5, frameBytes: 3 * 54 + 5, flags: 18 },
      responder: { packets: 2, bytes: 2, ipBytes: 2 * 40 + 2, frameBytes: 2 * 54 + 2, flags: 18 },
      history: 'ShADd',
      missedBytes: 0,
      reason: 'capture-end',
      lastFrame: 5,
    });
    expect(flow.endedAt - flow.startedAt).toBe(4000);
  });

  test('whose bytes are read names the ends that its events name', () => {
    const to = feed();
    client(to, 0, { payload: text('x') });
    const { originator } = only(to);
    expect(originator.endpoint).toBe(to.connections[0]?.connection.endpoint(0));
  });

  test.for<readonly [string, string, readonly [string, string], (to: Feed) => void]>([
    ['nobody answers', 'S', ['syn-sent', 'inactive'], (to) => client(to, -1, { flags: SYN })],
    [
      'is refused',
      'Sr',
      ['syn-sent', 'reset'],
      (to) => {
        client(to, -1, { flags: SYN });
        server(to, -1, { flags: RST });
      },
    ],
    [
      'is open',
      'ShA',
      ['established', 'established'],
      (to) => {
        handshake(to);
      },
    ],
    [
      'is closed by both',
      'ShAFf',
      ['closed', 'closed'],
      (to) => {
        handshake(to);
        client(to, 0, { flags: FIN });
        server(to, 0, { flags: FIN });
      },
    ],
    [
      'is closed by the client alone',
      'ShAF',
      ['closed', 'established'],
      (to) => {
        handshake(to);
        client(to, 0, { flags: FIN });
      },
    ],
    [
      'is reset by the client',
      'ShAR',
      ['reset', 'established'],
      (to) => {
        handshake(to);
        client(to, 0, { flags: RST });
      },
    ],
    [
      'is seen from its middle',
      'Dd',
      ['partial', 'partial'],
      (to) => {
        client(to, 0, { payload: text('a') });
        server(to, 0, { payload: text('b') });
      },
    ],
    [
      'is seen from its answer to a SYN',
      '^hR',
      ['reset', 'established'],
      (to) => {
        server(to, -1, { flags: SYN_ACK });
        client(to, 0, { flags: RST });
      },
    ],
    [
      'sends things again',
      'ShADTTa',
      ['established', 'established'],
      (to) => {
        handshake(to);
        for (let i = 0; i < 12; i++) client(to, 0, { payload: text('a') });
        server(to, 0);
      },
    ],
    [
      'sends flags that contradict each other',
      'ShAIq',
      ['reset', 'closed'],
      (to) => {
        handshake(to);
        client(to, 0, { flags: FIN | RST });
        server(to, 0, { flags: SYN | FIN });
      },
    ],
  ])('%s: %s', ([, history, [originator, responder], play]) => {
    const to = feed();
    play(to);
    const flow = only(to);
    expect(flow.history).toBe(history);
    expect(states(flow)).toEqual([originator, responder]);
  });

  test('counts what was never captured once, by the acknowledgments', () => {
    const to = feed();
    handshake(to);
    client(to, 0, { payload: text('abc') });
    server(to, 0, { acknowledgment: CLIENT + 1 + 13 });
    client(to, 13, { payload: text('x') });
    to.finish();
    const [flow] = to.flows;
    expect(flow?.originator.bytes).toBe(14);
    expect(flow?.missedBytes).toBe(10);
    expect(flow?.history).toBe('ShADa');
  });

  test('tells how much the end sent that was never seen, less its FIN', () => {
    const to = feed();
    client(to, 0, { acknowledgment: SERVER + 1 });
    client(to, 0, { acknowledgment: SERVER + 101 });
    expect(only(to).responder).toMatchObject({ packets: 0, bytes: 100, state: 'inactive' });
  });

  test('does not count the number of a FIN as a byte', () => {
    const to = feed();
    handshake(to);
    client(to, 0, { payload: text('ab') });
    client(to, 2, { flags: FIN });
    server(to, 0, { flags: FIN, acknowledgment: CLIENT + 4 });
    client(to, 3, { acknowledgment: SERVER + 2 });
    expect(only(to)).toMatchObject({ originator: { bytes: 2 }, responder: { bytes: 0 } });
  });

  test('passes the end of the number range', () => {
    const to = feed();
    const first = 0xffff_fffe;
    to.send({ flags: SYN, sequence: first });
    to.send({ sequence: first + 1, payload: text('abcdef') });
    to.send({ sequence: first + 7, payload: text('gh') });
    expect(only(to).originator.bytes).toBe(8);
  });

  test('ends when the same ends begin anew, and when it was silent for long', () => {
    const to = feed();
    handshake(to);
    client(to, 0, { payload: text('a') });
    client(to, 1, { flags: FIN });
    server(to, 0, { flags: FIN });
    client(to, 99_999, { flags: SYN });
    expect(to.flows).toMatchObject([{ reason: 'replaced', history: 'ShADFf' }]);
    to.reassembler.tick(micros(to.now() + MINOR_TIMEOUT_MICROS + 1), 9);
    expect(to.flows[1]).toMatchObject({ reason: 'timeout', history: 'S' });
    to.finish();
    expect(to.flows).toHaveLength(2);
  });

  test('is told when it must go for another', () => {
    const to = feed({ maxFlows: 1 });
    handshake(to);
    to.send({ sourcePort: 1, flags: SYN });
    expect(to.flows).toMatchObject([{ reason: 'evicted', history: 'ShA' }]);
  });

  test('does not let its history grow for ever', () => {
    const to = feed();
    for (let i = 0; i < 500; i++) client(to, i * 10, { flags: RST });
    expect(only(to).history).toBe('R'.repeat(64));
  });
});

describe('a UDP flow', () => {
  test('is over after as long a silence as a conversation', () => {
    const flows: FlowRecord[] = [];
    const datagrams = new DatagramFlows(
      { opened: () => undefined, ended: (f) => flows.push(f) },
      1,
    );
    const view = createPacketView();
    const at = 1_700_000_000_000_000;
    const send = (from: string, to: string, ports: readonly [number, number], now: number) => {
      const udp = Buffer.alloc(12);
      udp.writeUInt16BE(ports[0], 0);
      udp.writeUInt16BE(ports[1], 2);
      udp.writeUInt16BE(12, 4);
      const packet = capturedPacket(ipFrame(from, to, 17, udp), 1, now);
      expect(parsePacket(packet, view)).toBe('udp');
      datagrams.packet(view, packet);
    };
    send('192.0.2.1', '192.0.2.2', [4000, 53], at);
    send('192.0.2.2', '192.0.2.1', [53, 4000], at + 10);
    send('2001:db8::1', '2001:db8::2', [4000, 53], at + 20);
    datagrams.tick(micros(at + 10 + UDP_IDLE_MICROS));
    expect(flows).toEqual([]);
    datagrams.tick(micros(at + 11 + UDP_IDLE_MICROS));
    expect(flows).toMatchObject([
      {
        transport: 'udp',
        originator: { endpoint: { ip: '192.0.2.1', port: 4000 }, bytes: 4, ipBytes: 32 },
        responder: { endpoint: { ip: '192.0.2.2', port: 53 }, packets: 1, state: 'active' },
        history: 'Dd',
        reason: 'timeout',
      },
    ]);
    datagrams.finish();
    expect(flows[1]).toMatchObject({ history: 'D', responder: { state: 'inactive', packets: 0 } });
  });
});
