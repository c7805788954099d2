/**
 * Reads a response body: type id, response header, fields. Tolerant as `parse-request.ts`, whose words
 * mean the same here.
 *
 * Spec: OPC 10000-4, 5; OPC 10000-6, 5.2.
 */
import { MAX_NODES } from '#sensor/model/bounds.ts';
import { BinaryReader } from './binary.ts';
import type { NodeResult, Notified, ResponseBody, ResponseHeader } from './body.ts';
import { Budget } from './datum.ts';
import { bodyFacts, type OpcuaFact } from './fault.ts';
import { readItemNumbers } from './item-list.ts';
import { readExpandedNodeId, readNodeId, readTypeId } from './node-id.ts';
import { responseBody } from './response-body.ts';
import { bodyCodecOf, EXTENSION_OBJECT } from './schema/catalogue.ts';
import * as services from './services.ts';
import { isBad } from './status-codes.ts';
import { readResponseHeader } from './structures.ts';
import { structureOf } from './tree.ts';
import {
  localizedText,
  members,
  readDataValue,
  readVariant,
  skipDiagnostics,
  skipExtensionBody,
} from './values.ts';

export interface ParsedResponse {
  /** Numeric encoding id of the response; 0 where the type is not of namespace 0. */
  readonly id: number;
  /** Undefined for a ServiceFault, which answers any. */
  readonly service: services.Service | undefined;
  readonly header: ResponseHeader;
  readonly body: ResponseBody;
  readonly facts: readonly OpcuaFact[];
  readonly isExact: boolean;
  readonly isHeaded: boolean;
  readonly secrets: readonly number[];
}

export function parseResponse(bytes: Buffer, at = 0, end = bytes.length): ParsedResponse {
  const reader = new BinaryReader(bytes, at, end);
  const id = readTypeId(reader);
  const service = services.BY_RESPONSE.get(id);
  const header = readResponseHeader(reader);
  const isHeaded = reader.fault === undefined;
  const body = isHeaded ? readBody(reader, id, service) : ({ kind: 'unread' } as const);
  const isExact = body.kind !== 'unread' && reader.fault === undefined && reader.left === 0;
  const facts = bodyFacts(reader, {
    name: service === undefined ? nameOf(id) : `the response of ${service.name}`,
    isRead: body.kind !== 'unread',
    at,
  });
  return { id, service, header, body, facts, isExact, isHeaded, secrets: reader.secrets };
}

const nameOf = (id: number): string =>
  id === services.SERVICE_FAULT ? 'ServiceFault' : `response ${id}`;

function readBody(
  reader: BinaryReader,
  id: number,
  service: services.Service | undefined,
): ResponseBody {
  if (id === services.SERVICE_FAULT) return { kind: 'plain' };
  switch (service?.id ?? 0) {
    case services.READ:
      return results(reader, 1, readResult);
    case services.WRITE:
      return results(reader, 4, (each) => ({ status: each.uint32() }));
    case services.BROWSE:
    case services.BROWSE_NEXT:
      return results(reader, 12, browseResult);
    case services.CALL:
      return results(reader, 16, callResult);
    case services.PUBLISH:
      return publish(reader);
    default:
      return readParameters(reader, service);
  }
}

/** All fields, of a service that is not asked so often that it needs a reader of its own. */
function readParameters(reader: BinaryReader, service: services.Service | undefined): ResponseBody {
  const codec = service === undefined ? undefined : bodyCodecOf(service.response);
  const isCreation = service?.id === services.CREATE_ITEMS;
  const isRepeated = service?.id === services.REPUBLISH;
  const items = isCreation ? readItemNumbers(reader.within(reader.at, reader.left)) : undefined;
  const message = isRepeated ? notifications(reader.within(reader.at, reader.left)) : undefined;
  const tree = structureOf(codec?.read(reader, new Budget()));
  if (tree === undefined || service === undefined) return { kind: 'unread' };
  if (message !== undefined) return { kind: 'published', ...message, parameters: tree };
  const body = responseBody(service.id, tree, reader.token);
  return body.kind === 'results' && items !== undefined ? { ...body, items } : body;
}

