/** A consumer that writes down what reassembly tells it, and a driver that feeds it segments. */
import type { FlowRecord } from '#sensor/model/flow.ts';
import { micros } from '#sensor/model/time.ts';
import type { Connection, Side, StreamChunk, StreamConsumer } from '#sensor/stream/consumer.ts';
import { FlowMeter } from '#sensor/stream/flow-meter.ts';
import { TcpReassembler } from '#sensor/stream/reassembly.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView } from '#sensor/wire/packet-view.ts';
import { capturedPacket, type SegmentOptions, tcpFrame } from './packets.ts';

/** One connection as the consumer heard of it. A gap shows as `[n]` in the text of its side. */
export class RecordedConnection implements StreamConsumer {
  readonly connection: Connection;
  /** latin1 text of each side's bytes, gaps as `[n]`. */
  readonly text: [string, string] = ['', ''];
  readonly frames: [number[], number[]] = [[], []];
  readonly ends: [string | undefined, string | undefined] = [undefined, undefined];
  conflicts = 0;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  bytes(chunk: StreamChunk): void {
    if (this.ends[chunk.side] !== undefined) throw new Error('bytes after the end');
    const { bytes, offset, length } = chunk;
    if (length < 1) throw new Error('empty chunk');
    if (bytes[offset] !== chunk.view.getUint8(offset)) throw new Error('view and bytes differ');
    this.text[chunk.side] += Buffer.from(bytes.subarray(offset, offset + length)).toString(
      'latin1',
    );
    this.frames[chunk.side].push(chunk.frame);
  }

  gap(side: Side, length: number): void {
    this.text[side] += `[${length}]`;
  }

  conflict(_side: Side, length: number): void {
    this.conflicts += length;
  }

  end(side: Side, reason: string): void {
    if (this.ends[side] !== undefined) throw new Error('ended twice');
    this.ends[side] = reason;
  }
}

export interface Feed {
  readonly reassembler: TcpReassembler;
  readonly connections: RecordedConnection[];
  /** What was counted of flows that are over. */
  readonly flows: FlowRecord[];
  /** Sends a segment; each comes 1 ms after the one before unless `at` says otherwise. */
  send(options: SegmentOptions & { at?: number; snaplen?: number }): void;
  finish(): void;
  /** Time and number of the last packet. */
  now(): number;
}

export function feed(
  options: { maxFlows?: number; wanted?: (connection: Connection) => boolean } = {},
): Feed {
  const connections: RecordedConnection[] = [];
  const wanted = options.wanted ?? (() => true);
  const flows: FlowRecord[] = [];
  const meter = new FlowMeter('tcp', {
    opened: () => undefined,
    ended: (flow) => flows.push(flow),
  });
  const reassembler = new TcpReassembler({
    seed: 1,
    meter,
    maxFlows: options.maxFlows ?? 64,
    open: (connection) => {
      if (!wanted(connection)) return undefined;
      const recorded = new RecordedConnection(connection);
      connections.push(recorded);
      return recorded;
    },
  });
  const view = createPacketView();
  let number = 0;
  let now = 1_700_000_000_000_000;
  return {
    reassembler,
    connections,
    flows,
    send(segment) {
      number++;
      now = segment.at ?? now + 1000;
      const packet = capturedPacket(tcpFrame(segment), number, now);
      if (segment.snaplen !== undefined)
        packet.capturedLength = Math.min(packet.capturedLength, segment.snaplen);
      if (parsePacket(packet, view) !== 'tcp') throw new Error(`not TCP: ${view.unread}`);
      reassembler.segment(view, packet);
    },
    finish: () => reassembler.finish(micros(now), number),
    now: () => now,
  };
}

const FROM_SERVER = {
  from: '192.0.2.10',
  to: '192.0.2.7',
  sourcePort: 502,
  destinationPort: 49152,
};

/** The same segment options, sent by the server. */
export function fromServer(options: SegmentOptions): SegmentOptions {
  return { ...FROM_SERVER, ...options };
}
