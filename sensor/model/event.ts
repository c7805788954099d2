/**
 * What the sensor saw: the vocabulary between decoders, detectors, rules, outputs and the broker.
 *
 * Events are plain data. Decoders create them, detectors append facts, rules read them.
 */
import type { Fact } from './fact.ts';
import type { ModbusIdentity } from './modbus-identity.ts';
import type { Endpoint, Transport } from './net.ts';
import type { OpcuaDetail } from './opcua.ts';
import type { ModbusOperation, OpcuaOperation } from './operation.ts';
import type { Micros } from './time.ts';
import type { TypedValue } from './typed-value.ts';

export type Outcome = 'success' | 'failure' | 'unknown';

/** A block of registers or coils that a request named, with its values where they were seen. */
interface ModbusBlock {
  readonly address: number;
  readonly quantity: number;
  readonly values?: readonly number[];
}

/** MODBUS Application Protocol V1.1b3, 6.14. */
export interface ModbusFileRecord {
  readonly file: number;
  /** Number of the first record. */
  readonly record: number;
  readonly quantity: number;
  readonly values?: readonly number[];
}

/** Function 90: a message of Schneider Electric's UMAS. */
export interface ModbusUmas {
  /** What is asked for; absent where the request was not seen. Of a signed message, that of the one inside. */
  readonly code?: number;
  /** `stop-plc`; absent where nobody knows the code. */
  readonly name?: string;
  /** It is sent under a reservation of the controller. */
  readonly reserved?: true;
  readonly signed?: true;
  /** What the controller answered. */
  readonly status?: 'ok' | 'error';
  /** Who takes the reservation, as they call themselves, or who holds it. */
  readonly owner?: string;
  /** What the controller says it is. */
  readonly device?: string;
  /** Largest frame that the two ends agree on, in bytes. */
  readonly maxFrame?: number;
  /** Block of memory or of a program, and how many of a program there were. */
  readonly block?: number;
  readonly blocks?: number;
  readonly offset?: number;
  /** Bytes that are asked for, or carried. */
  readonly length?: number;
  readonly variables?: number;
}

/** The Modbus part of an exchange. Names and shapes are those of docs/contracts.md. */
export interface ModbusDetail {
  /** Absent where the framing has none. */
  readonly transactionId?: number;
  /** Frames of serial lines over TCP; absent where they have the header of Modbus/TCP. */
  readonly framing?: 'rtu';
  readonly unitId: number;
  readonly functionCode: number;
  /** `write-multiple-registers`; absent where the product does not understand the function. */
  readonly functionName?: string;
  /** MEI type of function 43: 14 = read device identification; sub-function of function 8. */
  readonly subCode?: number;
  /** `force-listen-only-mode`; of function 8, absent where the sub-function is not assigned. */
  readonly subName?: string;
  readonly address?: number;
  readonly quantity?: number;
  /** Registers unsigned, coils 0/1; from the response of a read and the request of a write. */
  readonly values?: readonly number[];
  /** Function 23 only: its two blocks, instead of `address`, `quantity`, `values`. */
  readonly read?: ModbusBlock;
  readonly write?: ModbusBlock;
  /** Function 22: the register becomes `(old & andMask) | (orMask & ~andMask)`. */
  readonly andMask?: number;
  readonly orMask?: number;
  /** Functions 20 and 21: pieces of files; `values` from the response of a read and the request of a write. */
  readonly files?: readonly ModbusFileRecord[];
  /** Function 7: eight outputs, one for each bit. Functions 11 and 12: 65535 while busy, else 0. */
  readonly status?: number;
  /** Functions 11 and 12. */
  readonly eventCount?: number;
  /** Function 12. */
  readonly messageCount?: number;
  /** Function 12: hex, a byte for each event, the newest first. */
  readonly events?: string;
  /**
   * What the specification gives no meaning, as hex, at most 252 bytes (1026 of function 90): what follows
   * the code of a function that is not understood, the data of a diagnostic, a server id, CANopen, UMAS.
   */
  readonly data?: { readonly request?: string; readonly response?: string };
  /** Values that the plant policy gives a name and a type. */
  readonly typed?: readonly TypedValue[];
  readonly umas?: ModbusUmas;
  readonly exceptionCode?: number;
  /** `illegal-data-address`; absent where the code is not assigned. */
  readonly exceptionName?: string;
  /** Functions 43/14 and 90; of 43/14 all that the unit said since it was asked from the start. */
  readonly identity?: ModbusIdentity;
  /** Function 17: what of the server id is text. */
  readonly serverId?: string;
}