/** An array of results, and behind it that of their diagnostics. */
function results(
  reader: BinaryReader,
  least: number,
  read: (reader: BinaryReader) => NodeResult,
): ResponseBody {
  const count = reader.count(least);
  let bad = 0;
  const kept = members(
    reader,
    count,
    (each) => {
      const result = read(each);
      if (isBad(result.status)) bad++;
      return result;
    },
    MAX_NODES,
  );
  skipDiagnostics(reader);
  return { kind: 'results', results: kept, count, bad };
}

/** DataValue, and the build info that it holds if it is that of a server. */
function readResult(reader: BinaryReader): NodeResult {
  reader.buildInfo = undefined;
  const result = readDataValue(reader);
  const { buildInfo } = reader;
  return buildInfo === undefined ? result : { ...result, buildInfo };
}

/** BrowseResult: status, continuation point, references. 7.6. */
function browseResult(reader: BinaryReader): NodeResult {
  const status = reader.uint32();
  reader.skipText();
  const references = reader.count(13);
  members(reader, references, skipReference, 0);
  return { status, references };
}

/** ReferenceDescription. 7.30. */
function skipReference(reader: BinaryReader): void {
  readNodeId(reader);
  reader.take(1);
  readExpandedNodeId(reader);
  reader.take(2);
  reader.skipText();
  localizedText(reader);
  reader.take(4);
  readExpandedNodeId(reader);
}

/**
 * CallMethodResult: status, those of the arguments and their diagnostics, output. 5.12.2. Outputs are
 * hidden: methods hand out keys and tokens (GetSecurityKeys, RequestAccessToken, FinishRequest).
 */
function callResult(reader: BinaryReader): NodeResult {
  const status = reader.uint32();
  reader.take(reader.count(4) * 4);
  skipDiagnostics(reader);
  const count = reader.count(1);
  const from = reader.at;
  members(reader, count, readVariant, 0);
  reader.hide(from, reader.at - from);
  return { status };
}

type Published = Extract<ResponseBody, { kind: 'published' }>;

/** Encoding ids of notifications. OPC 10000-4, 7.25. */
const DATA_CHANGE = 811;
const EVENTS = 916;

/** 5.14.5. Handles, and the values of those whose data changed. */
function publish(reader: BinaryReader): ResponseBody {
  const subscriptionId = reader.uint32();
  reader.take(reader.count(4) * 4);
  reader.take(1);
  const message = notifications(reader);
  reader.take(reader.count(4) * 4);
  skipDiagnostics(reader);
  return { kind: 'published', subscriptionId, ...message };
}

/** NotificationMessage: sequence number, time, notifications. 7.26. */
function notifications(reader: BinaryReader): Pick<Published, 'notified' | 'count'> {
  reader.take(12);
  const notified: Notified[] = [];
  const messages = reader.count(3);
  let count = 0;
  for (let i = 0; i < messages && reader.fault === undefined; i++)
    count += notification(reader, notified);
  return { notified, count };
}

/** Adds what is notified, as far as it is kept, and gives how much it is. What does not fit its type is nothing. */
function notification(reader: BinaryReader, notified: Notified[]): number {
  const from = reader.at;
  const { namespace, numeric } = readNodeId(reader);
  const length = skipExtensionBody(reader);
  const body = reader.within(reader.at - length, length);
  // What may be secret in it is hidden, whatever it is.
  EXTENSION_OBJECT.skip(reader.within(from, reader.at - from));
  if (namespace !== 0 || (numeric !== DATA_CHANGE && numeric !== EVENTS)) return 0;
  body.room = reader.room;
  const isEvent = numeric === EVENTS;
  const before = notified.length;
  const count = body.count(isEvent ? 8 : 5);
  const kept = members(body, count, isEvent ? eventOf : changeOf, MAX_NODES - before);
  reader.room = body.room;
  reader.isUnclean ||= body.isUnclean;
  if (body.fault !== undefined) return 0;
  notified.push(...kept);
  return count;
}

const changeOf = (reader: BinaryReader): Notified => ({
  clientHandle: reader.uint32(),
  result: readDataValue(reader),
});

/** Of an event, only that there was one: its fields have no names here. */
function eventOf(reader: BinaryReader): Notified {
  const clientHandle = reader.uint32();
  members(reader, reader.count(1), readVariant, 0);
  return { clientHandle };
}
