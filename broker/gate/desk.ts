/** What a connection asks of the session that it belongs to. One session may have several connections. */
import type { Authorization } from '#broker/access/authorize.ts';
import type { RecordedOutcome, SeenValue } from '#broker/model/recording.ts';
import type { ModbusRequest } from '#sensor/decode/modbus/pdu.ts';
import type { ModbusOperation } from '#sensor/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';

/** One PDU of the vendor's tool, understood. */
export interface Ask {
  readonly unit: number;
  readonly request: ModbusRequest;
  /** None where the function is not understood. */
  readonly operations: readonly ModbusOperation[];
  /** Whether one of them changes something. */
  readonly changing: boolean;
}

export interface Refusal {
  /** Id of the rule that decided. */
  readonly rule: string;
  /** In words. */
  readonly because: string;
  /** Modbus exception code that the tool is answered with. */
  readonly exception: number;
}

/** How an allowed PDU will appear on the wire to the asset. */
export interface Outgoing {
  /** `clientIp:port>serverIp:port` of the connection to the asset. */
  readonly tuple: string;
  readonly transaction: number;
  /** Function code first. */
  readonly pdu: Buffer;
}

/** A PDU that stands in the recording as about to be sent; settled exactly once. */
export interface Intent {
  /** Position in the recording. */
  readonly sequence: number;
  readonly at: Micros;
  readonly ask: Ask;
  readonly rule: string;
  /** What stood where it writes, as last seen when it was asked. */
  readonly old: readonly SeenValue[];
}

export interface Settlement {
  readonly outcome: RecordedOutcome;
  /** Valid iff the outcome is `exception`. */
  readonly exceptionCode?: number;
  /** Values of a read, in the order of its addresses. Valid iff it read and succeeded. */
  readonly read?: readonly number[];
  /** True iff `no-answer` and the gate reset the connection: whether it was taken is unknown. */
  readonly givenUp?: true;
  /** Valid iff `not-sent`, where the second look refused it. */
  readonly refused?: Refusal;
}

export interface Desk {
  /** Decides as of this moment. */
  authorize(ask: Ask): Authorization;
  /** Records that `ask` is refused; resolves when the tool may be told. Never rejects. */
  refuse(ask: Ask, refusal: Refusal): Promise<void>;
  /** Takes the one place for a changing PDU under way; otherwise says why there is none. */
  takeWrite(): Refusal | undefined;
  returnWrite(): void;
  /** Resolves once the intent is durable; undefined where it could not be, and then it must not be sent. Never rejects. */
  intend(ask: Ask, rule: string, outgoing: Outgoing): Promise<Intent | undefined>;
  settle(intent: Intent, settlement: Settlement): void;
}
