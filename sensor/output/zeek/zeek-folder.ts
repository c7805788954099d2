/** A folder of logs as Zeek with the ICSNPP packages would write them of the same traffic. */
import type { Message } from '#sensor/decode/modbus/exchange.ts';
import type { WireExchange } from '#sensor/decode/opcua/wire-message.ts';
import type { WireSink } from '#sensor/decode/wire-sink.ts';
import type { ModbusExchange, OpcuaExchange } from '#sensor/model/event.ts';
import type { FlowRecord } from '#sensor/model/flow.ts';
import type { FlowBook } from '../flow-book.ts';
import { connLog } from './conn-log.ts';
import { ModbusLogs } from './modbus-logs.ts';
import { OpcuaLogs } from './opcua-logs.ts';

export class ZeekFolder implements WireSink {
  readonly #flows: FlowBook;
  readonly #conn: ReturnType<typeof connLog>;
  readonly #modbus: ModbusLogs;
  readonly #opcua: OpcuaLogs;

  /** `folder` is there. */
  constructor(folder: string, flows: FlowBook) {
    this.#flows = flows;
    this.#conn = connLog(folder);
    this.#modbus = new ModbusLogs(folder);
    this.#opcua = new OpcuaLogs(folder);
  }

  flow(flow: FlowRecord): void {
    this.#conn.write({ flow, note: this.#flows.ended(flow) }, flow.endedAt);
  }

  modbus(
    exchange: ModbusExchange,
    request: Message | undefined,
    response: Message | undefined,
  ): void {
    this.#modbus.write(exchange, request, response, this.#flows.of(exchange.client));
  }

  opcua(exchange: OpcuaExchange, messages: WireExchange): void {
    this.#opcua.write(exchange, messages, this.#flows.of(exchange.client));
  }

  close(): void {
    this.#conn.close();
    this.#opcua.close();
    this.#modbus.close();
  }
}
