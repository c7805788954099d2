/** Modbus/TCP as a decoder: recognition, conversations, and the table of routine reads they share. */

import type { Side } from '#sensor/stream/consumer.ts';
import type { DecodeCounters, Decoder, DecodeSink, Peers } from '../protocol.ts';
import type { WireSink } from '../wire-sink.ts';
import { ModbusConversation } from './conversation.ts';
import { KnownReads } from './known-reads.ts';
import { MODBUS_PORT, mayBeginModbus, probeModbus } from './probe.ts';
import { ServerHabits } from './server-habits.ts';

export interface ModbusOptions {
  readonly sink: DecodeSink;
  readonly counters: DecodeCounters;
  /** Build each exchange, also of routine reads, which are otherwise only counted. */
  readonly everything: boolean;
  /** Takes messages as they were on the wire; absent where nobody asks. */
  readonly wire?: WireSink | undefined;
}

export function modbusDecoder({ sink, counters, everything, wire }: ModbusOptions): Decoder {
  const known = new KnownReads(sink);
  const habits = new ServerHabits();
  const open = new Set<ModbusConversation>();
  return {
    protocol: 'modbus',
    transports: ['tcp', 'udp'],
    port: MODBUS_PORT,
    mayBegin: mayBeginModbus,
    probe: probeModbus,
    open: (peers: Peers, clientSide: Side) => {
      const server = peers.endpoint(clientSide === 0 ? 1 : 0);
      const conversation = new ModbusConversation({
        client: peers.endpoint(clientSide),
        server,
        clientSide,
        transport: peers.transport,
        sink,
        counters,
        known,
        habit: habits.of(server),
        everything,
        wire,
        closed: (ended) => open.delete(ended),
      });
      open.add(conversation);
      return conversation;
    },
    tick: (now) => {
      const moment = { at: now };
      for (const conversation of open) conversation.tick(moment);
    },
    flush: () => known.flush(),
  };
}
