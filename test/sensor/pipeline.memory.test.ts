import { expect, test } from 'vitest';
import { KnownServers } from '#sensor/decode/known-servers.ts';
import { emitAdu } from '#sensor/decode/modbus/emit.ts';
import { createCapturedPacket } from '#sensor/model/captured-packet.ts';
import type { Protocol } from '#sensor/model/net.ts';
import type { Micros } from '#sensor/model/time.ts';
import { createPipeline } from '#sensor/pipeline.ts';
import { SETTLING_SEGMENTS } from '#sensor/stream/patience.ts';
import { double, message, readRequest, readResponse } from '../support/opcua.ts';
import { tcpFrame } from '../support/packets.ts';
import { TUNNELS } from '../support/tunnels.ts';

/**
 * Known traffic costs almost nothing (docs/design: principle 7): steady polling goes from the packet
 * through flow, reassembly and decoding without an object.
 */
const CONNECTIONS = 16;
/** Enough for the compiler to settle. */
const WARM_UP = 4_000;
/** Of objects so few that no garbage is collected meanwhile, which would hide it. */
const ROUNDS_WITH_OBJECTS = 100;
/** Without them so many that what the compiler itself takes once, some kilobytes, does not matter. */
const ROUNDS = 6_400;
/** The compiler may still be at work on a busy machine; what is taken for each packet is taken each time. */
const TRIES = 3;
const PACKETS_PER_ROUND = 3;
/** Of the TCP sequence number in an untagged IPv4 frame. */
const SEQUENCE_OFFSET = 38;

/** Of the payload in such a frame. */
const PAYLOAD_OFFSET = 54;

/** A question with its answer, and what changes in both from one time to the next. */
interface Poll {
  readonly protocol: Protocol;
  readonly port: number;
  readonly ask: Buffer;
  readonly answer: Buffer;
  /** Exchanges of each connection that are built until it is known. */
  readonly built: number;
  readonly stamp: (view: DataView, payload: number, round: number) => void;
}

const TOKEN = Buffer.from('authentication token');
const POLLS: readonly Poll[] = [
  {
    protocol: 'modbus',
    port: 502,
    ask: emitAdu(1, 1, Buffer.from('0300640004', 'hex')),
    answer: emitAdu(1, 1, Buffer.from('03080001000200030004', 'hex')),
    built: 1,
    stamp: () => undefined,
  },
  {
    protocol: 'opcua',
    port: 4840,
    ask: message({ sequence: 0, request: 0 }, readRequest(TOKEN, ['ns=2;s=Level', 'ns=2;s=Flow'])),
    answer: message({ sequence: 0, request: 0 }, readResponse([double(1), double(2)])),
    // A question is known once it was answered; so many are asked before, while reassembly settles.
    built: SETTLING_SEGMENTS,
    // sequence number and request id
    stamp: (view, payload, round) => {
      view.setUint32(payload + 16, round + 1, true);
      view.setUint32(payload + 20, round + 1, true);
    },
  },
];

/** How the packets come. */
interface Shape {
  readonly name: string;
  readonly wrap: (frame: Buffer) => Buffer;
  /** Bytes that `wrap` puts in front of the frame. */
  readonly before: number;
  /** How often each of them comes. */
  readonly times: number;
}

const PLAIN: Shape = { name: 'plain', wrap: (frame) => frame, before: 0, times: 1 };

const inTunnel = (kind: string): Shape => {
  const tunnel = TUNNELS.find(({ name }) => name === kind);
  if (tunnel === undefined) throw new Error(`no tunnel \`${kind}\``);
  const { wrap } = tunnel;
  return { name: kind, wrap, before: wrap(Buffer.alloc(60)).length - 60, times: 1 };
};

const SHAPES: readonly Shape[] = [
  PLAIN,
  inTunnel('VXLAN'),
  inTunnel('GRE with Ethernet'),
  inTunnel('ERSPAN III'),
  { ...PLAIN, name: 'twice', times: 2 },
];

