/** The table of decoders: a protocol that is to be understood gets a line here. */

import type { Protocol } from '#sensor/model/net.ts';
import { modbusDecoders } from './modbus/decoder.ts';
import { opcuaDecoder } from './opcua/decoder.ts';
import type { DecodeCounters, Decoder, DecodeSink, Shield } from './protocol.ts';
import type { WireSink } from './wire-sink.ts';

export interface DecodingOptions {
  readonly sink: DecodeSink;
  /** Keeps secrets out of the packets that are held for evidence; `NO_SHIELD` where none are. */
  readonly shield: Shield;
  /** Build each exchange, also of routine reads, which are otherwise only counted. */
  readonly everything: boolean;
  /** Takes messages as they were on the wire; absent where nobody asks. */
  readonly wire?: WireSink | undefined;
}

export interface Decoding {
  readonly decoders: readonly Decoder[];
  readonly counters: ReadonlyMap<Protocol, DecodeCounters>;
}

export function createDecoders({ sink, shield, everything, wire }: DecodingOptions): Decoding {
  const modbus = createDecodeCounters();
  const opcua = createDecodeCounters();
  return {
    decoders: [
      ...modbusDecoders({ sink, counters: modbus, everything, wire }),
      opcuaDecoder({ sink, shield, counters: opcua, everything, wire }),
    ],
    counters: new Map([
      ['modbus', modbus],
      ['opcua', opcua],
    ]),
  };
}

const createDecodeCounters = (): DecodeCounters => ({
  requests: 0,
  responses: 0,
  exchanges: 0,
  exceptions: 0,
});
