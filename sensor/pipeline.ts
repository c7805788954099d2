/**
 * The chain from a captured packet to an alert, in one place:
 *
 *     packet -> duplicate? -> (fragments ->) flow -> reassembly -> decode -> exchange -> detectors -> rules -> alerts
 *                                            flow -> inventory
 *
 * It is driven from outside: a capture calls `packet` for each packet and `finish` at the end. It
 * knows no file, database, socket or clock; detectors, rules and outputs are parameters.
 */
import { createDecoders } from '#sensor/decode/decoders.ts';
import type { KnownServers } from '#sensor/decode/known-servers.ts';
import {
  type DecodeCounters,
  type Decoder,
  type DecodeSink,
  NO_SHIELD,
  type Shield,
} from '#sensor/decode/protocol.ts';
import { createRecognition } from '#sensor/decode/recognition.ts';
import type { WireSink } from '#sensor/decode/wire-sink.ts';
import type { Inventory } from '#sensor/inventory/inventory.ts';
import type { CapturedPacket, PacketSink } from '#sensor/model/captured-packet.ts';
import type { RoutineReads, SensorEvent } from '#sensor/model/event.ts';
import type { FlowSink } from '#sensor/model/flow.ts';
import type { Protocol, Transport } from '#sensor/model/net.ts';
import type { Micros } from '#sensor/model/time.ts';
import type { StreamCounters } from '#sensor/stream/counters.ts';
import { DatagramFlows } from '#sensor/stream/datagram-flows.ts';
import { Duplicates } from '#sensor/stream/duplicates.ts';
import { FlowMeter } from '#sensor/stream/flow-meter.ts';
import { createFragmentCounters, type FragmentCounters } from '#sensor/stream/fragment-counters.ts';
import { FragmentAssembler } from '#sensor/stream/fragments.ts';
import type { Links } from '#sensor/stream/links.ts';
import { TcpReassembler } from '#sensor/stream/reassembly.ts';
import { type UdpCounters, UdpFlows } from '#sensor/stream/udp-flows.ts';
import { countPacket, createWireCounters, type WireCounters } from '#sensor/wire/counters.ts';
import { parsePacket } from '#sensor/wire/packet.ts';
import { createPacketView, type PacketView } from '#sensor/wire/packet-view.ts';

/** How often waits are looked through, by the time of the packets; they are seconds long. */
const TICK_EVERY_MICROS = 1_000_000;

export interface PipelineParts {
  /**
   * Detectors and rules: gives the event with what the detectors state about it, and keeps the alerts
   * (`Detection.observe` of sensor/detect/detection.ts). Called once for each event.
   */
  readonly detect: (event: SensorEvent) => SensorEvent;
  /** Takes each event with all its facts: store, outputs. */
  readonly event: (event: SensorEvent) => void;
  /** Takes the counts of routine reads that were not built as exchanges, by the minute and at the end. */
  readonly routine: (reads: RoutineReads) => void;
  /** Who is known to serve which protocol; the pipeline adds whom it hears. */
  readonly servers: KnownServers;
  /** Keeps secrets out of the packets that are held for evidence; absent where none are. */
  readonly shield?: Shield;
  /** Takes every packet, to know who is in the network; absent where nobody asks. */
  readonly inventory?: Inventory;
  /** Takes what was counted of each flow, once it is over; absent where nobody asks, and nothing is counted. */
  readonly flows?: FlowSink;
  /** Takes messages as they were on the wire; absent where nobody asks. */
  readonly wire?: WireSink;
  /** Build each exchange, also of routine reads. Costs a multiple; for `--exchanges`. */
  readonly everything: boolean;
  /** Random number that keeps the flow table unpredictable. */
  readonly seed: number;
}

export interface PipelineCounters {
  readonly wire: WireCounters;
  readonly fragments: FragmentCounters;
  readonly stream: StreamCounters;
  readonly udp: UdpCounters;
  readonly links: Links;
  readonly decode: ReadonlyMap<Protocol, DecodeCounters>;
}

export interface Pipeline {
  /** One captured packet; its bytes are not needed after the call. */
  readonly packet: PacketSink;
  /** An event that is not of a packet, such as the sensor's own health; goes the same way. */
  readonly event: (event: SensorEvent) => void;
  /** Gives up what waited too long. Once a second in a live capture, where packets may stay away. */
  readonly tick: (now: Micros) => void;
  /** No more packets: connections end, what was only counted is told. */
  readonly finish: (now: Micros) => void;
  readonly counters: PipelineCounters;
}