/** Polls without end over the pipeline; gives bytes of heap for each packet, and events. */
function measure(
  poll: Poll,
  everything: boolean,
  { wrap, before: ahead, times }: Shape = PLAIN,
): { perPacket: number; events: number } {
  let events = 0;
  const pipeline = createPipeline({
    detect: (event) => event,
    event: () => {
      events++;
    },
    routine: () => undefined,
    servers: new KnownServers(),
    everything,
    seed: 1,
  });
  const frames = Array.from({ length: CONNECTIONS }, (_, i) => {
    const [from, to] = [`192.0.2.${i + 1}`, '192.0.2.200'];
    const [asked, answered] = [
      { from, to, sourcePort: 40_000, destinationPort: poll.port },
      { from: to, to: from, sourcePort: poll.port, destinationPort: 40_000 },
    ];
    return [
      tcpFrame({ ...asked, payload: poll.ask }),
      tcpFrame({ ...answered, payload: poll.answer }),
      tcpFrame(asked),
    ].map(wrap);
  }).flat();
  const packet = createCapturedPacket(Buffer.concat(frames));
  const lengths = Int32Array.from(frames, ({ length }) => length);
  const at = Float64Array.of(1_000_000);

  /** All connections poll once; sequence numbers go on in the buffer itself. */
  const play = (round: number): void => {
    let offset = 0;
    for (let i = 0; i < lengths.length; i++) {
      const place = i % PACKETS_PER_ROUND;
      const asked = place === 0 ? round : round + 1;
      const sent = place === 1 ? round * poll.answer.length : asked * poll.ask.length;
      packet.view.setInt32(offset + ahead + SEQUENCE_OFFSET, 1 + sent);
      if (place < 2) poll.stamp(packet.view, offset + ahead + PAYLOAD_OFFSET, round);
      packet.offset = offset;
      packet.capturedLength = lengths[i] ?? 0;
      packet.originalLength = lengths[i] ?? 0;
      for (let time = 0; time < times; time++) {
        packet.number++;
        at[0] = (at[0] ?? 0) + 7;
        packet.at = (at[0] ?? 0) as Micros;
        pipeline.packet(packet);
      }
      offset += lengths[i] ?? 0;
    }
  };

  const rounds = everything ? ROUNDS_WITH_OBJECTS : ROUNDS;
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('run with --expose-gc');
  let round = 0;
  for (; round < WARM_UP; round++) play(round);
  let grown = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES; tries++) {
    gc();
    const before = process.memoryUsage().heapUsed;
    for (const last = round + rounds; round < last; round++) play(round);
    grown = Math.min(grown, process.memoryUsage().heapUsed - before);
  }
  expect(pipeline.counters.decode.get(poll.protocol)?.exchanges).toBe(round * CONNECTIONS);
  const packets = rounds * CONNECTIONS * PACKETS_PER_ROUND * times;
  const copies = round * CONNECTIONS * PACKETS_PER_ROUND * (times - 1);
  expect(pipeline.counters.wire.duplicates).toBe(copies);
  return { perPacket: grown / packets, events };
}

test.each(POLLS.flatMap((poll) => SHAPES.map((shape) => ({ ...poll, shape }))))(
  'steady polling by $protocol ($shape.name) allocates less than a byte for each packet',
  ({ shape, ...poll }) => {
    const { perPacket, events } = measure(poll, false, shape);
    expect(events).toBe(poll.built * CONNECTIONS);
    expect(perPacket).toBeLessThan(1);
  },
);

test.each(POLLS)(
  'and the measure would show it: with an object for each exchange of $protocol it is far more',
  (poll) => {
    const { perPacket, events } = measure(poll, true);
    expect(events).toBe((WARM_UP + TRIES * ROUNDS_WITH_OBJECTS) * CONNECTIONS);
    expect(perPacket).toBeGreaterThan(100);
  },
);
