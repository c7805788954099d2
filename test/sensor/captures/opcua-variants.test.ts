import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { OpcuaExchange } from '#sensor/model/event.ts';
import {
  factCounts,
  haveSharedCaptures,
  isOpcua,
  readCapture,
  SHARED_CAPTURES,
} from '../../support/captures.ts';
import * as shapes from '../../support/shapes.ts';

/** Conversations of real stacks in many shapes: what loses nothing reads the same, and what does, all the rest. */
const CAPTURES = [
  'opcua-none-anonymous',
  'opcua-none-userpass-wrong',
  'opcua-basic256sha256-sign',
  'opcua-aes256sha256rsapss-signandencrypt',
  'opcua-nodeclient-vs-open62541-none',
  'opcua-open62541-basic256sha256',
  'opcua-open62541client-vs-node-none',
] as const;

const SERVER_PORT = 4840;
const fromServer = (port: number): boolean => port === SERVER_PORT;

const path = (name: string): string => join(SHARED_CAPTURES, '_peers', `${name}.pcap`);

/** What was said, without when and in which frames. */
const said = (exchanges: readonly OpcuaExchange[]) =>
  exchanges.map(({ opcua, outcome, operations, facts }) => ({ opcua, outcome, operations, facts }));

const exchangesOf = (sent: readonly shapes.Sent[], snaplen?: number) =>
  shapes.readSegments(sent, snaplen === undefined ? {} : { snaplen }).events.filter(isOpcua);

/**
 * What a message itself says; what earlier ones told about it may be lost with them: the session, the value
 * that a write replaces, the nodes that a notification is about.
 */
const own = ({ opcua, outcome, frames }: OpcuaExchange): string => {
  const { messageType, requestId, service, methods } = opcua;
  const named = service?.name === 'Publish' ? [] : (opcua.nodes ?? []);
  const nodes = named.map(({ previous: _, ...node }) => node);
  return JSON.stringify({ messageType, requestId, service, nodes, methods, outcome, frames });
};

/** Message type, request id, service and frames: of an exchange, and of either half of it. */
const name = (
  exchange: OpcuaExchange,
  service: number | undefined,
  frames: OpcuaExchange['frames'],
) => JSON.stringify([exchange.opcua.messageType, exchange.opcua.requestId, service, frames]);

const nameOf = (exchange: OpcuaExchange): string =>
  name(exchange, exchange.opcua.service?.id, exchange.frames);

/** A refusal alone does not say what was refused. */
const halvesOf = (exchange: OpcuaExchange): string[] => {
  const { request, response } = exchange.frames;
  const service = exchange.opcua.service?.id;
  return [
    name(exchange, service, { request, response }),
    name(exchange, service, { request, response: [] }),
    name(exchange, service, { request: [], response }),
    name(exchange, undefined, { request: [], response }),
  ];
};

/** One of so many segments is lost; no divisor of the number of places, so that all of them come. */
const STEP = 3;

/** Where bytes of a segment of so many are lost: in both parts of the header, at the end, and all of it. */
const places = (length: number): readonly (readonly [number, number])[] =>
  (
    [
      [0, 4],
      [5, 9],
      [20, 30],
      [length - 5, length],
      [0, length],
    ] as const
  ).filter(([from, to]) => from >= 0 && to <= length);

describe.runIf(haveSharedCaptures()).each(CAPTURES)('%s in many shapes', (capture) => {
  const sent = haveSharedCaptures() ? shapes.segmentsOfCapture(path(capture)) : [];
  const { events } = shapes.readSegments(sent);
  const base = events.filter(isOpcua);

  test('as it was captured: what the file itself gives', () => {
    expect(base.length).toBeGreaterThan(5);
    expect(said(base)).toEqual(said(readCapture(path(capture)).events.filter(isOpcua)));
  });

  test.for<[string, shapes.Shape]>([
    ['segments of one byte', shapes.cut(1)],
    ['segments of seven bytes, less than a header', shapes.cut(7)],
    ['segments in another order', shapes.reordered],
    ['each segment twice', shapes.duplicated],
    ['segments that overlap', shapes.overlapping],
    ['no handshake of TCP', shapes.withoutHandshake],
  ])('%s: the same', ([, shape]) => {
    const shaped = shapes.readSegments(shape(sent));
    expect(said(shaped.events.filter(isOpcua))).toEqual(said(base));
    expect(factCounts(shaped.events)).toEqual(factCounts(events));
  });

  test.for([
    ['the client', false],
    ['the server', true],
  ] as const)('%s alone: each of its messages, and no fault', ([, isServer]) => {
    const heard = shapes.readSegments(shapes.oneWay((port) => fromServer(port) === isServer)(sent));
    const alone = heard.events.filter(isOpcua);
    const count = base.filter(({ frames }) => frames[isServer ? 'response' : 'request'].length > 0);
    expect(alone).toHaveLength(count.length);
    expect(factCounts(heard.events)).toEqual({});
  });

  test('bytes that are lost anywhere cost the exchanges that they belong to, and no others', () => {
    const strange: unknown[] = [];
    const full = [...sent.keys()].filter((i) => sent[i]?.payload.length !== 0);
    for (const [n, i] of full.entries()) {
      // Some segments, each in one of its places: all of them take minutes.
      const choices = places(sent[i]?.payload.length ?? 0);
      const place = choices[n % choices.length];
      if (place === undefined || n % STEP !== 0) continue;
      const whole = shapes.apart(i, ...place)(sent);
      const lossless = exchangesOf(whole);
      const { events: heard } = shapes.readSegments(shapes.without(i + 1)(whole));
      const lossy = heard.filter(isOpcua);
      const owns = new Set(lossy.map(own));
      const halves = new Set(lossless.flatMap(halvesOf));
      const isHit = ({ frames }: OpcuaExchange): boolean =>
        [...frames.request, ...frames.response].some((frame) => frame > i && frame <= i + 3);
      const missing = lossless.filter((each) => !isHit(each) && !owns.has(own(each)));
      // A capture may hold the same bytes once more, in a later frame.
      const invented = lossy.filter((each) => !isHit(each) && !halves.has(nameOf(each)));
      const isAgain = lossy.length === lossless.length && missing.length === 0;
      const faults = Object.keys(factCounts(heard)).filter(
        (fact) => !['stream.gap', 'opcua.unanswered', 'opcua.truncated'].includes(fact),
      );
      if (missing.length > 0 || faults.length > 0 || (invented.length > 0 && !isAgain)) {
        strange.push({ i, place, missing: missing.map(own), invented: invented.map(own), faults });
      }
    }
    expect(strange).toEqual([]);
  });

  test('packets of which only the beginning was captured: what stands in them whole, and gaps', () => {
    const { events: heard, counters } = shapes.readSegments(sent, { snaplen: 64 });
    const halves = new Set(base.flatMap(halvesOf));
    expect(heard.filter(isOpcua).filter((each) => !halves.has(nameOf(each)))).toEqual([]);
    expect(counters.stream.gaps).toBeGreaterThan(0);
    expect(Object.keys(factCounts(heard))).toEqual(['stream.gap']);
  });
});
