/**
 * The sub-functions of function 8: tests and counters of the communication, some of which change it.
 *
 * Spec: MODBUS Application Protocol V1.1b3, 6.8.1. Sub-functions that do not stand here are reserved.
 */
import type { OperationKind } from '#sensor/model/operation.ts';

export interface DiagnosticInfo {
  /** As docs/contracts.md writes it in `modbus.function.sub_name`. */
  readonly name: string;
  readonly kind: OperationKind;
  /** Values that the data of a request may have; absent = 0 alone. */
  readonly asks?: (value: number) => boolean;
}

/** The one sub-function whose data is the sender's own, and as long as it likes. */
export const RETURN_QUERY_DATA = 0;

/** A device that is told to listen only says nothing more, not even that it was told. */
const FORCE_LISTEN_ONLY = 4;

export const DIAGNOSTICS: ReadonlyMap<number, DiagnosticInfo> = new Map<number, DiagnosticInfo>([
  [RETURN_QUERY_DATA, { name: 'return-query-data', kind: 'read' }],
  [
    1,
    {
      name: 'restart-communications-option',
      kind: 'control',
      asks: (value) => value === 0 || value === 0xff00,
    },
  ],
  [2, { name: 'return-diagnostic-register', kind: 'read' }],
  [
    3,
    {
      name: 'change-ascii-input-delimiter',
      kind: 'configure',
      asks: (value) => (value & 0xff) === 0,
    },
  ],
  [FORCE_LISTEN_ONLY, { name: 'force-listen-only-mode', kind: 'control' }],
  [10, { name: 'clear-counters-and-diagnostic-register', kind: 'configure' }],
  [11, { name: 'return-bus-message-count', kind: 'read' }],
  [12, { name: 'return-bus-communication-error-count', kind: 'read' }],
  [13, { name: 'return-bus-exception-error-count', kind: 'read' }],
  [14, { name: 'return-server-message-count', kind: 'read' }],
  [15, { name: 'return-server-no-response-count', kind: 'read' }],
  [16, { name: 'return-server-nak-count', kind: 'read' }],
  [17, { name: 'return-server-busy-count', kind: 'read' }],
  [18, { name: 'return-bus-character-overrun-count', kind: 'read' }],
  [20, { name: 'clear-overrun-counter-and-flag', kind: 'configure' }],
]);

/** What a sub-function does to the device. One that nobody knows is taken to change it. */
export const diagnosticKind = (subFunction: number): OperationKind =>
  DIAGNOSTICS.get(subFunction)?.kind ?? 'configure';

/** Whether the response is the request once more: not where it fills in a counter, or nobody knows. */
export const isEchoed = (subFunction: number): boolean =>
  subFunction === RETURN_QUERY_DATA ||
  (DIAGNOSTICS.has(subFunction) && diagnosticKind(subFunction) !== 'read');

/** Whether a request may carry `value` as its data. */
export function asks(subFunction: number, value: number): boolean {
  const info = DIAGNOSTICS.get(subFunction);
  if (info === undefined || subFunction === RETURN_QUERY_DATA) return true;
  return info.asks === undefined ? value === 0 : info.asks(value);
}

/** Whether the request `pdu`, function code first, is one that the specification has answered. */
export const isAnswered = (pdu: Buffer): boolean =>
  pdu.length < 3 || pdu[0] !== 8 || pdu.readUInt16BE(1) !== FORCE_LISTEN_ONLY;
