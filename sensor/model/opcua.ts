/** The OPC UA part of an exchange. Names and shapes are those of docs/contracts.md, "Exchange". */

export type OpcuaMessageType = 'HEL' | 'ACK' | 'ERR' | 'RHE' | 'OPN' | 'CLO' | 'MSG';

/** A value as JSON can carry it: numbers beyond 2^53, times, ids and bytes as text; arrays as arrays. */
export type OpcuaValue = string | number | boolean | readonly OpcuaValue[];

/** A field of a message as JSON; a structure is an object of its fields. */
export type OpcuaParameter =
  | string
  | number
  | boolean
  | readonly OpcuaParameter[]
  | { readonly [field: string]: OpcuaParameter };

/** Fields of a message by the names of OPC 10000-4. */
export type OpcuaFields = Readonly<Record<string, OpcuaParameter>>;

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
  /** No opening said the mode: the messages themselves told it. */
  readonly inferred?: true;
  /** Whether the body is ciphertext; absent where it cannot be read and nothing tells why. */
  readonly encrypted?: boolean;
}

/** A node that a request names, joined with what the response says about it. */
export interface OpcuaNode {
  readonly nodeId: string;
  /** `Server.ServerStatus.State`; valid iff it is a node that the specification names. */
  readonly name?: string;
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
  /** As that of a node. */
  readonly objectName?: string;
  readonly methodId: string;
  readonly methodName?: string;
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
  readonly issuer?: string;
  /** The URI of its subject alternative name. */
  readonly applicationUri?: string;
  /** `RSA` in bits of its modulus, or the curve and its bits; an algorithm that is not known as its object id, without a size. */
  readonly key?: { readonly type: string; readonly size?: number };
  /** `sha256WithRSAEncryption`, or the object id where that is not known. */
  readonly signatureAlgorithm?: string;
  /** How many certificates were shown, it and its issuers. Valid iff there is more than one. */
  readonly chain?: number;
}

/** What one side says of its buffers in HEL and ACK. Sizes in bytes; 0 is no limit. */
export interface OpcuaHello {
  readonly version: number;
  readonly receiveBuffer: number;
  readonly sendBuffer: number;
  readonly maxMessage: number;
  readonly maxChunks: number;
}

/** How a channel is opened. */
export interface OpcuaChannel {
  readonly policyUri: string;
  /** Absent where the request was not seen. */
  readonly request?: 'issue' | 'renew';
  /** Of the token, ms; what follows is absent where it could not be read. */
  readonly requestedLifetime?: number;
  readonly revisedLifetime?: number;
  /** When the server made the token, ISO 8601. */
  readonly createdAt?: string;
  /** Thumbprint of the certificate that the client takes for the server's. */
  readonly expects?: string;
  /** How often it was renewed before, as far as it was seen. */
  readonly renewals: number;
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
  /** The server opened the TCP connection, so that its port is none where it listens. */
  readonly reverseConnect?: true;
  /** Numeric encoding id of the request type; absent where it cannot be read. */
  readonly service?: { readonly id: number; readonly name?: string };
  readonly security?: OpcuaSecurity;
  /** Of HEL and ACK. */
  readonly hello?: OpcuaHello;
  /** Of OPN. */
  readonly channel?: OpcuaChannel;
  /** Of a message that cannot be read: its chunks, and their bytes with all headers. */
  readonly chunkCount?: number;
  readonly messageSize?: number;
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
  /** What else request and response say, of a service of which `nodes` and `methods` do not tell everything. */
  readonly parameters?: { readonly request?: OpcuaFields; readonly response?: OpcuaFields };
  /** What a server says of an error, in the header of its response. */
  readonly diagnostics?: OpcuaFields;
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