/** What is asked of a device as a whole, by name: `force-listen-only-mode`, `stop-plc`. */
export const deedOf = ({ subName, umas, functionName }: ModbusDetail): string | undefined =>
  subName ?? umas?.name ?? functionName;

/** What exchanges of every protocol have in common. */
interface ExchangeBase {
  readonly kind: 'exchange';
  /** When the request was seen, or the response where the request was not. */
  readonly at: Micros;
  /** Nanoseconds from request to response. Valid iff both were seen. */
  readonly took?: number;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly transport: Transport;
  readonly outcome: Outcome;
  /** 1-based frame numbers of the capture; the frame that completed a message is last. */
  readonly frames: { readonly request: readonly number[]; readonly response: readonly number[] };
  readonly facts: readonly Fact[];
}

export interface ModbusExchange extends ExchangeBase {
  readonly protocol: 'modbus';
  readonly modbus: ModbusDetail;
  /** What the request asks for; empty where the function is not understood. */
  readonly operations: readonly ModbusOperation[];
}

export interface OpcuaExchange extends ExchangeBase {
  readonly protocol: 'opcua';
  readonly opcua: OpcuaDetail;
  /** What the request asks for; empty for what only opens and closes, and where nothing can be read. */
  readonly operations: readonly OpcuaOperation[];
}

/** A request joined with its response; either may be missing, and then the outcome is `unknown`. */
export type Exchange = ModbusExchange | OpcuaExchange;

/** Something wrong with a conversation that belongs to no single exchange: a gap, bytes that are no frame. */
export interface ConversationFault {
  readonly kind: 'fault';
  readonly at: Micros;
  readonly client: Endpoint;
  readonly server: Endpoint;
  readonly transport: Transport;
  readonly frame: number;
  readonly facts: readonly Fact[];
}

/** A periodic account of how well the sensor itself hears; drops are an event, never silence. */
export interface SensorHealth {
  readonly kind: 'health';
  readonly at: Micros;
  readonly interface: string;
  /** Packets since the last account, those that were dropped included. */
  readonly received: number;
  /** Packets that the kernel or the interface dropped since the last account. */
  readonly dropped: number;
  readonly facts: readonly Fact[];
}

export type SensorEvent = Exchange | ConversationFault | SensorHealth;

/** What routine traffic of every protocol has in common. */
interface RoutineBase {
  /** First and last request that is counted here. */
  readonly from: Micros;
  readonly to: Micros;
  readonly clientIp: string;
  readonly server: Endpoint;
  /** At least 1. */
  readonly count: number;
}

export interface RoutineModbusReads extends RoutineBase {
  readonly protocol: 'modbus';
  readonly unitId: number;
  readonly functionCode: number;
  readonly address: number;
  readonly quantity: number;
}

interface RoutineOpcuaCalls extends RoutineBase {
  readonly protocol: 'opcua';
  /** Numeric encoding id of the request type: 631 = Read, 826 = Publish; 0 = encrypted messages. */
  readonly serviceId: number;
}

/**
 * Routine reads that were counted and not built as exchanges: the same clean question from the same
 * client, asked and answered before. Not a `SensorEvent`: detectors need not look at each of them.
 */
export type RoutineReads = RoutineModbusReads | RoutineOpcuaCalls;

/**
 * True iff an answer would be expected and none was seen. Messages of OPC UA that open, close or are
 * encrypted have no outcome of their own, and that says nothing.
 */
export function isUnanswered(exchange: Exchange): boolean {
  if (exchange.protocol === 'modbus') return exchange.outcome === 'unknown';
  const { messageType, service } = exchange.opcua;
  const isAnswered = messageType === 'MSG' || messageType === 'OPN';
  return isAnswered && service !== undefined && exchange.frames.response.length === 0;
}
