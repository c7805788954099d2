import { expect, test } from 'vitest';
import { CaptureReader } from '#sensor/capture/capture-reader.ts';
import { PacketRing } from '#sensor/capture/ring.ts';
import type { StreamChunk, StreamConsumer } from '#sensor/stream/consumer.ts';
import { TcpReassembler } from '#sensor/stream/reassembly.ts';
import { countPacket, createWireCounters } from '#sensor/wire/counters.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView } from '#sensor/wire/packet-view.ts';
import { pcapFile, tcpFrame } from '../../support/packets.ts';

const CONNECTIONS = 100;
const PACKETS = 240_000;
/** So short that garbage of a few bytes a packet is not collected within one, which would hide it. */
const WINDOW_BYTES = 2_000_000;
/** The same for garbage of many bytes a packet; too short to see less than one, beside what each window takes. */
const SHORT_WINDOW_BYTES = 200_000;

type Observe = (chunk: StreamChunk) => void;

/** Requests, answers and acknowledgments of many connections in turn, over IPv4 and IPv6, with and without VLAN. */
function polling(): Buffer {
  const request = Buffer.from('000100000006110300640004', 'hex');
  const answer = Buffer.from('00010000000b110308000a000b000c000d', 'hex');
  const rounds = PACKETS / CONNECTIONS / 3;
  const frames: Buffer[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < CONNECTIONS; i++) {
      const [from, to] =
        i % 4 === 0
          ? [`2001:db8::${i + 1}`, '2001:db8::ffff']
          : [`192.0.2.${i + 1}`, '192.0.2.250'];
      const vlan = i % 3 === 0 ? { vlan: 10 } : {};
      const client = { from, to, sourcePort: 40_000, destinationPort: 502, ...vlan };
      const server = { from: to, to: from, sourcePort: 502, destinationPort: 40_000, ...vlan };
      // Some streams pass the end of the number range.
      const asked = 0xffff_f000 + i + round * request.length;
      const sent = 7 + round * answer.length;
      frames.push(
        tcpFrame({ ...client, sequence: asked, acknowledgment: sent, payload: request }),
        tcpFrame({
          ...server,
          sequence: sent,
          acknowledgment: asked + request.length,
          payload: answer,
        }),
        tcpFrame({
          ...client,
          sequence: asked + request.length,
          acknowledgment: sent + answer.length,
        }),
      );
    }
  }
  return pcapFile(frames, { stepMicros: 20 });
}

/** Bytes of heap for each packet in one window of `length` bytes after the other; `observe` takes each chunk. */
function windows(file: Buffer, length: number, observe: Observe): readonly number[] {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('run with --expose-gc');
  const nothing = (): void => undefined;
  const consumer: StreamConsumer = {
    bytes: observe,
    gap: nothing,
    conflict: nothing,
    end: nothing,
  };
  const streams = new TcpReassembler({ seed: 1, open: () => consumer });
  const reader = new CaptureReader();
  const view = createPacketView();
  const counters = createWireCounters();
  const ring = new PacketRing(1_000_000);
  const perPacket: number[] = [];
  for (let at = 0; at < file.length; ) {
    const end = Math.min(file.length, at + length);
    const first = reader.packet.number;
    gc();
    const before = process.memoryUsage().heapUsed;
    while (at < end) {
      at += reader.append(file.subarray(at, Math.min(end, at + 500_000)));
      while (reader.next()) {
        ring.add(reader.packet);
        const kind = parsePacket(reader.packet, view);
        countPacket(view, counters);
        if (kind === 'tcp') streams.segment(view, reader.packet);
      }
    }
    perPacket.push((process.memoryUsage().heapUsed - before) / (reader.packet.number - first));
  }
  expect(counters.kinds).toMatchObject({ tcp: PACKETS, unread: 0 });
  expect(streams.counters).toMatchObject({
    connections: CONNECTIONS,
    segments: (PACKETS / 3) * 2,
    gaps: 0,
  });
  return perPacket;
}

/**
 * Bytes of heap for each packet, the median of all windows. On a busy machine the compiler is late, and
 * what is still interpreted takes a heap number here and there: so the first pass only warms up.
 */
function measure(file: Buffer, length: number, observe: Observe): number {
  windows(file, length, observe);
  const sorted = [...windows(file, length, observe)].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}

const file = polling();

test('a packet from the capture to the consumer allocates less than a byte', () => {
  let sum = 0;
  // A plain variable for a time would cost a heap number at each assignment.
  const newest = new Float64Array(1);
  const perPacket = measure(file, WINDOW_BYTES, (chunk) => {
    sum += chunk.view.getUint16(chunk.offset) + chunk.length + chunk.side;
    newest[0] = chunk.at;
  });
  expect(sum).toBe(2 * (PACKETS / 3) * (1 + 12 + 1 + 17 + 1));
  expect(newest[0]).toBe(1_700_000_000_000_000 + (PACKETS - 2) * 20);
  expect(perPacket).toBeLessThan(1);
});

test('and the measure would show it: with a view for each chunk it is far more', () => {
  const kept: Uint8Array[] = [];
  const perPacket = measure(file, SHORT_WINDOW_BYTES, ({ bytes, offset, length }) => {
    kept[0] = bytes.subarray(offset, offset + length);
  });
  expect(perPacket).toBeGreaterThan(30);
});
