/**
 * Reads a request body: the type id that names its service, the request header, the fields.
 *
 * Tolerant: it always answers, and lists what is wrong. `isExact` iff it was read to its very last byte
 * without a fault, which is the only proof that bytes of an unknown channel are what they seem.
 *
 * Spec: OPC 10000-4, 5; OPC 10000-6, 5.2.
 */
import { CUT, MAX_NODES, MAX_UNLISTED } from '#sensor/model/bounds.ts';
import { nodeDigest } from '#sensor/model/node-digest.ts';
import type { OpcuaValue } from '#sensor/model/opcua.ts';
import { SHOWN_ARGUMENTS } from './arguments.ts';
import { BinaryReader } from './binary.ts';
import type {
  CalledMethod,
  NodeAttribute,
  RequestBody,
  RequestHeader,
  WrittenNode,
} from './body.ts';
import { Budget } from './datum.ts';
import { bodyFacts, type OpcuaFact } from './fault.ts';
import { type NodeId, nodeIdText, readNodeId, readTypeId } from './node-id.ts';
import { requestBody } from './request-body.ts';
import { bodyCodecOf } from './schema/catalogue.ts';
import * as services from './services.ts';
import { readRequestHeader, skipView } from './structures.ts';
import { structureOf } from './tree.ts';
import { beginValue, members, readDataValue, readVariant } from './values.ts';

export interface ParsedRequest {
  /** Numeric encoding id; 0 where the type is not of namespace 0. */
  readonly id: number;
  readonly service: services.Service | undefined;
  readonly header: RequestHeader;
  readonly body: RequestBody;
  readonly facts: readonly OpcuaFact[];
  readonly isExact: boolean;
  /** The header was read whole, so the token in it is hidden. */
  readonly isHeaded: boolean;
  /** Pairs of begin and end in `bytes`. */
  readonly secrets: readonly number[];
  /** What follows the header, in the same memory as `bytes`. */
  readonly rest: Buffer;
}

export function parseRequest(bytes: Buffer, at = 0, end = bytes.length): ParsedRequest {
  const reader = new BinaryReader(bytes, at, end);
  const id = readTypeId(reader);
  const service = services.SERVICES.get(id);
  const header = readRequestHeader(reader);
  const isHeaded = reader.fault === undefined;
  const rest = bytes.subarray(reader.at, end);
  const body = isHeaded ? readBody(reader, id) : UNREAD;
  const isExact = body.kind !== 'unread' && reader.fault === undefined && reader.left === 0;
  const facts = bodyFacts(reader, {
    name: service?.name ?? `service ${id}`,
    isRead: body.kind !== 'unread',
    at,
  });
  return { id, service, header, body, facts, isExact, isHeaded, secrets: reader.secrets, rest };
}

/** The request of a known question, of which only what follows the header was kept. */
export function parseKnown(id: number, rest: Buffer, handle: number): ParsedRequest {
  const reader = new BinaryReader(rest);
  const body = id === services.PUBLISH ? ({ kind: 'plain' } as const) : readBody(reader, id);
  const header = { token: '', handle };
  const service = services.SERVICES.get(id);
  const read = { facts: [], isExact: true, isHeaded: true, secrets: [], rest };
  return { id, service, header, body, ...read };
}

function readBody(reader: BinaryReader, id: number): RequestBody {
  switch (id) {
    case services.READ: {
      reader.take(12);
      const list = listed(reader, 16, readValueId);
      return list === undefined ? UNREAD : { kind: 'read', nodes: list.kept, more: list.more };
    }
    case services.WRITE: {
      const list = listed(reader, 11, writeValue);
      return list === undefined ? UNREAD : { kind: 'write', nodes: list.kept, more: list.more };
    }
    case services.BROWSE: {
      skipView(reader);
      reader.take(4);
      return browsed(reader);
    }
    case services.CALL: {
      const list = listed(reader, 8, calledMethod);
      return list === undefined ? UNREAD : { kind: 'call', methods: list.kept, more: list.more };
    }
    case services.PUBLISH:
      reader.take(reader.count(8) * 8);
      return { kind: 'plain' };
    default:
      return readParameters(reader, id);
  }
}

