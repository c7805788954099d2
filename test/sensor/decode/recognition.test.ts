import { expect, test } from 'vitest';
import { KnownServers } from '#sensor/decode/known-servers.ts';
import type { Decoder } from '#sensor/decode/protocol.ts';
import { createRecognition, MAX_HELD_COST } from '#sensor/decode/recognition.ts';
import type { ConversationFault, Exchange } from '#sensor/model/event.ts';
import { micros } from '#sensor/model/time.ts';
import type { Side } from '#sensor/stream/consumer.ts';

/** A protocol that is never certain of what it sees. */
const undecided: Decoder = {
  protocol: 'modbus',
  transports: ['tcp'],
  port: 502,
  mayBegin: () => true,
  probe: () => ({ kind: 'more' }),
  open: () => {
    throw new TypeError('it is never certain');
  },
  tick: () => undefined,
  flush: () => undefined,
};

const peersOf = (port: number) => ({
  client: 0 as const,
  transport: 'tcp' as const,
  fromStart: true,
  port: (side: Side) => (side === 0 ? port : 9999),
  endpoint: (side: Side) => ({ ip: `192.0.2.${side}`, port: side === 0 ? port : 9999 }),
  setClient: () => undefined,
  handTo: () => undefined,
  ignore: () => undefined,
});

/** Connections of which each sends so many bytes, in segments of `size`; gives what they hold, and the faults. */
function play(count: number, length: number, size: number) {
  const events: (Exchange | ConversationFault)[] = [];
  const sink = {
    event: (event: Exchange | ConversationFault) => events.push(event),
    routine: () => undefined,
  };
  const recognition = createRecognition({
    decoders: [undecided],
    sink,
    servers: new KnownServers(),
  });
  const bytes = Buffer.alloc(size, 1);
  const all = Array.from({ length: count }, (_, i) => recognition.open(peersOf(i + 1)));
  let frame = 0;
  for (const connection of all) {
    for (let at = 0; at < length; at += size) {
      frame++;
      const place = { offset: 0, place: 54, length: size, frame, at: micros(1e6) };
      connection.bytes({ side: 0, bytes, ...place });
    }
  }
  const end = () => {
    for (const connection of all)
      for (const side of [0, 1] as const) connection.end(side, 'finished', frame, micros(2e6));
  };
  return { recognition, events, end };
}

test.each([
  ['as much as may be, in large segments', 10_000, 4000, 4000],
  ['little, in segments of one byte', 2000, 200, 1],
])(
  'what connections of unknown protocol hold is bounded together: %s',
  (_, count, length, size) => {
    const { recognition, events, end } = play(count, length, size);
    expect(recognition.held).toBeLessThanOrEqual(MAX_HELD_COST);
    expect(recognition.held).toBeGreaterThan(MAX_HELD_COST / 2);
    // Who waits longest makes room, and that is told.
    const told = events.map(({ client, facts }) => [client.port, facts[0]?.name]);
    expect(told.length).toBeGreaterThan(0);
    expect(told).toEqual(told.map((_each, i) => [i + 1, 'stream.undecided-limit']));
    end();
    expect(recognition.held).toBe(0);
  },
);

test('what holds little is left alone', () => {
  const { recognition, events } = play(1000, 200, 100);
  expect(events).toEqual([]);
  recognition.tick(micros(1e9));
  expect(recognition.held).toBeGreaterThan(0);
});
