import { KnownServers } from '#sensor/decode/known-servers.ts';
import { modbusDecoders } from '#sensor/decode/modbus/decoder.ts';
import { opcuaDecoder } from '#sensor/decode/opcua/decoder.ts';
import {
  type Conversation,
  type DecodeCounters,
  type Decoder,
  NO_SHIELD,
} from '#sensor/decode/protocol.ts';
import { createRecognition } from '#sensor/decode/recognition.ts';
import type {
  ConversationFault,
  Exchange,
  ModbusExchange,
  OpcuaExchange,
  RoutineReads,
} from '#sensor/model/event.ts';
import type { Protocol, Transport } from '#sensor/model/net.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import type { Side, StreamEnd } from '#sensor/stream/consumer.ts';

export interface ConversationOptions {
  readonly ports?: readonly [number, number];
  /** Who opened it, as a SYN would tell. */
  readonly client?: Side;
  readonly fromStart?: boolean;
  readonly everything?: boolean;
  /** Shared by connections of one sensor. */
  readonly servers?: KnownServers;
  /** Another one that the same decoders hear, and whose events are those of both. */
  readonly beside?: Connection;
  /** Which decoder listens; Modbus where it is not said. */
  readonly protocol?: Protocol;
  /** Over UDP each `send` is a datagram; TCP where it is not said. */
  readonly transport?: Transport;
}

const HOSTS = ['192.0.2.1', '192.0.2.2'] as const;

/** One connection as the decoder sees it: bytes in, events out. Frame numbers and times count up. */
export class Connection {
  readonly events: (Exchange | ConversationFault)[] = [];
  readonly routine: RoutineReads[] = [];
  readonly counters: DecodeCounters = { requests: 0, responses: 0, exchanges: 0, exceptions: 0 };
  /** The recogniser, and then what it handed the connection to. */
  #takes: Conversation;
  readonly #decoders: readonly Decoder[];
  readonly flush: () => void;
  readonly #tick: (now: Micros) => void;
  ignored = false;
  client: Side | undefined;
  frame = 0;
  now = 1_000_000;

  constructor({
    ports = [40_000, 502],
    client,
    fromStart = true,
    everything = false,
    servers = new KnownServers(),
    protocol = 'modbus',
    transport = 'tcp',
    beside,
  }: ConversationOptions) {
    const sink = {
      event: (event: Exchange | ConversationFault) => this.events.push(event),
      routine: (reads: RoutineReads) => this.routine.push(reads),
    };
    const parts = { sink, shield: NO_SHIELD, counters: this.counters, everything };
    const own = () => (protocol === 'modbus' ? modbusDecoders(parts) : [opcuaDecoder(parts)]);
    const decoders = beside === undefined ? own() : beside.#decoders;
    this.#decoders = decoders;
    this.flush = () => {
      for (const decoder of decoders) decoder.flush();
    };
    this.client = client;
    const connection = this;
    const peers = {
      transport,
      get client() {
        return connection.client;
      },
      fromStart,
      port: (side: Side) => ports[side],
      endpoint: (side: Side) => ({ ip: HOSTS[side], port: ports[side] }),
      setClient: (side: Side) => {
        this.client ??= side;
      },
      handTo: (conversation: Conversation) => {
        this.#takes = conversation;
      },
      ignore: () => {
        this.ignored = true;
      },
    };
    const recognition = createRecognition({
      decoders: decoders.filter((each) => each.transports.includes(transport)),
      sink,
      servers,
    });
    this.#takes = recognition.open(peers);
    this.#tick = (now) => {
      recognition.tick(now);
      for (const decoder of decoders) decoder.tick(now);
    };
  }

  /** A segment with `payload`, `after` µs after the one before, somewhere in a larger buffer. */
  send(side: Side, payload: Buffer | string, after = 1000): this {
    const bytes = typeof payload === 'string' ? hex(payload) : payload;
    this.frame++;
    this.now += after;
    if (this.ignored || bytes.length === 0) return this;
    const buffer = Buffer.concat([Buffer.alloc(3, 0xee), bytes, Buffer.alloc(3, 0xee)]);
    this.#takes.bytes({
      side,
      bytes: buffer,
      offset: 3,
      place: 3,
      length: bytes.length,
      frame: this.frame,
      at: micros(this.now),
    });
    buffer.fill(0xdd);
    return this;
  }

  gap(side: Side, length = 10): this {
    this.#takes.gap(side, length, this.frame, micros(this.now));
    return this;
  }

  /** Time goes on by `after` µs without a packet of this connection. */
  wait(after: number): this {
    this.now += after;
    this.#tick(micros(this.now));
    return this;
  }

  end(reason: StreamEnd = 'finished'): this {
    return this.endOf(0, reason).endOf(1, reason);
  }

  endOf(side: Side, reason: StreamEnd = 'finished'): this {
    this.#takes.end(side, reason, this.frame, micros(this.now));
    return this;
  }

  get exchanges(): ModbusExchange[] {
    return this.events.filter((event) => event.kind === 'exchange' && event.protocol === 'modbus');
  }

  get opcua(): OpcuaExchange[] {
    return this.events.filter((event) => event.kind === 'exchange' && event.protocol === 'opcua');
  }

  /** Names of the facts of all events, in order. */
  get facts(): string[] {
    return this.events.flatMap(({ facts }) => facts.map(({ name }) => name));
  }
}

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
