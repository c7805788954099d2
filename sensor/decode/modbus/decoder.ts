/** Modbus as decoders, one for each framing: recognition, conversations, and the table of routine reads they share. */

import type { Side } from '#sensor/stream/consumer.ts';
import type { DecodeCounters, Decoder, DecodeSink, Peers } from '../protocol.ts';
import { Waiting } from '../waiting.ts';
import type { WireSink } from '../wire-sink.ts';
import { ModbusConversation } from './conversation.ts';
import type { Framing } from './exchange.ts';
import { KnownReads } from './known-reads.ts';
import { MODBUS_PORT, mayBeginModbus, probeModbus } from './probe.ts';
import { mayBeginRtu, probeRtu } from './rtu-probe.ts';
import { SecurityConversation } from './security-conversation.ts';
import { MODBUS_SECURITY_PORT, probeSecurity } from './security-probe.ts';
import { ServerHabits } from './server-habits.ts';
import { mayBeginTls } from './tls-handshake.ts';

export interface ModbusOptions {
  readonly sink: DecodeSink;
  readonly counters: DecodeCounters;
  /** Build each exchange, also of routine reads, which are otherwise only counted. */
  readonly everything: boolean;
  /** Takes messages as they were on the wire; absent where nobody asks. */
  readonly wire?: WireSink | undefined;
}

export function modbusDecoders(options: ModbusOptions): readonly Decoder[] {
  const { sink, counters, everything, wire } = options;
  const known = new KnownReads(sink);
  const habits = new ServerHabits();
  const open = new Set<ModbusConversation>();
  const closed = (ended: ModbusConversation): void => void open.delete(ended);
  const waiting = new Waiting();
  const shared = { sink, counters, known, everything, wire, waiting, closed };
  const opens =
    (framing: Framing) =>
    (peers: Peers, clientSide: Side): ModbusConversation => {
      const server = peers.endpoint(clientSide === 0 ? 1 : 0);
      const conversation = new ModbusConversation({
        client: peers.endpoint(clientSide),
        server,
        clientSide,
        transport: peers.transport,
        framing,
        habit: habits.of(server),
        shared,
      });
      open.add(conversation);
      return conversation;
    };
  const mbap: Decoder = {
    protocol: 'modbus',
    transports: ['tcp', 'udp'],
    port: MODBUS_PORT,
    mayBegin: mayBeginModbus,
    probe: probeModbus,
    open: opens('mbap'),
    tick: (now) => {
      const moment = { at: now };
      for (const conversation of open) conversation.tick(moment);
    },
    flush: () => known.flush(),
  };
  const rtu: Decoder = {
    ...mbap,
    transports: ['tcp'],
    mayBegin: mayBeginRtu,
    probe: probeRtu,
    open: opens('rtu'),
    // The other one does it for the conversations of both.
    tick: () => undefined,
    flush: () => undefined,
  };
  const security: Decoder = {
    protocol: 'modbus',
    transports: ['tcp'],
    port: MODBUS_SECURITY_PORT,
    onlyAtPort: true,
    mayBegin: mayBeginTls,
    probe: probeSecurity,
    open: (peers, clientSide) =>
      new SecurityConversation({
        client: peers.endpoint(clientSide),
        server: peers.endpoint(clientSide === 0 ? 1 : 0),
        clientSide,
        sink,
        waiting,
      }),
    tick: () => undefined,
    flush: () => undefined,
  };
  return [mbap, rtu, security];
}
