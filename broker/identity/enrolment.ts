/**
 * One-time tokens with which a sensor enrols: `lks1.` + base64url of JSON `{url, pin, secret}`.
 *
 * The pin (SHA-256 of the server authority's public key, hex) lets the sensor know the broker before it
 * trusts anything; the secret lets the broker know the sensor, once. Only its hash is kept, in
 * memory: a restart makes open tokens worthless, and the admin asks for another.
 */
import { createHash } from 'node:crypto';
import { type EnrolmentToken, TOKEN_PREFIX } from '#sensor/model/link.ts';
import { type Micros, micros } from '#sensor/model/time.ts';

interface Enrolment {
  readonly name: string;
  /** Addresses or prefixes that the sensor hears. */
  readonly covers: readonly string[];
  readonly askedBy: string;
  readonly expiresAt: Micros;
}

export interface Enrolments {
  /** Undefined where too many are open. */
  open(
    enrolment: Omit<Enrolment, 'expiresAt'>,
    link: { readonly url: string; readonly pin: string },
    now: Micros,
  ): { readonly token: string; readonly expiresAt: Micros } | undefined;
  /** What was promised to the holder of `token`; the token is used up by this call. */
  redeem(token: string, now: Micros): Enrolment | undefined;
}

/** µs that a token is good for: an engineer carries it to the site. */
export const ENROLMENT_LIMIT = 24 * 60 * 60 * 1_000_000;
/** A site has tens of sensors; more open tokens than this is a mistake. */
export const MAX_OPEN_ENROLMENTS = 100;

const MAX_TOKEN_LENGTH = 2_048;

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

function secretOf(token: string): string | undefined {
  if (!token.startsWith(TOKEN_PREFIX) || token.length > MAX_TOKEN_LENGTH) return undefined;
  try {
    const text = Buffer.from(token.slice(TOKEN_PREFIX.length), 'base64url').toString('utf8');
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('secret' in parsed)) return undefined;
    return typeof parsed.secret === 'string' ? parsed.secret : undefined;
  } catch {
    return undefined;
  }
}

export function createEnrolments(random: (bytes: number) => Buffer): Enrolments {
  const open = new Map<string, Enrolment>();
  return {
    open(asked, link, now) {
      for (const [key, enrolment] of open) if (now >= enrolment.expiresAt) open.delete(key);
      if (open.size >= MAX_OPEN_ENROLMENTS) return undefined;
      const secret = random(32).toString('base64url');
      const expiresAt = micros(now + ENROLMENT_LIMIT);
      open.set(hashOf(secret), { ...asked, expiresAt });
      const content: EnrolmentToken = { url: link.url, pin: link.pin, secret };
      const encoded = Buffer.from(JSON.stringify(content)).toString('base64url');
      return { token: `${TOKEN_PREFIX}${encoded}`, expiresAt };
    },
    redeem(token, now) {
      const secret = secretOf(token);
      if (secret === undefined) return undefined;
      const key = hashOf(secret);
      const enrolment = open.get(key);
      open.delete(key);
      return enrolment !== undefined && now < enrolment.expiresAt ? enrolment : undefined;
    },
  };
}
