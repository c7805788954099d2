/** What the bodies of messages say, as far as the product reads them. Plain values; texts are bounded. */
import type {
  OpcuaBuildInfo,
  OpcuaCertificate,
  OpcuaIdentity,
  OpcuaValue,
} from '#sensor/model/opcua.ts';
import type { Datum, Structure } from './datum.ts';
import type { NodeId } from './node-id.ts';

export interface NodeAttribute {
  readonly node: NodeId;
  readonly attribute: number;
  /** Only a range of an array is meant. */
  readonly isPart?: true;
}

export interface WrittenNode extends NodeAttribute {
  readonly value?: OpcuaValue;
  readonly type?: string;
}

export interface CalledMethod {
  readonly object: NodeId;
  readonly method: NodeId;
  readonly arguments: readonly OpcuaValue[];
}

export interface MonitoredNode extends NodeAttribute {
  /** By which the client knows it: notifications name no node. */
  readonly clientHandle: number;
}

/** All fields of the message behind its header. */
interface Parameters {
  readonly parameters: Structure;
}

/** `more`: nodes beyond those that are listed. */
export type RequestBody =
  | ({ readonly kind: 'discovery'; readonly endpointUrl: string | undefined } & Parameters)
  | (Parameters & {
      readonly kind: 'open-channel';
      readonly mode: number;
      /** Of the token, ms. */
      readonly lifetime: number;
    })
  | (Parameters & {
      readonly kind: 'create-session';
      readonly applicationUri: string | undefined;
      readonly endpointUrl: string | undefined;
      readonly sessionName: string | undefined;
      readonly certificate: OpcuaCertificate | undefined;
    })
  | ({
      readonly kind: 'activate-session';
      readonly identity: OpcuaIdentity | undefined;
    } & Parameters)
  | { readonly kind: 'read'; readonly nodes: readonly NodeAttribute[]; readonly more: number }
  | { readonly kind: 'write'; readonly nodes: readonly WrittenNode[]; readonly more: number }
  | {
      readonly kind: 'browse';
      readonly nodes: readonly NodeId[];
      /** Digests of those beyond, each once, the first of them. */
      readonly unlisted: readonly number[];
      readonly more: number;
    }
  | { readonly kind: 'call'; readonly methods: readonly CalledMethod[]; readonly more: number }
  /** Nodes of any other service. */
  | (Parameters & {
      readonly kind: 'nodes';
      readonly nodes: readonly NodeAttribute[];
      readonly more: number;
      /** Whether it is about each node as such, so that the attribute says nothing. */
      readonly isAboutNode: boolean;
    })
  | (Parameters & {
      readonly kind: 'monitor';
      readonly nodes: readonly NodeAttribute[];
      readonly more: number;
      /** As many as could be read, those of `nodes` among them. */
      readonly items: readonly MonitoredNode[];
    })
  /** It is about no nodes. */
  | ({ readonly kind: 'parameters' } & Parameters)
  /** Nothing of it is kept: its service is all that matters. */
  | { readonly kind: 'plain' }
  /** Its fields were not read. */
  | { readonly kind: 'unread' };

export interface NodeResult {
  readonly value?: OpcuaValue;
  readonly type?: string;
  readonly status: number;
  readonly references?: number;
  /** Valid iff the value is one, or a server's status. */
  readonly buildInfo?: OpcuaBuildInfo;
}

/** What a notification says of an item that is watched; of an event, nothing but that there was one. */
export interface Notified {
  readonly clientHandle: number;
  readonly result?: NodeResult;
}

/** `bad`: how many of all results are. */
export type ResponseBody =
  | ({ readonly kind: 'discovery'; readonly serverUri: string | undefined } & Parameters)
  | (Parameters & {
      readonly kind: 'open-channel';
      readonly channelId: number;
      readonly tokenId: number;
      /** ISO 8601. */
      readonly createdAt: string;
      /** Of the token, ms. */
      readonly lifetime: number;
    })
  | (Parameters & {
      readonly kind: 'create-session';
      /** Never leaves the decoder. */
      readonly token: string;
      readonly serverUri: string | undefined;
      readonly certificate: OpcuaCertificate | undefined;
    })
  | {
      readonly kind: 'results';
      readonly results: readonly NodeResult[];
      readonly count: number;
      readonly bad: number;
      /** Absent where the service has a reader of its own. */
      readonly parameters?: Structure;
      /** Numbers that a server gave to items in their order, 0 where it refused one. Valid iff it was asked for some. */
      readonly items?: readonly number[];
    }
  | {
      readonly kind: 'published';
      /** Absent in the answer of Republish, whose request names it. */
      readonly subscriptionId?: number;
      readonly notified: readonly Notified[];
      /** How many there are in all. */
      readonly count: number;
      /** Absent where the service has a reader of its own. */
      readonly parameters?: Structure;
    }
  | ({ readonly kind: 'parameters' } & Parameters)
  | { readonly kind: 'plain' }
  | { readonly kind: 'unread' };

export interface RequestHeader {
  /** Authentication token of the session, as text. Never leaves the decoder. */
  readonly token: string;
  readonly handle: number;
}

export interface ResponseHeader {
  readonly handle: number;
  readonly result: number;
  /** Absent where the server says no more than the result. */
  readonly diagnostics?: Datum;
  /** The string table, in which diagnostics name their texts by number. */
  readonly names?: readonly string[];
}
