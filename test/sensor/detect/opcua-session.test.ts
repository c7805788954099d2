import { describe, expect, test } from 'vitest';
import { start } from '#sensor/detect/detector.ts';
import {
  ANONYMOUS_WRITE,
  MAX_REFUSED_PAIRS,
  opcuaSessionDetector,
  REFUSAL_WINDOW_MICROS,
  REFUSED_USERS,
  SESSIONS_FULL,
  UNSECURED,
  USER_BRUTE_FORCE,
} from '#sensor/detect/opcua-session.ts';
import type { OpcuaExchange } from '#sensor/model/event.ts';
import type { OperationKind } from '#sensor/model/operation.ts';
import { type OpcuaShape, opcuaExchange, toNode } from '../../support/opcua-exchange.ts';

const factsOf = (...events: readonly OpcuaExchange[]): readonly string[] => {
  const inspect = start(opcuaSessionDetector());
  return events.flatMap((event) => inspect(event, event.at).map(({ name }) => name));
};

describe('a session without security', () => {
  const none = { security: { policy: 'None', mode: 'None' } } as const;
  test.each<[string, OpcuaShape, readonly string[]]>([
    ['begins', { service: 'CreateSession', opcua: none }, [UNSECURED]],
    ['moves to such a channel', { service: 'ActivateSession', opcua: none }, [UNSECURED]],
    ['is not answered', { service: 'CreateSession', opcua: none, outcome: 'unknown' }, [UNSECURED]],
    ['is refused', { service: 'CreateSession', opcua: none, outcome: 'failure' }, []],
    ['is none yet: discovery', { service: 'GetEndpoints', opcua: none }, []],
    [
      'is another: it is signed',
      { service: 'CreateSession', opcua: { security: { policy: 'Basic256Sha256' } } },
      [],
    ],
    ['may be: nobody knows how it is secured', { service: 'CreateSession' }, []],
  ])('%s', (_, shape, facts) => {
    expect(factsOf(opcuaExchange(shape))).toEqual(facts);
  });
});

describe('an anonymous user', () => {
  const anonymous = { identity: { type: 'anonymous' } } as const;
  const does = (kind: OperationKind, shape: OpcuaShape = {}) =>
    opcuaExchange({ opcua: anonymous, operations: [toNode(kind, 'i=1')], ...shape });

  test.each<[OperationKind, boolean]>([
    ['write', true],
    ['control', true],
    ['configure', true],
    ['program', true],
    ['read', false],
    ['browse', false],
    ['subscribe', false],
    ['identify', false],
  ])('and %s', (kind, tells) => {
    expect(factsOf(does(kind))).toEqual(tells ? [ANONYMOUS_WRITE] : []);
  });

  test('that the server refuses is none', () => {
    expect(factsOf(does('write', { outcome: 'failure' }))).toEqual([]);
  });

  test('is not who gave a name, nor of whom nothing is known', () => {
    const joe = { identity: { type: 'user-name', user: 'joe' } } as const;
    expect(factsOf(does('write', { opcua: joe }), does('write', { opcua: {} }))).toEqual([]);
  });
});

describe('users that are tried', () => {
  const refused = (at: number, shape: OpcuaShape = {}, name = 'BadUserAccessDenied') =>
    opcuaExchange({
      at,
      service: 'ActivateSession',
      outcome: 'failure',
      ...shape,
      opcua: { status: { code: '0x801F0000', name } },
    });
  const times = (count: number, shape: OpcuaShape = {}) =>
    Array.from({ length: count }, (_, i) => refused(i, shape));

  test.each([
    ['one less', REFUSED_USERS - 1, 0],
    ['just as many', REFUSED_USERS, 1],
    ['one more', REFUSED_USERS + 1, 2],
  ])('%s than make a program of it', (_, count, tells) => {
    expect(factsOf(...times(count))).toEqual(Array(tells).fill(USER_BRUTE_FORCE));
  });

  test.each([
    ['one µs before the window ends', REFUSAL_WINDOW_MICROS - 1, [USER_BRUTE_FORCE]],
    ['as the window ends', REFUSAL_WINDOW_MICROS, []],
    ['one µs after', REFUSAL_WINDOW_MICROS + 1, []],
  ])('the last refusal comes %s', (_, at, facts) => {
    expect(factsOf(...times(REFUSED_USERS - 1), refused(at))).toEqual(facts);
  });

  test('slowly are never a program', () => {
    const every = Math.ceil(REFUSAL_WINDOW_MICROS / (REFUSED_USERS - 1));
    const slow = Array.from({ length: 200 }, (_, i) => refused(i * every));
    expect(factsOf(...slow)).toEqual([]);
  });

  test.each([
    ['BadIdentityTokenInvalid', 1],
    ['BadIdentityTokenRejected', 1],
    ['BadUserSignatureInvalid', 1],
    ['BadTooManySessions', 0],
    ['Good', 0],
  ])('%s is a refusal of the user: %d', (name, tells) => {
    const events = Array.from({ length: REFUSED_USERS }, (_, i) => refused(i, {}, name));
    expect(factsOf(...events)).toHaveLength(tells);
  });

  test('are counted by client and server', () => {
    const others = times(1, { from: '127.20.2.11' });
    expect(factsOf(...times(REFUSED_USERS - 1), ...others)).toEqual([]);
    expect(factsOf(...times(REFUSED_USERS - 1), ...times(1, { to: '127.20.3.21' }))).toEqual([]);
  });

  test('of the pair that was quiet longest are forgotten, and that is told', () => {
    const pair = (i: number, at = i) => refused(at, { from: `10.0.${i >> 8}.${i & 255}` });
    const first = times(REFUSED_USERS - 1, { from: '10.0.0.0' });
    const full = Array.from({ length: MAX_REFUSED_PAIRS - 1 }, (_, i) => pair(i + 1));
    const last = pair(0, MAX_REFUSED_PAIRS);
    expect(factsOf(...first, ...full, last)).toEqual([USER_BRUTE_FORCE]);
    expect(factsOf(...first, ...full, pair(MAX_REFUSED_PAIRS), last)).toEqual([
      SESSIONS_FULL,
      SESSIONS_FULL,
    ]);
  });
});
