import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { createConnectTokens, TOKEN_SECONDS } from '#broker/identity/connect-token.ts';
import type { GrantId } from '#broker/model/ids.ts';
import { micros } from '#sensor/model/time.ts';

const SECOND = 1_700_000_000;
const NOW = micros(SECOND * 1_000_000);
const CLAIMS = {
  person: 'vera',
  grant: 'gr_000000000001' as GrantId,
  key: 'ab'.repeat(32),
};
const key = generateKeyPairSync('ed25519');
const tokens = createConnectTokens(key);

interface Forged {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly without?: readonly string[];
  readonly signer?: KeyObject;
}

/** A token that differs from a good one in exactly what is named. */
function forge({
  header,
  payload,
  without = [],
  signer = key.privateKey,
}: Forged): Promise<string> {
  const claims: Record<string, unknown> = {
    sub: 'vera',
    grant: CLAIMS.grant,
    key: CLAIMS.key,
    jti: 'one',
    iss: 'urn:lockkeeper:broker',
    aud: 'urn:lockkeeper:connect',
    iat: SECOND,
    nbf: SECOND,
    exp: SECOND + TOKEN_SECONDS,
    ...payload,
  };
  for (const name of without) delete claims[name];
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'EdDSA', typ: 'lockkeeper-connect+jwt', ...header })
    .sign(signer);
}

const segment = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

describe('connect token', () => {
  test('a good token gives what was signed, and so does one built field by field', async () => {
    expect(await tokens.verify(await tokens.sign(CLAIMS, NOW), NOW)).toMatchObject(CLAIMS);
    expect(await tokens.verify(await forge({}), NOW)).toEqual({ ...CLAIMS, id: 'one' });
  });

  test.for([
    [-1, true],
    [0, false],
    [1, false],
  ] as const)('at its end %d s it is good: %s', async ([shift, good]) => {
    const token = await tokens.sign(CLAIMS, NOW);
    const at = micros(NOW + (TOKEN_SECONDS + shift) * 1_000_000);
    expect((await tokens.verify(token, at)) !== undefined).toBe(good);
  });

  test.for<readonly [string, Forged]>([
    ['another audience', { payload: { aud: 'urn:lockkeeper:sensor' } }],
    ['another issuer', { payload: { iss: 'https://elsewhere.example' } }],
    ['another type', { header: { typ: 'lockkeeper-bundle+jwt' } }],
    ['no type', { header: { typ: undefined } }],
    ['a plain JWT', { header: { typ: 'JWT' } }],
    ['not yet valid', { payload: { nbf: SECOND + 1 } }],
    ['issued in the future', { payload: { iat: SECOND + 60 } }],
    ['older than its kind lives', { payload: { iat: SECOND - TOKEN_SECONDS - 1 } }],
    ['without an end', { without: ['exp'] }],
    ['without a beginning', { without: ['nbf'] }],
    ['without a time of issue', { without: ['iat'] }],
    ['without an audience', { without: ['aud'] }],
    ['without an issuer', { without: ['iss'] }],
    ['without a person', { without: ['sub'] }],
    ['without a grant', { without: ['grant'] }],
    ['without a key', { without: ['key'] }],
    ['a key that is no hash', { payload: { key: 'ab' } }],
    ['without an id', { without: ['jti'] }],
    ['an id of another kind as grant', { payload: { grant: 'ses_00000000001' } }],
    ['a grant that is a list', { payload: { grant: [CLAIMS.grant] } }],
    ['signed with another key', { signer: generateKeyPairSync('ed25519').privateKey }],
    [
      'bringing its own key',
      {
        signer: generateKeyPairSync('ed25519').privateKey,
        header: { jwk: key.publicKey.export({ format: 'jwk' }) },
      },
    ],
  ])('%s: refused', async ([, forged]) => {
    expect(await tokens.verify(await forge(forged), NOW)).toBeUndefined();
  });

  test('alg none, HMAC with our public key, and cut tokens: refused', async () => {
    const good = await forge({});
    const [, payload = ''] = good.split('.');
    const none = `${segment({ alg: 'none', typ: 'lockkeeper-connect+jwt' })}.${payload}.`;
    const hmacHead = `${segment({ alg: 'HS256', typ: 'lockkeeper-connect+jwt' })}.${payload}`;
    const publicPem = key.publicKey.export({ type: 'spki', format: 'pem' });
    const hmac = createHmac('sha256', publicPem).update(hmacHead).digest('base64url');
    const others = [none, `${hmacHead}.${hmac}`, good.slice(0, -4), `${good}.x`, '', 'a.b.c', '..'];
    for (const token of others) expect(await tokens.verify(token, NOW)).toBeUndefined();
    expect(await tokens.verify(`${good}${'A'.repeat(4_000)}`, NOW)).toBeUndefined();
  });

  test('an RSA key cannot pass for ours', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const token = await forge({ header: { alg: 'RS256' }, signer: privateKey });
    expect(await tokens.verify(token, NOW)).toBeUndefined();
  });

  test('each token is good for one use, and is remembered as long as it lives', async () => {
    const proven = async () => {
      const claims = await tokens.verify(await tokens.sign(CLAIMS, NOW), NOW);
      if (claims === undefined) throw new Error('no claims');
      return claims;
    };
    const [one, other] = [await proven(), await proven()];
    expect([tokens.spend(one, NOW), tokens.spend(one, NOW)]).toEqual([true, false]);
    expect(tokens.spend(other, NOW)).toBe(true);
    expect(tokens.spend(one, micros(NOW + TOKEN_SECONDS * 1_000_000))).toBe(false);
  });

  test('a restart makes every token worthless', async () => {
    const token = await createConnectTokens().sign(CLAIMS, NOW);
    expect(await createConnectTokens().verify(token, NOW)).toBeUndefined();
  });
});
