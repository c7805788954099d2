import { createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { enrol } from '#sensor/link/enrol.ts';
import { readIdentity, writeIdentity } from '#sensor/link/identity.ts';
import { readToken } from '#sensor/link/token.ts';
import type { EnrolmentToken, EnrolRequest } from '#sensor/model/link.ts';
import {
  type Answer,
  type Asked,
  type LinkBroker,
  SENSOR,
  startLinkBroker,
} from '../../support/link-broker.ts';

const SECRET = 'a-secret-of-the-test-0123456789';

const tokenOf = (token: Partial<EnrolmentToken>): string =>
  `lks1.${Buffer.from(JSON.stringify({ secret: SECRET, ...token })).toString('base64url')}`;

async function broker(
  answer?: (asked: Asked, of: LinkBroker) => Answer,
  names?: readonly string[],
) {
  const started: LinkBroker = await startLinkBroker((asked) => {
    if (answer !== undefined) return answer(asked, started);
    const request = JSON.parse(asked.body.toString()) as EnrolRequest;
    return { status: 200, json: started.enrolled(request) };
  }, names);
  return started;
}

describe('a sensor enrols', () => {
  test('and gets a certificate for the key that it made itself', async () => {
    await using at = await broker();
    const token = tokenOf({ url: at.url, pin: at.pin });
    const identity = await enrol(token, 'sensor-1');
    expect(identity).toMatchObject({ sensor: SENSOR, url: at.url, authority: at.authority });
    const own = createPublicKey(identity.privateKey).export({ type: 'spki', format: 'pem' });
    const certified = new X509Certificate(identity.certificate).publicKey;
    expect(certified.export({ type: 'spki', format: 'pem' })).toBe(own);
    expect(at.asked).toHaveLength(1);
    const sent = JSON.parse(at.asked[0]?.body.toString() ?? '') as EnrolRequest;
    expect(sent).toEqual({ token, name: 'sensor-1', publicKey: own });
  });

  test('but says nothing to a broker whose authority is not the pinned one', async () => {
    await using at = await broker();
    const token = tokenOf({ url: at.url, pin: '0'.repeat(64) });
    await expect(enrol(token, 'sensor-1')).rejects.toMatchObject({
      code: 'enrolment',
      message: expect.stringMatching(/is not the one that the token was made for/) as string,
    });
    expect(at.asked).toEqual([]);
  });

  test('nor to one that shows the right authority beside a certificate of its own', async () => {
    await using right = await broker();
    await using wrong = await broker();
    // The pin is that of `right`; `wrong` has no key for a certificate that it signed.
    const token = tokenOf({ url: wrong.url, pin: right.pin });
    await expect(enrol(token, 'sensor-1')).rejects.toMatchObject({ code: 'enrolment' });
    expect(wrong.asked).toEqual([]);
  });

  test('nor to one whose certificate is for another name', async () => {
    await using at = await broker(undefined, ['192.0.2.1']);
    const token = tokenOf({ url: at.url, pin: at.pin });
    await expect(enrol(token, 'sensor-1')).rejects.toThrow(/cannot be reached: .*altnames/);
    expect(at.asked).toEqual([]);
  });

  test('and says what to do where the token was used before', async () => {
    await using at = await broker(() => ({ status: 403 }));
    const token = tokenOf({ url: at.url, pin: at.pin });
    await expect(enrol(token, 'sensor-1')).rejects.toThrow(
      /refused the token \(403\).*ask for a new one/,
    );
  });

  test('and believes no answer about another key or another authority', async () => {
    await using other = await broker();
    const answers: ((request: EnrolRequest, of: LinkBroker) => unknown)[] = [
      (_, of) => ({ ...of.enrolled(_), certificate: other.identity().certificate }),
      (request, of) => ({ ...of.enrolled(request), authority: other.authority }),
      (request, of) => ({ ...of.enrolled(request), sensor: '../../etc' }),
      () => ({}),
    ];
    for (const make of answers) {
      await using at = await broker(({ body }, of) => ({
        status: 200,
        json: make(JSON.parse(body.toString()) as EnrolRequest, of),
      }));
      const token = tokenOf({ url: at.url, pin: at.pin });
      await expect(enrol(token, 'sensor-1')).rejects.toThrow(/an answer that is no enrolment/);
    }
  });

  test('and says where nobody answers', async () => {
    const token = tokenOf({ url: 'https://127.0.0.1:1', pin: '0'.repeat(64) });
    await expect(enrol(token, 'sensor-1')).rejects.toThrow(/127\.0\.0\.1:1 cannot be reached/);
  });
});

describe('a token', () => {
  const pin = 'a'.repeat(64);
  test('is read', () => {
    const token = { url: 'https://broker.example:8445', pin, secret: SECRET };
    expect(readToken(tokenOf(token))).toEqual(token);
  });

  test.each([
    ['', /begins with lks1\./],
    ['lks1.', /damaged/],
    ['lks1.%%%', /damaged/],
    [`lks1.${'A'.repeat(5000)}`, /too long/],
    [tokenOf({ url: 'http://broker.example', pin }), /token's url is wrong/],
    [tokenOf({ url: 'https://broker.example/path', pin }), /token's url is wrong/],
    [tokenOf({ url: 'https://broker.example', pin: 'x' }), /token's pin is wrong/],
    [tokenOf({ url: 'https://broker.example', pin, secret: 'x' }), /token's secret is wrong/],
  ])('%s is refused, and the secret is not repeated', (token, said) => {
    const why = readToken(token);
    expect(why).toMatch(said);
    expect(String(why)).not.toContain(SECRET);
  });
});

test('the identity is kept readable by its owner alone, and damage is told', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'identity-'));
  try {
    expect(readIdentity(folder)).toBeUndefined();
    await using at = await broker();
    const identity = at.identity();
    writeIdentity(folder, identity);
    expect(readIdentity(folder)).toEqual(identity);
    for (const file of ['identity.json', 'key.pem']) {
      expect(statSync(join(folder, file)).mode & 0o777, file).toBe(0o600);
    }
    writeFileSync(join(folder, 'key.pem'), 'no key');
    expect(() => readIdentity(folder)).toThrow(/damaged .*enrol the sensor anew/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
