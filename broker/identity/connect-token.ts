/**
 * The bearer token of `lockkeeper connect`: a JWT (RFC 7519) for one purpose, one grant, one person, one
 * key, and one use.
 *
 * Signed with Ed25519 by a key that lives as long as the process: a restart makes every token
 * worthless. Every field that could let a token of another kind pass is demanded by name (RFC 8725,
 * 3.8-3.12): `alg`, `typ`, `iss`, `aud`, `exp`, `nbf`.
 */
import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { type GrantId, grantId } from '#broker/model/ids.ts';
import type { Micros } from '#sensor/model/time.ts';

interface ConnectClaims {
  readonly person: string;
  readonly grant: GrantId;
  /** sha-256 of the SPKI of the session's key, hex. */
  readonly key: string;
}

/** What a token proves. */
export interface ProvenClaims extends ConnectClaims {
  /** RFC 7519, 4.1.7: no two tokens have the same. */
  readonly id: string;
}

export interface ConnectTokens {
  sign(claims: ConnectClaims, now: Micros): Promise<string>;
  /** Uses a token up; false where it was used before. */
  spend(claims: ProvenClaims, now: Micros): boolean;
  /** The proven claims; undefined for anything else, whatever is wrong with it. */
  verify(token: string, now: Micros): Promise<ProvenClaims | undefined>;
}

const ISSUER = 'urn:lockkeeper:broker';
const AUDIENCE = 'urn:lockkeeper:connect';
const TYPE = 'lockkeeper-connect+jwt';

/** Seconds that a token lives: the command uses it at once, over however slow a line. */
export const TOKEN_SECONDS = 2 * 60;
/** A compact token of ours is far below this; nothing larger is parsed. */
const MAX_TOKEN_LENGTH = 2_048;

const SPKI_HASH = /^[0-9a-f]{64}$/;

const seconds = (at: Micros): number => Math.floor(at / 1_000_000);

export function createConnectTokens(
  key: { readonly privateKey: KeyObject; readonly publicKey: KeyObject } = generateKeyPairSync(
    'ed25519',
  ),
): ConnectTokens {
  /** Ids of used tokens and when they end, oldest first. Each was confirmed by a person, so they are few. */
  const spent = new Map<string, number>();
  return {
    sign: (claims, now) =>
      new SignJWT({ grant: claims.grant, key: claims.key })
        .setProtectedHeader({ alg: 'EdDSA', typ: TYPE })
        .setSubject(claims.person)
        .setJti(randomUUID())
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(seconds(now))
        .setNotBefore(seconds(now))
        .setExpirationTime(seconds(now) + TOKEN_SECONDS)
        .sign(key.privateKey),

    spend({ id }, now) {
      for (const [old, until] of spent) {
        if (now < until) break;
        spent.delete(old);
      }
      if (spent.has(id)) return false;
      spent.set(id, now + (TOKEN_SECONDS + 1) * 1_000_000);
      return true;
    },

    async verify(token, now) {
      if (token.length > MAX_TOKEN_LENGTH) return undefined;
      try {
        const { payload } = await jwtVerify(token, key.publicKey, {
          algorithms: ['EdDSA'],
          typ: TYPE,
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ['sub', 'grant', 'key', 'jti', 'iat', 'nbf', 'exp'],
          maxTokenAge: TOKEN_SECONDS,
          clockTolerance: 0,
          currentDate: new Date(seconds(now) * 1_000),
        });
        const grant = typeof payload['grant'] === 'string' ? grantId(payload['grant']) : undefined;
        const { sub: person, jti: id, key: spki } = payload;
        if (grant === undefined || person === undefined || id === undefined) return undefined;
        if (typeof spki !== 'string' || !SPKI_HASH.test(spki)) return undefined;
        return { person, grant, key: spki, id };
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}
