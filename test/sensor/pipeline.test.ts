import { expect, test } from 'vitest';
import { KnownServers } from '#sensor/decode/known-servers.ts';
import { NO_SHIELD } from '#sensor/decode/protocol.ts';
import { createPipeline } from '#sensor/pipeline.ts';
import { fragments, payloadLength, piecesAt } from '../support/fragments.ts';
import { message, readRequest } from '../support/opcua.ts';
import { capturedPacket, tcpFrame } from '../support/packets.ts';

/** Places in frames that a shield was told of, while `frames` were read. */
function placesIn(frames: readonly Buffer[]): number[] {
  const places: number[] = [];
  const note = (_frame: number, from: number): void => {
    places.push(from);
  };
  const pipeline = createPipeline({
    detect: (event) => event,
    event: () => undefined,
    routine: () => undefined,
    servers: new KnownServers(),
    shield: { ...NO_SHIELD, hide: note, vouch: note },
    everything: true,
    seed: 1,
  });
  for (const [i, frame] of frames.entries()) pipeline.packet(capturedPacket(frame, i + 1));
  pipeline.finish(capturedPacket(Buffer.alloc(0)).at);
  return places;
}

test('bytes that came in fragments have no place in any frame', () => {
  const ask = readRequest(Buffer.from('authentication token'), ['ns=2;s=Level']);
  const opening = tcpFrame({ destinationPort: 4840, flags: 2 });
  const frame = tcpFrame({
    destinationPort: 4840,
    sequence: 1,
    payload: message({ sequence: 1, request: 1 }, ask),
  });
  const whole = placesIn([opening, frame]);
  expect(whole.length).toBeGreaterThan(0);
  expect(Math.min(...whole)).toBeGreaterThanOrEqual(54);
  const pieces = fragments(frame, piecesAt([4], payloadLength(frame)), 1);
  const cut = placesIn([opening, ...pieces]);
  expect(cut.length).toBe(whole.length);
  expect(Math.max(...cut)).toBeLessThan(0);
});
