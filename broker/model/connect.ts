/**
 * What `lockkeeper connect` and the broker say to each other. Shared by `broker/connect`,
 * `broker/api` (HTTP, before a session) and `broker/gate` (WebSocket, in a session).
 *
 *     POST /api/connect/device   DeviceRequest   -> DeviceAnswer
 *     POST /api/connect/token    TokenRequest    -> 202 (not yet confirmed) | TokenAnswer | 403 (refused, with why)
 *     POST /api/connect/session  SessionRequest  -> SessionAnswer         Authorization: Bearer
 *
 *     wss://gate/tunnel    one TCP connection of the vendor's tool, binary messages both ways
 *     wss://gate/control   JSON text: ControlMessage to the vendor, ControlAnswer from them
 *
 * Both WebSockets need the client certificate of the session. Times are ISO 8601 with µs.
 */
import type { EndReason } from './access.ts';

export interface DeviceRequest {
  readonly grant: string;
  /**
   * SPKI PEM of the EC P-256 key that the session is going to have. What the person confirms is good
   * for this key alone.
   */
  readonly publicKey: string;
}

export interface DeviceAnswer {
  /** Secret of the command; it polls with it. */
  readonly deviceCode: string;
  /** For people: shown by the command, confirmed in the portal. */
  readonly userCode: string;
  /** Page of the portal to open, with the code: path or whole URL. */
  readonly path: string;
  readonly expiresAt: string;
  /** Seconds between two polls. */
  readonly interval: number;
}

export interface TokenRequest {
  readonly deviceCode: string;
}

export interface TokenAnswer {
  readonly token: string;
}

export interface SessionRequest {
  readonly grant: string;
  /** The key of the `DeviceRequest`; its private half never leaves the vendor's machine. */
  readonly publicKey: string;
}

export interface SessionAnswer {
  readonly session: string;
  /** PEM: client certificate of this session, for the gate. */
  readonly certificate: string;
  /** PEM: the authority that signed the gate's own certificate. */
  readonly authority: string;
  readonly gate: { readonly host: string; readonly port: number };
  readonly asset: {
    readonly id: string;
    readonly name: string;
    /** Port of the asset's own service: the one that the vendor's tool expects. */
    readonly port: number;
    readonly units: readonly number[];
  };
  /** What is allowed, one sentence each. */
  readonly allowed: readonly string[];
  readonly notAfter: string;
  readonly graceUntil: string;
  /** First instant at which `certificate` no longer counts; renewed before that over `/control`. */
  readonly certificateUntil: string;
  readonly timeZone: string;
}

/** From the gate to the vendor. */
export type ControlMessage =
  /** First, and after each change. */
  | {
      readonly kind: 'status';
      readonly session: string;
      readonly state: 'active' | 'grace';
      readonly asset: string;
      readonly allowed: readonly string[];
      readonly now: string;
      readonly notAfter: string;
      readonly graceUntil: string;
      /** Of the newest certificate that was issued; whether it arrived the gate does not know. */
      readonly certificateUntil: string;
    }
  /** An operation was not passed on. */
  | {
      readonly kind: 'refused';
      readonly at: string;
      /** What was asked, in words. */
      readonly asked: string;
      readonly because: string;
      /** What the tool was answered: `exception 2 (illegal-data-address)`. */
      readonly answered: string;
      readonly allowed: readonly string[];
    }
  /** Something else that the vendor should know: the asset does not answer, the tool sends no Modbus. */
  | { readonly kind: 'notice'; readonly at: string; readonly text: string }
  | {
      readonly kind: 'renewed';
      readonly certificate: string;
      readonly certificateUntil: string;
    }
  | { readonly kind: 'ended'; readonly reason: EndReason; readonly text: string };

/** From the vendor to the gate. */
export type ControlAnswer =
  | { readonly kind: 'renew'; readonly publicKey: string }
  | { readonly kind: 'end' };

/** Most bytes of one control message from the vendor: a renewal holds one key of 178 characters. */
export const MAX_CONTROL_ANSWER_BYTES = 2_048;
/** Most bytes of one control message from the gate: a certificate and up to 50 sentences. */
export const MAX_CONTROL_MESSAGE_BYTES = 64 * 1024;
/** Most bytes of one message in a tunnel: one read of a tool's socket. */
export const MAX_TUNNEL_MESSAGE_BYTES = 64 * 1024;
