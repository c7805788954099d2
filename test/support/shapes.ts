/**
 * The TCP segments of a capture, put into other shapes as a network or a capturing host does it, and read
 * again. A test builds them itself, so that it says what is changed.
 */
import { readCaptureFile } from '#sensor/capture/file.ts';
import { KnownServers } from '#sensor/decode/known-servers.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import { micros } from '#sensor/model/time.ts';
import { createPipeline, type PipelineCounters } from '#sensor/pipeline.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView, SYN } from '#sensor/wire/packet-view.ts';
import { capturedPacket, type SegmentOptions, tcpFrame } from './packets.ts';

export interface Sent extends Required<Omit<SegmentOptions, 'vlan' | 'options'>> {
  readonly payload: Buffer;
  readonly at: number;
}

export type Shape = (sent: readonly Sent[]) => readonly Sent[];

/** Ethernet, IPv4 and TCP without options. */
const HEADERS = 54;

const addressAt = (bytes: Uint8Array, at: number): string => bytes.subarray(at, at + 4).join('.');

/** All TCP segments over IPv4, in the order of the capture. */
export function segmentsOfCapture(path: string): Sent[] {
  const view = createPacketView();
  const sent: Sent[] = [];
  readCaptureFile(path, (packet) => {
    if (parsePacket(packet, view) !== 'tcp' || view.ipVersion !== 4) return;
    const { bytes, payload, payloadLength } = view;
    sent.push({
      from: addressAt(bytes, view.sourceAddress),
      to: addressAt(bytes, view.destinationAddress),
      sourcePort: view.sourcePort,
      destinationPort: view.destinationPort,
      sequence: view.sequence >>> 0,
      acknowledgment: view.acknowledgment >>> 0,
      flags: view.flags,
      payload: Buffer.from(bytes.subarray(payload, payload + payloadLength)),
      at: packet.at,
    });
  });
  return sent;
}

export interface ReadShape {
  readonly events: readonly SensorEvent[];
  readonly counters: PipelineCounters;
}

/** Reads segments through the whole pipeline, without detectors; `snaplen` bytes of each payload are captured. */
export function readSegments(
  sent: readonly Sent[],
  { everything = true, snaplen = Number.POSITIVE_INFINITY } = {},
): ReadShape {
  const events: SensorEvent[] = [];
  const pipeline = createPipeline({
    detect: (event) => event,
    event: (event) => events.push(event),
    routine: () => undefined,
    servers: new KnownServers(),
    everything,
    seed: 1,
  });
  for (const [i, segment] of sent.entries()) {
    const packet = capturedPacket(tcpFrame(segment), i + 1, segment.at);
    packet.capturedLength = Math.min(packet.capturedLength, HEADERS + snaplen);
    pipeline.packet(packet);
  }
  pipeline.finish(micros(sent.at(-1)?.at ?? 0));
  return { events, counters: pipeline.counters };
}

/** A part of a segment. */
const part = (segment: Sent, from: number, to: number): Sent => ({
  ...segment,
  sequence: (segment.sequence + from) >>> 0,
  payload: segment.payload.subarray(from, to),
});

/** Each payload in pieces of at most `size` bytes. */
export const cut =
  (size: number): Shape =>
  (sent) =>
    sent.flatMap((segment) => {
      const count = Math.ceil(segment.payload.length / size);
      if (count < 2) return [segment];
      return Array.from({ length: count }, (_, i) => part(segment, i * size, (i + 1) * size));
    });

/** The second half of each payload before the first. */
export const reordered: Shape = (sent) =>
  sent.flatMap((segment) => {
    const middle = segment.payload.length >> 1;
    if (middle === 0) return [segment];
    return [part(segment, middle, segment.payload.length), part(segment, 0, middle)];
  });

export const duplicated: Shape = (sent) => sent.flatMap((segment) => [segment, segment]);

/** Each payload in pieces of ten bytes, each of which repeats three of the piece before. */
export const overlapping: Shape = (sent) =>
  sent.flatMap((segment) => {
    const count = Math.ceil(segment.payload.length / 10);
    if (count < 2) return [segment];
    return Array.from({ length: count }, (_, i) =>
      part(segment, Math.max(0, i * 10 - 3), (i + 1) * 10),
    );
  });

export const withoutHandshake: Shape = (sent) => sent.filter(({ flags }) => (flags & SYN) === 0);

/** What one side sent alone: that with a port for which `isSender` holds. */
export const oneWay =
  (isSender: (port: number) => boolean): Shape =>
  (sent) =>
    sent.filter(({ sourcePort }) => isSender(sourcePort));

/** Bytes `from` to `to` of the payload of segment `index` in a segment of their own; that is number `index + 1` then. */
export const apart =
  (index: number, from: number, to: number): Shape =>
  (sent) =>
    sent.flatMap((segment, i) =>
      i === index
        ? [
            part(segment, 0, from),
            part(segment, from, to),
            part(segment, to, segment.payload.length),
          ]
        : [segment],
    );

/** Of segment `index`, the payload was never captured. */
export const without =
  (index: number): Shape =>
  (sent) =>
    sent.map((segment, i) => (i === index ? part(segment, 0, 0) : segment));