/** All fields, of a service that is not asked so often that it needs a reader of its own. */
function readParameters(reader: BinaryReader, id: number): RequestBody {
  const tree = structureOf(
    services.SERVICES.has(id) ? bodyCodecOf(id)?.read(reader, new Budget()) : undefined,
  );
  return tree === undefined ? UNREAD : requestBody(id, tree, reader.fault === undefined);
}

const UNREAD = { kind: 'unread' } as const;

interface Listed<T> {
  readonly kept: readonly T[];
  /** How many are not kept. */
  readonly more: number;
  /** How many of those could not be read. */
  readonly unread: number;
}

/**
 * What a request lists, as far as it could be read whole: the member in which a fault lies, and those
 * behind it, are `more`, because a server may read on where this reader does not. Undefined where their
 * number is a fault.
 */
function listed<T>(
  reader: BinaryReader,
  least: number,
  read: (reader: BinaryReader) => T,
): Listed<T> | undefined {
  const count = reader.count(least);
  if (reader.fault !== undefined) return undefined;
  let whole = 0;
  const each = (from: BinaryReader): T => {
    const member = read(from);
    if (from.fault === undefined) whole++;
    return member;
  };
  const kept = members(reader, count, each, MAX_NODES).slice(0, whole);
  return { kept, more: count - kept.length, unread: count - whole };
}

/** ReadValueId: node, attribute, index range, data encoding. OPC 10000-4, 7.29. */
function readValueId(reader: BinaryReader): NodeAttribute {
  const node = readNodeId(reader);
  const attribute = reader.uint32();
  reader.skipText();
  reader.take(2);
  reader.skipText();
  return { node, attribute };
}

/** WriteValue: node, attribute, index range, value. 5.11.4. */
function writeValue(reader: BinaryReader): WrittenNode {
  const node = readNodeId(reader);
  const attribute = reader.uint32();
  reader.skipText();
  const { value, type } = readDataValue(reader);
  if (value === undefined || type === undefined) return { node, attribute };
  return { node, attribute, value, type };
}

/**
 * Of the nodes beyond those that are kept, the digest is: each once, so that many of the same hide no others.
 * The place of a node that cannot be read stands for it, as if the same request named the same nodes again.
 */
function browsed(reader: BinaryReader): RequestBody {
  const unlisted = new Set<number>();
  const note = (text: string): void => {
    if (unlisted.size < MAX_UNLISTED) unlisted.add(nodeDigest(text));
  };
  let place = 0;
  const list = listed(reader, 17, (each) => {
    const node = browseDescription(each);
    const isKept = place++ < MAX_NODES;
    if (!isKept && each.fault === undefined) note(nodeIdText(node));
    return node;
  });
  if (list === undefined) return UNREAD;
  const { kept, more, unread } = list;
  for (let i = 0; i < Math.min(unread, MAX_UNLISTED); i++) note(`unread ${i}`);
  return { kind: 'browse', nodes: kept, unlisted: [...unlisted], more };
}

/** BrowseDescription. 5.9.2. */
function browseDescription(reader: BinaryReader): NodeId {
  const node = readNodeId(reader);
  reader.take(4);
  readNodeId(reader);
  reader.take(9);
  return node;
}

/** CallMethodRequest. 5.12.2. */
function calledMethod(reader: BinaryReader): CalledMethod {
  const object = readNodeId(reader);
  const method = readNodeId(reader);
  const [from, room] = [reader.at, reader.room];
  beginValue(reader);
  const values = members(reader, reader.count(1), argument, MAX_NODES);
  if (method.namespace !== 0) return { object, method, arguments: values };
  reader.room = room;
  // Methods of the specification take passwords and private keys (AddUser, ChangePassword,
  // UpdateCertificate), and nothing that is worth showing.
  reader.hide(from, reader.at - from);
  return { object, method, arguments: [] };
}

function argument(reader: BinaryReader): OpcuaValue {
  const [from, room] = [reader.at + 1, reader.room];
  const read = readVariant(reader);
  if (read !== undefined && SHOWN_ARGUMENTS.has(read.type)) return read.value;
  reader.room = room;
  if (reader.at <= from) return '';
  reader.hide(from, reader.at - from);
  return CUT;
}
