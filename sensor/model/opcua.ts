/** The OPC UA part of an exchange. Names and shapes are those of docs/contracts.md, "Exchange". */

export type OpcuaMessageType = 'HEL' | 'ACK' | 'ERR' | 'RHE' | 'OPN' | 'CLO' | 'MSG';

/** A value as JSON can carry it: numbers beyond 2^53, times, ids and bytes as text; arrays as arrays. */
export type OpcuaValue = string | number | boolean | readonly OpcuaValue[];

export interface OpcuaStatus {
  /** Eight hex digits, `0x80340000`. */
  readonly code: string;
  /** `BadNodeIdUnknown`; absent where the code is not in the table. */
  readonly name?: string;
}

export interface OpcuaSecurity {
  /** Short name behind `#` of the policy URI; absent where the opening of the channel was not seen. */
  readonly policy?: string;
  /** Absent where nothing told it. */
  readonly mode?: 'None' | 'Sign' | 'SignAndEncrypt';
  /** Whether the body is ciphertext; absent where it cannot be read and nothing tells why. */
  readonly encrypted?: boolean;
}

/** A node that a request names, joined with what the response says about it. */
export interface OpcuaNode {
  readonly nodeId: string;
  /** `Value`; absent for what has none, as browsing. */
  readonly attribute?: string;
  readonly value?: OpcuaValue;
  /** Built-in type of `value`, `Double`. */
  readonly type?: string;
  /** Name or code of the status; absent where no response was seen. */
  readonly status?: string;
  /** Valid iff browsed: number of references that were found. */
  readonly references?: number;
}

export interface OpcuaMethod {
  readonly objectId: string;
  readonly methodId: string;
  readonly arguments: readonly OpcuaValue[];
  readonly status?: string;
}

export interface OpcuaCertificate {
  /** SHA-1 of the DER bytes, lower case hex. OPC 10000-6, 6.2.2. */
  readonly thumbprint: string;
  /** What follows is absent where the certificate cannot be read. */
  readonly subject?: string;
  /** ISO 8601. */
  readonly notBefore?: string;
  readonly notAfter?: string;
  /** The URI of its subject alternative name. */
  readonly applicationUri?: string;
}

/** Hex digits of a thumbprint that people compare at a glance. */
const SHORT_THUMBPRINT = 8;

export const shortThumbprint = (thumbprint: string): string =>
  thumbprint.slice(0, SHORT_THUMBPRINT);

export interface OpcuaSession {
  readonly name?: string;
  /** Of the client. */
  readonly applicationUri?: string;
}

export interface OpcuaIdentity {
  readonly type: 'anonymous' | 'user-name' | 'certificate' | 'issued';
  /** Valid iff `user-name`. */
  readonly user?: string;
}

export interface OpcuaDetail {
  readonly messageType: OpcuaMessageType;
  readonly channelId?: number;
  readonly tokenId?: number;
  readonly requestId?: number;
  readonly requestHandle?: number;
  /** Numeric encoding id of the request type; absent where it cannot be read. */
  readonly service?: { readonly id: number; readonly name?: string };
  readonly security?: OpcuaSecurity;
  /** Service result of the response, or the error of an ERR message. */
  readonly status?: OpcuaStatus;
  readonly nodes?: readonly OpcuaNode[];
  /** How many nodes were named. Valid iff not all of them stand in `nodes`. */
  readonly nodeCount?: number;
  /** `nodeDigest` of browsed nodes that do not stand in `nodes`, each once, the first of them. Told to nobody. */
  readonly unlisted?: readonly number[];
  readonly methods?: readonly OpcuaMethod[];
  /** How many methods were called. Valid iff not all of them stand in `methods`. */
  readonly methodCount?: number;
  readonly session?: OpcuaSession;
  readonly identity?: OpcuaIdentity;
  /** Of the client. */
  readonly certificate?: OpcuaCertificate;
  /** Of the server. */
  readonly serverCertificate?: OpcuaCertificate;
  /** Application URI that the server says of itself. */
  readonly serverUri?: string;
  readonly endpointUrl?: string;
}
