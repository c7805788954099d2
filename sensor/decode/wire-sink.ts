/**
 * Where decoders hand out messages as they were on the wire, beside the exchange that they make of them: for
 * outputs that show the wire (EVE, Zeek). Where nobody asks there is no such sink, and it costs nothing.
 */
import type { ModbusExchange, OpcuaExchange } from '#sensor/model/event.ts';
import type { Message } from './modbus/exchange.ts';
import type { WireExchange } from './opcua/wire-message.ts';

export interface WireSink {
  /** Called after the exchange was told; at least one of both halves is there. */
  modbus(
    exchange: ModbusExchange,
    request: Message | undefined,
    response: Message | undefined,
  ): void;
  /** The same of OPC UA, where all is messages of its own that opens, closes or cannot be read. */
  opcua(exchange: OpcuaExchange, messages: WireExchange): void;
}
