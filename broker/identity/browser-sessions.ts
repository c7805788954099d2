/**
 * Who is signed in with a browser. Kept in memory on purpose: a restart of the broker signs everybody
 * out, and no bearer secret ever lies on a disk. Tokens are held as SHA-256 only, so a dump of the
 * table signs nobody in.
 */
import { createHash } from 'node:crypto';
import type { Micros } from '#sensor/model/time.ts';

interface BrowserSession {
  readonly person: string;
  /** The person's `subject` at sign-in: an id given to somebody else meanwhile does not inherit the session. */
  readonly subject: string;
  readonly startedAt: Micros;
  readonly lastUsed: Micros;
}

export interface BrowserSessions {
  /** Signs in: always a fresh token, so one planted before sign-in is worth nothing. Base64url, 256 bit. */
  open(who: { readonly person: string; readonly subject: string }, now: Micros): string;
  /** The session of `token`, which counts as used now. */
  find(token: string, now: Micros): BrowserSession | undefined;
  /** Whether `token` still stands, without counting as use: an open page alone keeps nobody signed in. */
  stands(token: string, now: Micros): boolean;
  close(token: string): void;
}

/** µs without a request after which a session ends. NIST SP 800-63B 5.2.2 (AAL2: 1 h; we take half). */
export const IDLE_LIMIT = 30 * 60 * 1_000_000;
/** µs after which a person signs in again whatever they did: one shift. SP 800-63B 5.2.2 (AAL2: 24 h). */
export const ABSOLUTE_LIMIT = 12 * 60 * 60 * 1_000_000;
/** Browsers of one person at a time; the next one closes their oldest. */
export const MAX_PER_PERSON = 10;
/** All sessions; the next one closes the oldest of all. */
export const MAX_SESSIONS = 5_000;

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

export function createBrowserSessions(random: (bytes: number) => Buffer): BrowserSessions {
  /** By token hash, oldest first. */
  const sessions = new Map<string, BrowserSession>();

  const alive = (key: string, now: Micros): BrowserSession | undefined => {
    const session = sessions.get(key);
    if (session === undefined) return undefined;
    const over = now - session.startedAt >= ABSOLUTE_LIMIT || now - session.lastUsed >= IDLE_LIMIT;
    if (over) sessions.delete(key);
    return over ? undefined : session;
  };

  const makeRoom = (person: string, now: Micros): void => {
    const own: string[] = [];
    for (const [key, session] of sessions) {
      if (alive(key, now) !== undefined && session.person === person) own.push(key);
    }
    for (const key of own.slice(0, Math.max(0, own.length - MAX_PER_PERSON + 1))) {
      sessions.delete(key);
    }
    for (const key of sessions.keys()) {
      if (sessions.size < MAX_SESSIONS) break;
      sessions.delete(key);
    }
  };

  return {
    open(who, now) {
      makeRoom(who.person, now);
      const token = random(TOKEN_BYTES).toString('base64url');
      sessions.set(hashOf(token), { ...who, startedAt: now, lastUsed: now });
      return token;
    },
    find(token, now) {
      if (!TOKEN.test(token)) return undefined;
      const key = hashOf(token);
      const session = alive(key, now);
      if (session === undefined) return undefined;
      const used = { ...session, lastUsed: now };
      sessions.set(key, used);
      return used;
    },
    stands: (token, now) => TOKEN.test(token) && alive(hashOf(token), now) !== undefined,
    close(token) {
      sessions.delete(hashOf(token));
    },
  };
}
