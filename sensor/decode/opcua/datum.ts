/**
 * A message, or a part of it, as a tree of the fields that the specification names, with every detail of
 * its encoding. Built by `schema/`; secrets are `Hidden` in it, never there.
 *
 * A number, a boolean, a text or nothing (a null string) stands for itself; 64 bits are a bigint, a Guid is
 * its text. Texts are clean and bounded as `BinaryReader.text` gives them; what a `Budget` has no room for
 * is missing from the members of a list.
 */
import type { NodeId } from './node-id.ts';

export type Datum =
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Bytes
  | Hidden
  | Time
  | Status
  | Choice
  | Node
  | Token
  | Qualified
  | Localized
  | Diagnostic
  | Timed
  | VariantDatum
  | Extension
  | List
  | Structure;

export interface Bytes {
  readonly kind: 'bytes';
  /** As on the wire; -1 = null. */
  readonly length: number;
  /** A copy of the first of them, as many as there was room for. */
  readonly kept: Buffer;
}

/** What must not leave the decoder. */
export interface Hidden {
  readonly kind: 'hidden';
  /** Bytes that it takes; -1 where it is null. */
  readonly length: number;
  /** Valid iff it is an array: its members, as on the wire, which are not part of `length`. */
  readonly count?: number;
}

interface Time {
  readonly kind: 'time';
  /** 100 ns since 1601. OPC 10000-6, 5.2.2.5. */
  readonly ticks: bigint;
}

interface Status {
  readonly kind: 'status';
  readonly code: number;
}

/** A value of an enumeration; it may be one that has no name. */
export interface Choice {
  readonly kind: 'choice';
  readonly value: number;
  readonly name?: string;
}

/** NodeId or ExpandedNodeId. */
export interface Node {
  readonly kind: 'node';
  /** The byte before it, with the flags of an ExpandedNodeId. */
  readonly encoding: number;
  readonly id: NodeId;
  readonly namespaceUri?: string;
  readonly serverIndex?: number;
}

/** An authentication token: a NodeId whose identifier is hidden. */
export interface Token {
  readonly kind: 'token';
  readonly encoding: number;
  readonly namespace: number;
  /** Bytes of the identifier; 0 where it is no session's. */
  readonly length: number;
}

export interface Qualified {
  readonly kind: 'qualified';
  readonly namespace: number;
  readonly name: string | undefined;
}

export interface Localized {
  readonly kind: 'localized';
  readonly mask: number;
  /** Valid iff the mask says so, as are all optional fields of what follows. */
  readonly locale?: string | undefined;
  readonly text?: string | undefined;
}

/** DiagnosticInfo. The numbers are places in the string table of the response. */
export interface Diagnostic {
  readonly kind: 'diagnostic';
  readonly mask: number;
  readonly symbolicId?: number;
  readonly namespaceUri?: number;
  readonly locale?: number;
  readonly localizedText?: number;
  readonly additionalInfo?: string | undefined;
  readonly innerStatusCode?: number;
  readonly inner?: Datum;
}

/** DataValue. */
export interface Timed {
  readonly kind: 'timed';
  readonly mask: number;
  readonly value?: Datum;
  readonly status?: number;
  readonly sourceTimestamp?: bigint;
  readonly sourcePicoseconds?: number;
  readonly serverTimestamp?: bigint;
  readonly serverPicoseconds?: number;
}

export interface VariantDatum {
  readonly kind: 'variant';
  readonly encoding: number;
  /** `Double`; absent where it is null. */
  readonly type?: string;
  /** A `List` where the encoding says array. */
  readonly value: Datum;
  readonly dimensions?: List;
}

export interface Extension {
  readonly kind: 'extension';
  readonly type: Node;
  /** 0 = no body, 1 = binary, 2 = XML. */
  readonly encoding: number;
  /** Of the body, as on the wire; -1 = null. Valid iff `encoding` is not 0. */
  readonly length: number;
  /** A `Structure` where the schema knows its type and the bytes fit it, else `Bytes` or `Hidden`. */
  readonly body: Datum;
}

export interface List {
  readonly kind: 'list';
  /** As on the wire; -1 = null. */
  readonly count: number;
  /** The first of them, as many as there was room for. */
  readonly members: readonly Datum[];
}

export interface Structure {
  readonly kind: 'structure';
  /** `ReadValueId` */
  readonly type: string;
  /** In the order of the wire. The names are the schema's own. */
  readonly fields: ReadonlyMap<string, Datum>;
}

/** Data of one tree; 100 nodes with their attributes are some thousand. */
export const MAX_DATA = 4096;

/** Characters and bytes in all of it, as the values of a message have. */
const MAX_DATA_TEXT = 65_536;

/**
 * What there is room for in one tree. Once it is used up, lists have no further members: those are passed over,
 * and still proven. A field of its own is always read, so nothing can hide behind a long list before it.
 */
export class Budget {
  data: number;
  text: number;

  constructor(data = MAX_DATA, text = MAX_DATA_TEXT) {
    this.data = data;
    this.text = text;
  }
}
