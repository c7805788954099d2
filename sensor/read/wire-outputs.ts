/** The outputs in other products' formats, `--eve` and `--zeek`, which tell of flows and of messages as they were on the wire. */
import type { WireSink } from '#sensor/decode/wire-sink.ts';
import type { Alert } from '#sensor/model/alert.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import type { FlowSink } from '#sensor/model/flow.ts';
import { EveLog } from '#sensor/output/eve/eve-log.ts';
import { FlowBook } from '#sensor/output/flow-book.ts';
import type { LineWriter } from '#sensor/output/lines.ts';
import { ZeekFolder } from '#sensor/output/zeek/zeek-folder.ts';

export interface WireOutputs {
  readonly flows: FlowSink;
  readonly wire: WireSink;
  /** Takes each event with all its facts, before its messages. */
  readonly event: (event: SensorEvent) => void;
  /** A rule found `event`, which is counted in the alert with this id. */
  readonly found: (alertId: string, event: SensorEvent) => void;
  readonly alert: (alert: Alert) => void;
  readonly close: () => void;
}

/** Undefined where neither is asked for. The folder is there, and the writer of EVE is closed elsewhere. */
export function wireOutputs(
  eveLines: LineWriter | undefined,
  zeekFolder: string | undefined,
): WireOutputs | undefined {
  if (eveLines === undefined && zeekFolder === undefined) return undefined;
  const book = new FlowBook();
  const eve = eveLines && new EveLog(eveLines, book);
  const zeek = zeekFolder === undefined ? undefined : new ZeekFolder(zeekFolder, book);
  return {
    flows: {
      opened: (opening) => book.opened(opening),
      ended: (flow) => {
        eve?.flow(flow);
        zeek?.flow(flow);
      },
    },
    wire: {
      modbus: (exchange, request, response) => {
        eve?.modbus(exchange, request, response);
        zeek?.modbus(exchange, request, response);
      },
      opcua: (exchange, messages) => zeek?.opcua(exchange, messages),
    },
    event: (event) => {
      if (event.kind === 'exchange') book.exchange(event);
      eve?.event(event);
    },
    found: (alertId, event) => eve?.found(alertId, event),
    alert: (alert) => eve?.alert(alert),
    close: () => zeek?.close(),
  };
}
