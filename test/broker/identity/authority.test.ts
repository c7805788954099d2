import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { describe, expect, test } from 'vitest';
import {
  AUTHORITY_LIFETIME,
  type Authority,
  issueServerCertificate,
  newAuthority,
  newKeyPair,
  openAuthority,
  readPublicKey,
  spkiHex,
  spkiPin,
  thumbprintOf,
} from '#broker/identity/authority.ts';
import { buildCertificate, pemOf } from '#broker/identity/certificate.ts';
import {
  issueSessionCertificate,
  SESSION_CERTIFICATE_LIFETIME,
  sessionOf,
} from '#broker/identity/session-certificate.ts';
import type { SessionId } from '#broker/model/ids.ts';
import { type Micros, micros } from '#sensor/model/time.ts';

const NOW = micros(Date.now() * 1000);
const HOUR = 3_600_000_000;
const ses = 'ses_00112233445566778899aabb' as SessionId;

const authority = (purpose: 'server' | 'sensor' | 'session') =>
  newAuthority(purpose, `test ${purpose}`, NOW, randomBytes);
const pemKey = (key: ReturnType<typeof newKeyPair>['privateKey']): string =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();

function leafOf(from: Authority, until: Micros = micros(NOW + HOUR)) {
  const keys = newKeyPair();
  const issued = from.issue({
    subject: ses,
    publicKey: keys.publicKey,
    from: micros(NOW - HOUR),
    until,
    names: [{ kind: 'uri', value: `urn:lockkeeper:session:${ses}` }],
  });
  return { ...keys, ...issued, certificate: new X509Certificate(issued.pem) };
}

