import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import forge from 'node-forge';
import { describe, expect, test } from 'vitest';
import { readCertificate } from '#sensor/decode/opcua/certificate.ts';
import '../../../support/property-runs.ts';

/** A certificate as OPC UA stacks make them; the key is small because nobody trusts it. */
function certificate(subject: forge.pki.CertificateField[], notAfter: Date): Buffer {
  const keys = forge.pki.rsa.generateKeyPair(1024);
  const made = forge.pki.createCertificate();
  made.publicKey = keys.publicKey;
  made.serialNumber = '0a';
  made.validity.notBefore = new Date('2020-01-02T03:04:05Z');
  made.validity.notAfter = notAfter;
  made.setSubject(subject);
  made.setIssuer(subject);
  made.setExtensions([
    { name: 'basicConstraints', cA: true },
    {
      name: 'subjectAltName',
      altNames: [
        { type: 2, value: 'plc' },
        { type: 6, value: 'urn:acme:plc' },
      ],
    },
  ]);
  made.sign(keys.privateKey, forge.md.sha256.create());
  return Buffer.from(forge.asn1.toDer(forge.pki.certificateToAsn1(made)).getBytes(), 'latin1');
}

const SUBJECT = [
  { name: 'countryName', value: 'FR' },
  { name: 'organizationName', value: 'Acme, Inc.' },
  { name: 'commonName', value: 'plc@cell' },
];
const DER = certificate(SUBJECT, new Date('2030-01-02T03:04:05Z'));

describe('a certificate', () => {
  test('says what node:crypto reads out of it', () => {
    const read = readCertificate(DER);
    const other = new X509Certificate(DER);
    expect(read).toEqual({
      thumbprint: other.fingerprint.replaceAll(':', '').toLowerCase(),
      subject: String.raw`C=FR,O=Acme\, Inc.,CN=plc@cell`,
      notBefore: '2020-01-02T03:04:05Z',
      notAfter: '2030-01-02T03:04:05Z',
      issuer: String.raw`C=FR,O=Acme\, Inc.,CN=plc@cell`,
      applicationUri: 'urn:acme:plc',
      key: { type: 'RSA', size: other.publicKey.asymmetricKeyDetails?.modulusLength },
      signatureAlgorithm: 'sha256WithRSAEncryption',
    });
    expect(other.validToDate.toISOString()).toBe('2030-01-02T03:04:05.000Z');
    expect(other.subjectAltName).toBe('DNS:plc, URI:urn:acme:plc');
  });

  test('that is valid beyond 2049 has its year in four digits', () => {
    const late = certificate(SUBJECT, new Date('2050-01-02T03:04:05Z'));
    expect(readCertificate(late)?.notAfter).toBe('2050-01-02T03:04:05Z');
  });

  test('is the first of its chain', () => {
    expect(readCertificate(Buffer.concat([DER, DER]))).toEqual({
      ...readCertificate(DER),
      chain: 2,
    });
    const long = Buffer.concat(Array.from({ length: 40 }, () => DER));
    expect(readCertificate(long)?.chain).toBe(16);
  });

  test.each([
    ['nistP256', 'prime256v1', 256, 'ecdsa-with-SHA256'],
    ['nistP384', 'secp384r1', 384, 'ecdsa-with-SHA256'],
    ['brainpoolP256r1', 'brainpoolP256r1', 256, 'ecdsa-with-SHA256'],
    ['curve25519', 'ed25519', 256, 'Ed25519'],
    ['curve448', 'ed448', 448, 'Ed448'],
  ])('with a key of %s says so', (type, curve, size, signatureAlgorithm) => {
    const edwards = curve.startsWith('ed');
    const key = edwards
      ? ['-newkey', curve]
      : ['-newkey', 'ec', '-pkeyopt', `ec_paramgen_curve:${curve}`];
    const made = execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        ...key,
        '-nodes',
        '-keyout',
        '/dev/null',
        '-subj',
        '/CN=plc',
        '-outform',
        'DER',
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    expect(readCertificate(made)).toMatchObject({ key: { type, size }, signatureAlgorithm });
  });

  test('that is none has a thumbprint and nothing else', () => {
    expect(readCertificate(Buffer.from('no certificate'))).toEqual({
      thumbprint: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
    });
    expect(readCertificate(Buffer.alloc(0))).toBeUndefined();
  });

  test('with any byte changed, or any bytes at all, is never more than wrong', () => {
    const changed = fc
      .tuple(fc.nat(DER.length - 1), fc.integer({ min: 1, max: 255 }))
      .map(([at, by]) => Buffer.from(DER.map((byte, i) => (i === at ? byte ^ by : byte))));
    const any = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(changed, any), (bytes) => {
        const thumbprint = readCertificate(bytes)?.thumbprint;
        expect(thumbprint === undefined).toBe(bytes.length === 0);
      }),
    );
  });
});
