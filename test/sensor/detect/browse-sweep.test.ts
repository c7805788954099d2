import { describe, expect, test } from 'vitest';
import {
  BROWSE_FULL,
  BROWSE_SWEEP,
  BROWSE_WINDOW_MICROS,
  BROWSED_NODES,
  browseSweepDetector,
  MAX_BROWSE_PAIRS,
} from '#sensor/detect/browse-sweep.ts';
import { start } from '#sensor/detect/detector.ts';
import { MAX_NODES, MAX_UNLISTED } from '#sensor/model/bounds.ts';
import type { OpcuaExchange } from '#sensor/model/event.ts';
import { nodeDigest } from '#sensor/model/node-digest.ts';
import * as ua from '../../support/opcua.ts';
import { type OpcuaShape, opcuaExchange } from '../../support/opcua-exchange.ts';
import { Session } from '../../support/opcua-session.ts';

/** One request about nodes `first` .. `first + count - 1`. */
function browse(first: number, count: number, shape: OpcuaShape = {}) {
  const nodes = Array.from({ length: count }, (_, i) => ({ nodeId: `ns=2;i=${first + i}` }));
  return opcuaExchange({ service: 'Browse', ...shape, opcua: { nodes } });
}

const factsOf = (...events: readonly OpcuaExchange[]): readonly string[] => {
  const inspect = start(browseSweepDetector());
  return events.flatMap((event) => inspect(event, event.at).map(({ name }) => name));
};

const half = BROWSED_NODES / 2;

describe('a browse sweep', () => {
  test.each([
    ['one less', BROWSED_NODES - 1, []],
    ['just as many', BROWSED_NODES, []],
    ['one more', BROWSED_NODES + 1, [BROWSE_SWEEP]],
  ])('of %s than a client may browse', (_, count, facts) => {
    expect(factsOf(browse(0, count))).toEqual(facts);
    expect(factsOf(browse(0, half), browse(half, count - half))).toEqual(facts);
  });

  test('counts different nodes, however often they are asked about', () => {
    const again = Array.from({ length: 10 }, (_, i) => browse(0, BROWSED_NODES, { at: i }));
    expect(factsOf(...again)).toEqual([]);
    expect(factsOf(...again, browse(BROWSED_NODES, 1, { at: 10 }))).toEqual([BROWSE_SWEEP]);
  });

  test.each([
    ['one µs before the window ends', BROWSE_WINDOW_MICROS - 1, [BROWSE_SWEEP]],
    ['as the window ends', BROWSE_WINDOW_MICROS, []],
    ['one µs after', BROWSE_WINDOW_MICROS + 1, []],
  ])('the last node comes %s', (_, at, facts) => {
    expect(factsOf(browse(0, BROWSED_NODES), browse(BROWSED_NODES, 1, { at }))).toEqual(facts);
  });

  test('a node that is asked about again is young again', () => {
    const last = BROWSE_WINDOW_MICROS + 1;
    const events = [browse(0, BROWSED_NODES), browse(0, BROWSED_NODES, { at: 2 })];
    expect(factsOf(...events, browse(BROWSED_NODES, 1, { at: last }))).toEqual([BROWSE_SWEEP]);
  });

  test('goes on being told, and ends with the window', () => {
    const on = [1, 2, 3].map((i) => browse(i * BROWSED_NODES, BROWSED_NODES, { at: i }));
    const later = browse(0, half, { at: 3 + BROWSE_WINDOW_MICROS });
    expect(factsOf(browse(0, BROWSED_NODES), ...on, later)).toEqual(Array(3).fill(BROWSE_SWEEP));
  });

  test('is of one client on one server', () => {
    const one = browse(0, BROWSED_NODES);
    expect(factsOf(one, browse(BROWSED_NODES, 1, { from: '127.20.2.11' }))).toEqual([]);
    expect(factsOf(one, browse(BROWSED_NODES, 1, { to: '127.20.3.21' }))).toEqual([]);
    expect(factsOf(one, browse(BROWSED_NODES, 1, { service: 'Read' }))).toEqual([]);
  });

  test('forgets the pair that was quiet longest, and says so', () => {
    const pair = (i: number, first: number, count: number) =>
      browse(first, count, { from: `10.0.${i >> 8}.${i & 255}` });
    const full = Array.from({ length: MAX_BROWSE_PAIRS }, (_, i) => pair(i, 0, BROWSED_NODES));
    const one = pair(0, BROWSED_NODES, 1);
    expect(factsOf(...full, one)).toEqual([BROWSE_SWEEP]);
    expect(factsOf(...full, pair(MAX_BROWSE_PAIRS, 0, 1), one)).toEqual([BROWSE_FULL, BROWSE_FULL]);
  });
});