describe('a certificate', () => {
  test('says what it was made for, and its thumbprint is that of its DER', () => {
    const server = authority('server');
    const { publicKey } = newKeyPair();
    const issued = server.issue({
      subject: 'plant broker',
      publicKey,
      from: NOW,
      until: micros(NOW + HOUR),
      names: [
        { kind: 'dns', value: 'broker.plant.example' },
        { kind: 'ip', value: '127.20.10.1' },
        { kind: 'ip', value: '2001:db8::7' },
      ],
    });
    const certificate = new X509Certificate(issued.pem);
    expect(certificate.subject).toBe('CN=plant broker');
    expect(certificate.issuer).toBe('CN=test server');
    expect(certificate.subjectAltName).toBe(
      'DNS:broker.plant.example, IP Address:127.20.10.1, IP Address:2001:DB8:0:0:0:0:0:7',
    );
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkHost('broker.plant.example')).toBe('broker.plant.example');
    expect(certificate.checkIP('127.20.10.1')).toBe('127.20.10.1');
    expect(issued.thumbprint).toBe(thumbprintOf(certificate));
    expect(issued.thumbprint).toBe(certificate.fingerprint256.replaceAll(':', '').toLowerCase());
  });

  test('has a serial number of its own', () => {
    const server = authority('server');
    const serials = Array.from({ length: 20 }, () => leafOf(server).certificate.serialNumber);
    expect(new Set(serials).size).toBe(20);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  test('beyond 2049 is written as the RFC demands and read back', () => {
    const year2060 = micros(Date.UTC(2060, 0, 2, 3, 4, 5) * 1000);
    const { certificate } = leafOf(authority('session'), year2060);
    expect(certificate.validToDate.toISOString()).toBe('2060-01-02T03:04:05.000Z');
  });

  test('is refused at build for a name that is no address', () => {
    const make = () =>
      authority('server').issue({
        subject: 'x',
        publicKey: newKeyPair().publicKey,
        from: NOW,
        until: NOW,
        names: [{ kind: 'ip', value: '300.1.1.1' }],
      });
    expect(make).toThrow('`300.1.1.1` is no IP address');
  });
});

describe('an authority', () => {
  test('accepts what it signed for its purpose, to the last second', () => {
    const session = authority('session');
    const { certificate } = leafOf(session);
    const from = certificate.validFromDate.getTime() * 1000;
    const to = certificate.validToDate.getTime() * 1000 + 1_000_000;
    expect(session.faultOf(certificate, NOW)).toBeUndefined();
    expect(session.faultOf(certificate, micros(from - 1))).toBe('not-yet-valid');
    expect(session.faultOf(certificate, micros(from))).toBeUndefined();
    expect(session.faultOf(certificate, micros(to - 1))).toBeUndefined();
    expect(session.faultOf(certificate, micros(to))).toBe('expired');
  });

  test('refuses what another authority of ours signed', () => {
    const [sensor, session] = [authority('sensor'), authority('session')];
    expect(session.faultOf(leafOf(sensor).certificate, NOW)).toBe('issuer');
    expect(sensor.faultOf(leafOf(session).certificate, NOW)).toBe('issuer');
  });

  test('refuses a certificate that names it as issuer and is signed by another key', () => {
    const session = authority('session');
    const imposter = newKeyPair();
    const der = buildCertificate(
      {
        subject: ses,
        publicKey: newKeyPair().publicKey,
        from: NOW,
        until: micros(NOW + HOUR),
        usage: 'client',
        names: [],
      },
      { subject: 'test session', ...imposter },
      randomBytes,
    );
    expect(session.faultOf(new X509Certificate(der), NOW)).toBe('issuer');
  });

  test('refuses what one of its leaves signed (CVE-2025-49825)', () => {
    const session = authority('session');
    const leaf = leafOf(session);
    const der = buildCertificate(
      {
        subject: ses,
        publicKey: newKeyPair().publicKey,
        from: NOW,
        until: micros(NOW + HOUR),
        usage: 'client',
        names: [],
      },
      { subject: ses, publicKey: leaf.publicKey, privateKey: leaf.privateKey },
      randomBytes,
    );
    expect(session.faultOf(new X509Certificate(der), NOW)).toBe('issuer');
  });

  test.each([
    ['a certificate for servers', 'server', 'usage'],
    ['a second authority', 'authority', 'is-authority'],
  ] as const)('of clients refuses %s that it signed', (_, usage, fault) => {
    const session = authority('session');
    const der = buildCertificate(
      {
        subject: ses,
        publicKey: newKeyPair().publicKey,
        from: NOW,
        until: micros(NOW + HOUR),
        usage,
        names: [],
      },
      {
        subject: 'test session',
        publicKey: new X509Certificate(session.certificate).publicKey,
        privateKey: session.privateKey,
      },
      randomBytes,
    );
    expect(session.faultOf(new X509Certificate(der), NOW)).toBe(fault);
  });
});

describe('the authority on disk', () => {
  const folder = (): string => mkdtempSync(join(tmpdir(), 'lockkeeper-authority-'));
  const path = (at: string): string => join(at, 'session-authority.pem');

  test('is made once, readable by its owner alone, and the same afterwards', () => {
    const at = folder();
    const first = openAuthority(at, 'session', NOW, randomBytes);
    const second = openAuthority(at, 'session', micros(NOW + HOUR), randomBytes);
    expect(second.certificate).toBe(first.certificate);
    expect(second.faultOf(leafOf(first).certificate, NOW)).toBeUndefined();
    expect(first.faultOf(leafOf(second).certificate, NOW)).toBeUndefined();
    expect(statSync(path(at)).mode & 0o777).toBe(0o600);
    const { validToDate } = new X509Certificate(first.certificate);
    expect(Math.floor(NOW / 1e6 + AUTHORITY_LIFETIME / 1e6)).toBe(validToDate.getTime() / 1000);
  });

  test('is not used where others can read its key', () => {
    const at = folder();
    openAuthority(at, 'session', NOW, randomBytes);
    chmodSync(path(at), 0o640);
    expect(() => openAuthority(at, 'session', NOW, randomBytes)).toThrow('can be read by others');
  });

  test.each([
    ['cut in the middle', (text: string) => text.slice(0, text.length / 2)],
    ['without its key', (text: string) => text.slice(text.indexOf('-----BEGIN CERTIFICATE'))],
    ['without its certificate', (text: string) => text.slice(0, text.indexOf('-----BEGIN CERT'))],
    [
      'with the certificate of another',
      (text: string) =>
        text.slice(0, text.indexOf('-----BEGIN CERT')) + authority('session').certificate,
    ],
    ['empty', () => ''],
  ])('is not used %s', (_, damage) => {
    const at = folder();
    openAuthority(at, 'session', NOW, randomBytes);
    writeFileSync(path(at), damage(readFileSync(path(at), 'utf8')));
    expect(() => openAuthority(at, 'session', NOW, randomBytes)).toThrow('is damaged');
  });
});

describe('a public key of a client', () => {
  const spki = (key: { export(o: { type: 'spki'; format: 'pem' }): string | Buffer }) =>
    key.export({ type: 'spki', format: 'pem' }).toString();

  test('is taken if it is EC P-256', () => {
    const { publicKey } = newKeyPair();
    expect(spkiPin(readPublicKey(spki(publicKey)) ?? authority('server').certificate)).toBe(
      spkiPin(publicKey),
    );
  });

  test.each([
    ['of RSA', () => spki(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)],
    ['of another curve', () => spki(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey)],
    ['of Ed25519', () => spki(generateKeyPairSync('ed25519').publicKey)],
    ['that is a private key', () => pemKey(newKeyPair().privateKey)],
    ['that is a certificate', () => authority('server').certificate],
    ['that is nothing', () => 'hello'],
    ['of nonsense', () => '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'],
  ])('%s is refused', (_, pem) => {
    expect(readPublicKey(pem())).toBeUndefined();
  });
});

test('a pin is sha-256 over the public key, in both spellings', () => {
  const server = authority('server');
  expect(Buffer.from(server.pin, 'base64url').toString('hex')).toBe(spkiHex(server.certificate));
  expect(server.pin).toHaveLength(43);
});

describe('a session certificate', () => {
  test.each([
    ['15 minutes where the session lives longer', HOUR, SESSION_CERTIFICATE_LIFETIME],
    ['to the last clock where that is sooner', 60_000_000, 60_000_000],
  ])('lives %s', (_, left, lives) => {
    const issued = issueSessionCertificate(
      authority('session'),
      ses,
      newKeyPair().publicKey,
      NOW,
      micros(NOW + left),
    );
    expect(issued?.until).toBe(NOW + lives);
    const { validToDate } = new X509Certificate(issued?.pem ?? '');
    expect(validToDate.getTime() / 1000).toBe(Math.floor((NOW + lives) / 1e6));
  });

  test('is not made when the last clock is reached', () => {
    const issue = (graceUntil: Micros) =>
      issueSessionCertificate(authority('session'), ses, newKeyPair().publicKey, NOW, graceUntil);
    expect(issue(NOW)).toBeUndefined();
    expect(issue(micros(NOW + 1))).toBeDefined();
  });

  test('names its session, and nothing else can be read out of it', () => {
    const session = authority('session');
    const named = (...values: string[]) =>
      sessionOf(
        new X509Certificate(
          session.issue({
            subject: ses,
            publicKey: newKeyPair().publicKey,
            from: NOW,
            until: micros(NOW + HOUR),
            names: values.map((value) => ({ kind: 'uri', value })),
          }).pem,
        ),
      );
    expect(named(`urn:lockkeeper:session:${ses}`)).toBe(ses);
    expect(named()).toBeUndefined();
    expect(named(`urn:lockkeeper:sensor:${ses}`)).toBeUndefined();
    expect(named(`urn:lockkeeper:session:gr_00112233445566778899aabb`)).toBeUndefined();
    expect(named(`urn:lockkeeper:session:${ses}, URI:x`)).toBeUndefined();
    expect(named(`urn:lockkeeper:session:${ses}`, 'urn:lockkeeper:session:other')).toBeUndefined();
  });
});

describe('a TLS handshake', () => {
  const server = authority('server');
  const session = authority('session');

  /** What the listener says to a client that shows `certificate`, and what the client says. */
  async function handshake(client: { key: string; cert: string }, ca = server.certificate) {
    const listener = createServer({
      ...issueServerCertificate(server, ['localhost', '127.0.0.1'], NOW),
      minVersion: 'TLSv1.3',
      ca: session.certificate,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const accepted = new Promise<string>((resolve) => {
      listener.on('secureConnection', (socket: TLSSocket) => {
        socket.on('error', () => undefined);
        resolve(`accepted ${socket.getPeerX509Certificate()?.subject}`);
        socket.end();
      });
      listener.on('tlsClientError', (error: Error & { code?: string }) =>
        resolve(error.code ?? ''),
      );
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const socket = connect({ host: '127.0.0.1', port, ca, ...client });
    const refused = new Promise<string>((resolve) => {
      socket.on('error', (error: Error & { code?: string }) => resolve(error.code ?? ''));
    });
    const outcome = await Promise.race([accepted, refused]);
    socket.destroy();
    listener.close();
    return outcome;
  }
  const shown = (leaf: ReturnType<typeof leafOf>, chain = '') => ({
    key: pemKey(leaf.privateKey),
    cert: leaf.pem + chain,
  });

  test('succeeds with a session certificate against a pinned authority', async () => {
    expect(await handshake(shown(leafOf(session)))).toBe(`accepted CN=${ses}`);
  });

  test('fails on the client where the authority is another', async () => {
    const other = authority('server').certificate;
    expect(await handshake(shown(leafOf(session)), other)).toMatch(/CERT|ISSUER|SIGNATURE/);
  });

  test.each([
    ['an expired certificate', () => shown(leafOf(session, micros(NOW - 60_000_000)))],
    ['a certificate of the sensor authority', () => shown(leafOf(authority('sensor')))],
    ['a certificate of the server authority', () => shown(leafOf(server))],
    [
      'a certificate that a leaf signed, with the leaf sent along',
      () => {
        const leaf = leafOf(session);
        const keys = newKeyPair();
        const content = {
          subject: ses,
          publicKey: keys.publicKey,
          from: micros(NOW - HOUR),
          until: micros(NOW + HOUR),
          usage: 'client',
          names: [],
        } as const;
        const der = buildCertificate(content, { ...leaf, subject: ses }, randomBytes);
        return { key: pemKey(keys.privateKey), cert: pemOf(der) + leaf.pem };
      },
    ],
    [
      'a certificate for servers, signed by the right authority',
      () => {
        const keys = newKeyPair();
        const { publicKey } = new X509Certificate(session.certificate);
        const content = {
          subject: ses,
          publicKey: keys.publicKey,
          from: micros(NOW - HOUR),
          until: micros(NOW + HOUR),
          usage: 'server',
          names: [],
        } as const;
        const signer = { subject: 'test session', publicKey, privateKey: session.privateKey };
        const der = buildCertificate(content, signer, randomBytes);
        return { key: pemKey(keys.privateKey), cert: pemOf(der) };
      },
    ],
  ])('fails with %s', async (_, client) => {
    expect(await handshake(client())).not.toMatch(/^accepted/);
  });
});
