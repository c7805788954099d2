/**
 * States what is weak about sessions of OPC UA: that they have no security, that nobody says who writes,
 * that somebody tries passwords.
 *
 * A channel without security is normal for discovery (GetEndpoints), where no session follows. Twenty
 * refused users a minute is the threshold of Defender's catalogue; a person mistypes a few times.
 */
import type { OpcuaExchange } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import { changesSomething } from '#sensor/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';
import { type Detector, NO_FACTS } from './detector.ts';
import { pairKey } from './pair-key.ts';
import { RecentMap } from './recent-map.ts';

export const UNSECURED = 'opcua-session.unsecured';
export const ANONYMOUS_WRITE = 'opcua-session.anonymous-write';
export const USER_BRUTE_FORCE = 'opcua-session.user-brute-force';
export const SESSIONS_FULL = 'opcua-session.memory-full';

export const REFUSAL_WINDOW_MICROS = 60_000_000;
export const REFUSED_USERS = 20;
/** Pairs of client and server watched at once. */
export const MAX_REFUSED_PAIRS = 4096;

/** Statuses with which a server refuses a user. OPC 10000-4, 5.7.3. */
const REFUSALS: ReadonlySet<string> = new Set([
  'BadUserAccessDenied',
  'BadIdentityTokenInvalid',
  'BadIdentityTokenRejected',
  'BadUserSignatureInvalid',
]);

/** Times of the newest refusals by client and server, oldest first. */
type Memory = RecentMap<string, Micros[]>;

export function opcuaSessionDetector(): Detector<Memory> {
  return {
    name: 'opcua-session',
    remember: () => new RecentMap<string, Micros[]>(MAX_REFUSED_PAIRS),
    inspect: (event, now, memory) =>
      event.kind === 'exchange' && event.protocol === 'opcua'
        ? [...unsecured(event), ...anonymousWrite(event), ...bruteForce(event, now, memory)]
        : NO_FACTS,
  };
}

function unsecured({ opcua, outcome }: OpcuaExchange): Fact[] {
  const { service, security, session } = opcua;
  // A session moves to another channel by activating it there.
  const begins = service?.name === 'CreateSession' || service?.name === 'ActivateSession';
  if (!begins || outcome === 'failure' || security?.policy !== 'None') return [];
  const name = session?.name === undefined ? 'a session' : `session \`${session.name}\``;
  const text = `${name} is neither signed nor encrypted: whoever can reach the wire can read and change it`;
  return [{ name: UNSECURED, text }];
}

function anonymousWrite({ opcua, operations, outcome }: OpcuaExchange): Fact[] {
  if (opcua.identity?.type !== 'anonymous' || outcome === 'failure') return [];
  if (!changesSomething(operations)) return [];
  const verdict = outcome === 'success' ? ', and the server let it' : '';
  return [{ name: ANONYMOUS_WRITE, text: `the client gave no name${verdict}` }];
}

function bruteForce({ opcua, client, server }: OpcuaExchange, now: Micros, memory: Memory): Fact[] {
  if (opcua.service?.name !== 'ActivateSession') return [];
  if (!REFUSALS.has(opcua.status?.name ?? '')) return [];
  const facts: Fact[] = [];
  const key = pairKey(client, server);
  const known = memory.touch(key);
  const times = known ?? [];
  if (known === undefined && memory.add(key, times)) {
    const text = `${MAX_REFUSED_PAIRS} pairs of client and server are watched for refused users; the one quiet longest was forgotten`;
    facts.push({ name: SESSIONS_FULL, text });
  }
  times.push(now);
  times.splice(0, times.length - REFUSED_USERS);
  const [oldest] = times;
  const isFast = oldest !== undefined && now - oldest < REFUSAL_WINDOW_MICROS;
  if (times.length < REFUSED_USERS || !isFast) return facts;
  const text = `${server.ip} refused ${REFUSED_USERS} users or passwords within ${Math.max(1, Math.round((now - oldest) / 1e6))} s`;
  return [...facts, { name: USER_BRUTE_FORCE, text }];
}