const TOKEN = Buffer.from('token');

/** What is stated about requests that browse these nodes, as the decoder reads them. */
const statedOf = (requests: readonly (readonly string[])[]): readonly string[][] =>
  browsed(requests.map((ids) => ua.browseRequest(TOKEN, ids)));

function browsed(requests: readonly Buffer[]): readonly string[][] {
  const session = new Session();
  for (const [i, request] of requests.entries()) {
    session
      .say(0, i + 2, request)
      .say(1, i + 2, ua.body(628, ua.responseHeader(), ua.u32(0), ua.u32(0)));
  }
  const inspect = start(browseSweepDetector());
  return session.connection.opcua
    .filter(({ opcua }) => opcua.service?.name === 'Browse')
    .map((event) => inspect(event, event.at).map(({ name }) => name));
}

const nodes = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `ns=2;i=${from + i}`);

test('the same nodes are counted once, listed or not, in whatever order', () => {
  const two = nodes(0, 200);
  expect(statedOf([two, two, two.toReversed(), two, two, nodes(100, 300)])).toEqual(
    Array.from({ length: 6 }, () => []),
  );
});

test('behind nodes that are always the same others are still counted', () => {
  const same = nodes(0, MAX_NODES);
  const requests = [100, 300, 500].map((from) => [...same, ...nodes(from, from + 200)]);
  expect(statedOf([...requests, same])).toEqual([[], [], ['browse.sweep'], ['browse.sweep']]);
});

test('a request with more nodes than have a digest is a sweep', () => {
  expect(statedOf([nodes(0, MAX_NODES + MAX_UNLISTED + 1)])).toEqual([['browse.sweep']]);
});

test('behind more of the same than have a digest, others are counted as well', () => {
  const same = Array.from({ length: MAX_NODES + MAX_UNLISTED }, () => 'ns=2;i=0');
  const request = (from: number): string[] => [...same, ...nodes(from, from + half)];
  expect(statedOf([request(1), request(1), request(half), request(half + 1)])).toEqual([
    [],
    [],
    [],
    ['browse.sweep'],
  ]);
});

describe('nodes of a request that cannot be read', () => {
  /** A request for `count` nodes, whose node at `broken` is in an encoding that is not assigned. */
  function requestOf(count: number, broken: number): Buffer {
    const ids = nodes(0, count);
    const request = ua.browseRequest(TOKEN, ids);
    request.writeUInt8(0x3f, ua.browseRequest(TOKEN, ids.slice(0, broken)).length);
    return request;
  }

  test.each([
    ['just as many as a client may browse', BROWSED_NODES, []],
    ['one more', BROWSED_NODES + 1, [BROWSE_SWEEP]],
  ])('count as well, with those that can be read %s', (_, count, stated) => {
    for (const broken of [0, 1, MAX_NODES, MAX_NODES + 1, count - 1]) {
      expect(browsed([requestOf(count, broken)])).toEqual([stated]);
    }
  });

  test('are the same ones if they are asked for again', () => {
    const request = requestOf(half, 0);
    expect(browsed(Array.from({ length: 5 }, () => request))).toEqual(Array(5).fill([]));
  });
});

test('nodes that look alike have different digests', () => {
  const texts = [0, 1, 2].flatMap((namespace) =>
    ['i', 's'].flatMap((kind) =>
      Array.from({ length: 20_000 }, (_, i) => `ns=${namespace};${kind}=${i}`),
    ),
  );
  expect(new Set(texts.map(nodeDigest)).size).toBe(texts.length);
});
