import { expect, test } from 'vitest';
import { KnownServers } from '#sensor/decode/known-servers.ts';
import { Inventory } from '#sensor/inventory/inventory.ts';
import { createCapturedPacket } from '#sensor/model/captured-packet.ts';
import type { Micros } from '#sensor/model/time.ts';
import { createPipeline } from '#sensor/pipeline.ts';
import { COPY_WITHIN_MICROS } from '#sensor/stream/duplicates.ts';
import { arpFrame, hex } from '../../support/inventory.ts';
import { ethernetHeader, ipFrame, tcpFrame, udpFrame } from '../../support/packets.ts';

/** As in pipeline.memory.test.ts: enough for the compiler to settle, and for what it takes once not to matter. */
const WARM_UP = 4_000;
const TRIES = 8;
const ROUNDS = 6_400;

const HOSTS = 16;
const SERVER = '10.0.0.200';

/** Each kind of packet from each host: pairs that are known after the first round. */
const FRAMES: readonly Buffer[] = Array.from({ length: HOSTS }, (_, i) => {
  const from = `10.0.0.${i + 1}`;
  const mac = `00-00-5E-00-53-${(i + 16).toString(16).toUpperCase()}`;
  return [
    tcpFrame({
      from,
      to: SERVER,
      destinationPort: 9999,
      sequence: 1,
      payload: Buffer.from('data'),
    }),
    tcpFrame({ from: SERVER, to: from, sourcePort: 9999, destinationPort: 49_152, sequence: 1 }),
    udpFrame({ from, to: SERVER, destinationPort: 9998, payload: Buffer.from('unknown') }),
    udpFrame({
      from: SERVER,
      to: from,
      sourcePort: 47_808,
      destinationPort: 47_808,
      payload: hex('810b000c0120ffff00ff1008'),
    }),
    ipFrame(from, SERVER, 1, hex('0800 0000 0001 0001')),
    ipFrame(
      `fe80::${i + 1}`,
      'fe80::ff',
      58,
      hex(`8700 0000 00000000 ${'00'.repeat(16)} 0101 00005e005301`),
    ),
    arpFrame(1, mac, from, SERVER),
    Buffer.concat([ethernetHeader(0x8892), hex('8001 000000000000')]),
    Buffer.concat([ethernetHeader(0x88cc), hex('0207 04 00005e005301 0402 05 70 0602 0078 0000')]),
  ];
}).flat();

test('packets of pairs that are known allocate less than a byte each, whatever they are', () => {
  const inventory = new Inventory({ seed: 1 });
  const pipeline = createPipeline({
    detect: (event) => event,
    event: () => undefined,
    routine: () => undefined,
    servers: new KnownServers(),
    inventory,
    everything: false,
    seed: 1,
  });
  const packet = createCapturedPacket(Buffer.concat(FRAMES));
  const lengths = Int32Array.from(FRAMES, ({ length }) => length);
  const at = Float64Array.of(1_000_000);
  const play = (): void => {
    let offset = 0;
    // The same packet sooner would be a copy of the mirror port.
    at[0] = (at[0] ?? 0) + COPY_WITHIN_MICROS + 1;
    for (let i = 0; i < lengths.length; i++) {
      packet.offset = offset;
      packet.capturedLength = lengths[i] ?? 0;
      packet.originalLength = lengths[i] ?? 0;
      packet.number++;
      at[0] = (at[0] ?? 0) + 1;
      packet.at = (at[0] ?? 0) as Micros;
      pipeline.packet(packet);
      offset += lengths[i] ?? 0;
    }
  };
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('run with --expose-gc');
  for (let round = 0; round < WARM_UP; round++) play();
  // The least of some: on a busy machine the compiler is still at work in the first.
  let grown = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES; tries++) {
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < ROUNDS; round++) play();
    grown = Math.min(grown, process.memoryUsage().heapUsed - before);
  }
  const [entry = -1] = inventory.conversations.entries();
  expect(inventory.conversations.packets(entry, 0)).toBe(WARM_UP + TRIES * ROUNDS);
  expect(grown / (ROUNDS * FRAMES.length)).toBeLessThan(1);
});