export function createPipeline(parts: PipelineParts): Pipeline {
  const event = (seen: SensorEvent): void => parts.event(parts.detect(seen));
  const sink = { event, routine: parts.routine };
  const shield = parts.shield ?? NO_SHIELD;
  const { decoders, counters: decode } = createDecoders({
    sink,
    shield,
    everything: parts.everything,
    wire: parts.wire,
  });
  const { streams, datagrams, counted, tickAll, finishAll } = createTransports(
    decoders,
    parts,
    sink,
  );
  const counters = {
    wire: createWireCounters(),
    fragments: createFragmentCounters(),
    stream: streams.counters,
    udp: datagrams.counters,
    links: streams.links,
    decode,
  };
  const fragments = new FragmentAssembler({ counters: counters.fragments, fault: event });
  let frame = 0;
  /** When the decoders were last told the time, by the time of the packets. */
  const ticked = Float64Array.of(0);
  const tick = (now: Micros): void => {
    ticked[0] = now;
    fragments.tick(now);
    tickAll(now, frame);
  };
  const { inventory, seed } = parts;
  const { wire } = counters;
  const intake = { streams, datagrams, counted, fragments, inventory, wire, shield, seed };
  const take = createIntake(intake);
  return {
    packet: (packet) => {
      // Also backwards: one packet with a wrong time must not stop the clock for the others.
      if (Math.abs(packet.at - (ticked[0] ?? 0)) >= TICK_EVERY_MICROS) tick(packet.at);
      frame = packet.number;
      take(packet);
    },
    event,
    tick,
    finish: (now) => {
      fragments.finish(now);
      finishAll(now, frame);
    },
    counters,
  };
}

/** What runs over TCP and what over UDP, each with its decoders, and what counts flows if anybody asks. */
function createTransports(
  decoders: readonly Decoder[],
  { servers, seed, flows }: PipelineParts,
  sink: DecodeSink,
) {
  const over = (transport: Transport): readonly Decoder[] =>
    decoders.filter(({ transports }) => transports.includes(transport));
  const connections = createRecognition({ decoders: over('tcp'), sink, servers });
  const streams = new TcpReassembler({
    open: connections.open,
    seed,
    ...(flows && { meter: new FlowMeter('tcp', flows) }),
  });
  const spoken = createRecognition({ decoders: over('udp'), sink, servers });
  const counted = flows && new DatagramFlows(flows, seed);
  const datagrams = new UdpFlows({
    open: (connection) => {
      counted?.opened(connection);
      return spoken.open(connection);
    },
    mayBegin: beginsOneOf(over('udp')),
    seed,
  });
  return {
    streams,
    datagrams,
    counted,
    tickAll: (now: Micros, frame: number): void => {
      // First what reassembly held back: it may be the other half that a decoder waits for.
      streams.tick(now, frame);
      connections.tick(now);
      datagrams.tick(now, frame);
      counted?.tick(now);
      spoken.tick(now);
      for (const decoder of decoders) decoder.tick(now);
    },
    finishAll: (now: Micros, frame: number): void => {
      streams.finish(now, frame);
      datagrams.finish(now, frame);
      counted?.finish();
      for (const decoder of decoders) decoder.flush();
    },
  };
}

interface IntakeParts {
  readonly streams: TcpReassembler;
  readonly datagrams: UdpFlows;
  readonly counted: DatagramFlows | undefined;
  readonly fragments: FragmentAssembler;
  readonly inventory: PipelineParts['inventory'];
  readonly wire: WireCounters;
  readonly shield: Shield;
  readonly seed: number;
}

/** From a captured packet to what follows its conversation. */
function createIntake({ streams, datagrams, fragments, ...parts }: IntakeParts): PacketSink {
  const { counted, inventory, wire, shield } = parts;
  const duplicates = new Duplicates(parts.seed);
  const view = createPacketView();
  /** What has the header of a packet before it: whether it is of the same flow. */
  const isCopy = (captured: CapturedPacket): boolean => {
    if (view.kind === 'tcp') return streams.copy(view, captured, duplicates.flow);
    if (view.kind === 'udp') datagrams.copy(view, duplicates.flow);
    return true;
  };
  /** `packet` is what was captured, or put together of it: then it is counted once more, as what it is. */
  const take = (packet: CapturedPacket, captured: CapturedPacket): void => {
    const kind = parsePacket(packet, view);
    if (duplicates.again(view, packet) && isCopy(captured)) {
      wire.duplicates++;
      shield.copied(captured.number);
      return;
    }
    countPacket(view, wire);
    if (kind === 'tcp') {
      const flow = streams.segment(view, captured);
      duplicates.belongsTo(flow);
      inventory?.segment(view, packet, flow, streams.side, streams.isNew);
    } else if (kind === 'fragment') {
      const whole = fragments.add(view, packet);
      if (whole !== undefined) take(whole, captured);
    } else {
      if (kind === 'udp') {
        counted?.packet(view, captured);
        duplicates.belongsTo(datagrams.datagram(view, captured));
      }
      inventory?.packet(view, packet);
    }
  };
  return (packet) => take(packet, packet);
}

/** Whether a datagram may begin one of `decoders`: by its port, where all is looked at, or by its first bytes. */
function beginsOneOf(decoders: readonly Decoder[]): (view: PacketView) => boolean {
  return ({ bytes, payload, payloadLength, sourcePort, destinationPort }) => {
    for (const decoder of decoders) {
      if (decoder.port === sourcePort || decoder.port === destinationPort) return true;
      if (decoder.mayBegin(bytes, payload, payload + payloadLength)) return true;
    }
    return false;
  };
}

/** Packets that were not understood, fragments that made no datagram among them. */
export function unreadPackets({ wire, fragments }: PipelineCounters): ReadonlyMap<string, number> {
  return new Map<string, number>([
    ...wire.unread,
    ['ip-fragment-incomplete', fragments.incomplete],
    ['ip-fragment-evicted', fragments.evicted],
    ['ip-fragment-overlapping', fragments.overlapping],
    ['ip-fragment-malformed', fragments.malformed],
    ['ip-fragment-cut', fragments.cut],
  ]);
}
