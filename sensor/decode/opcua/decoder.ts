/** OPC UA as a decoder: recognition, conversations, and what all of them share. */

import type { Side } from '#sensor/stream/consumer.ts';
import type { DecodeCounters, Decoder, DecodeSink, Peers, Shield } from '../protocol.ts';
import { Waiting } from '../waiting.ts';
import type { WireSink } from '../wire-sink.ts';
import { OpcuaConversation } from './conversation.ts';
import { Directory } from './directory.ts';
import { KnownQuestions } from './known-questions.ts';
import { mayBeginOpcua, OPCUA_PORT, probeOpcua } from './probe.ts';

export interface OpcuaOptions {
  readonly sink: DecodeSink;
  readonly shield: Shield;
  readonly counters: DecodeCounters;
  /** Build each exchange, also of routine reads, which are otherwise only counted. */
  readonly everything: boolean;
  /** Takes messages as they were on the wire; absent where nobody asks. */
  readonly wire?: WireSink | undefined;
}

export function opcuaDecoder(options: OpcuaOptions): Decoder {
  const { sink, shield, counters, everything, wire } = options;
  const known = new KnownQuestions(sink);
  const directory = new Directory();
  const waiting = new Waiting();
  const open = new Set<OpcuaConversation>();
  return {
    protocol: 'opcua',
    transports: ['tcp'],
    port: OPCUA_PORT,
    mayBegin: mayBeginOpcua,
    probe: probeOpcua,
    open: (peers: Peers, clientSide: Side) => {
      // Who opened it is the server where it calls its client (RHE).
      const isReversed = peers.client !== undefined && peers.client !== clientSide;
      const conversation = new OpcuaConversation({
        client: peers.endpoint(clientSide),
        server: peers.endpoint(clientSide === 0 ? 1 : 0),
        clientSide,
        fromStart: peers.fromStart,
        sink: isReversed ? reversed(sink) : sink,
        shield,
        counters,
        known,
        directory,
        waiting,
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

/** Says of each exchange that the server opened its connection: its port is none where it listens. */
const reversed = (sink: DecodeSink): DecodeSink => ({
  ...sink,
  event: (event) => {
    const isOpcua = event.kind === 'exchange' && event.protocol === 'opcua';
    sink.event(isOpcua ? { ...event, opcua: { ...event.opcua, reverseConnect: true } } : event);
  },
});
