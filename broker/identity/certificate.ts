/**
 * Builds X.509 v3 certificates (RFC 5280, section 4): ASN.1 by node-forge, keys and signature by
 * node:crypto, because forge cannot sign with elliptic curves.
 *
 *     Certificate  ::=  SEQUENCE { tbsCertificate, signatureAlgorithm, signature BIT STRING }
 *     TBSCertificate  ::=  SEQUENCE { [0] version 2, serial, signatureAlgorithm, issuer, validity,
 *                                     subject, subjectPublicKeyInfo, [3] extensions }
 */
import { createHash, type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';
import forge from 'node-forge';
import type { Micros } from '#sensor/model/time.ts';

export type SubjectName =
  | { readonly kind: 'dns'; readonly value: string }
  | { readonly kind: 'ip'; readonly value: string }
  | { readonly kind: 'uri'; readonly value: string };

/** What a key may be used for. A leaf has exactly one extended key usage. */
export type Usage = 'authority' | 'server' | 'client' | 'code';

export interface CertificateContent {
  /** Common name; 1..64 characters (RFC 5280, ub-common-name). */
  readonly subject: string;
  readonly publicKey: KeyObject;
  /** Both cut to whole seconds; the first and the last second of validity. */
  readonly from: Micros;
  readonly until: Micros;
  readonly usage: Usage;
  /** Subject alternative names: the only ones that anybody compares. */
  readonly names: readonly SubjectName[];
}

export interface Signer {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** Extended key usages, RFC 5280, 4.2.1.12. */
export const EXTENDED_KEY_USAGE: Readonly<Record<Exclude<Usage, 'authority'>, string>> = {
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
  /** Of firmware: the demo's example vendor alone. */
  code: '1.3.6.1.5.5.7.3.3',
};

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const SUBJECT_KEY_ID = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const AUTHORITY_KEY_ID = '2.5.29.35';
const EXT_KEY_USAGE = '2.5.29.37';

/** Tags of GeneralName, RFC 5280, 4.2.1.6. */
const NAME_TAG = { dns: 2, uri: 6, ip: 7 } as const;

const { asn1 } = forge;
/** Missing in the package's types. Null for what is no address. */
const { bytesFromIP } = forge.util as unknown as { bytesFromIP(ip: string): string | null };
type Node = forge.asn1.Asn1;

const latin1 = (bytes: Buffer): string => bytes.toString('latin1');
const universal = (type: forge.asn1.Type, value: string): Node =>
  asn1.create(asn1.Class.UNIVERSAL, type, false, value);
const sequence = (...items: Node[]): Node =>
  asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, items);
const oid = (id: string): Node => universal(asn1.Type.OID, asn1.oidToDer(id).getBytes());
const tagged = (tag: number, value: string): Node =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, false, value);
const wrapped = (tag: number, item: Node): Node =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, true, [item]);
const yes = (): Node => universal(asn1.Type.BOOLEAN, '\xff');
/** `unused` bits at the end, then the bytes. */
const bitString = (unused: number, bytes: string): Node =>
  universal(asn1.Type.BITSTRING, String.fromCharCode(unused) + bytes);
const derOf = (node: Node): Buffer => Buffer.from(asn1.toDer(node).getBytes(), 'latin1');

const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });

/** sha-256 of the DER SubjectPublicKeyInfo: what a pin compares. */
export function spkiDigest(publicKey: KeyObject): Buffer {
  return createHash('sha256').update(spkiOf(publicKey)).digest();
}

/** RFC 7093, 2, method 1: the first 160 bits of the sha-256 of the key bits; unlike sha-1 nobody asks why. */
const keyId = (key: KeyObject): string => latin1(spkiDigest(key).subarray(0, 20));

/** UTCTime through 2049, GeneralizedTime from 2050 on: RFC 5280, 4.1.2.5. */
function time(at: Micros): Node {
  const date = new Date(Math.floor(at / 1_000_000) * 1000);
  return date.getUTCFullYear() < 2050
    ? universal(asn1.Type.UTCTIME, asn1.dateToUtcTime(date))
    : universal(asn1.Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date));
}

function distinguishedName(commonName: string): Node {
  const value = universal(asn1.Type.UTF8, latin1(Buffer.from(commonName, 'utf8')));
  const rdn = asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, [
    sequence(oid(COMMON_NAME), value),
  ]);
  return sequence(rdn);
}

function extension(id: string, critical: boolean, value: Node): Node {
  const octets = universal(asn1.Type.OCTETSTRING, asn1.toDer(value).getBytes());
  return critical ? sequence(oid(id), yes(), octets) : sequence(oid(id), octets);
}

function generalName(name: SubjectName): Node {
  if (name.kind !== 'ip') return tagged(NAME_TAG[name.kind], latin1(Buffer.from(name.value)));
  const bytes = isIP(name.value) === 0 ? null : bytesFromIP(name.value);
  if (bytes === null) throw new RangeError(`\`${name.value}\` is no IP address`);
  return tagged(NAME_TAG.ip, bytes);
}

function extensions(content: CertificateContent, issuer: Signer): Node {
  const { usage, names, publicKey } = content;
  const authority = usage === 'authority';
  // A path length of 0: what an authority signs can sign nothing. RFC 5280, 4.2.1.9.
  const constraints = authority
    ? sequence(yes(), universal(asn1.Type.INTEGER, asn1.integerToDer(0).getBytes()))
    : sequence();
  const list = [
    extension(BASIC_CONSTRAINTS, true, constraints),
    // keyCertSign is bit 5, digitalSignature bit 0. RFC 5280, 4.2.1.3.
    extension(KEY_USAGE, true, authority ? bitString(2, '\x04') : bitString(7, '\x80')),
    extension(SUBJECT_KEY_ID, false, universal(asn1.Type.OCTETSTRING, keyId(publicKey))),
    extension(AUTHORITY_KEY_ID, false, sequence(tagged(0, keyId(issuer.publicKey)))),
  ];
  if (usage !== 'authority') {
    list.push(extension(EXT_KEY_USAGE, true, sequence(oid(EXTENDED_KEY_USAGE[usage]))));
  }
  if (names.length > 0) {
    list.push(extension(SUBJECT_ALT_NAME, false, sequence(...names.map(generalName))));
  }
  return wrapped(3, sequence(...list));
}

/** Positive, 127 bits that nobody can guess: CA/Browser Forum asks for 64. */
function serialNumber(random: (bytes: number) => Buffer): Node {
  const bytes = Buffer.from(random(16));
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return universal(asn1.Type.INTEGER, latin1(bytes));
}

/** The DER of a certificate for `content`, signed by `issuer` (EC P-256). `random` gives bytes that nobody can guess. */
export function buildCertificate(
  content: CertificateContent,
  issuer: Signer,
  random: (bytes: number) => Buffer,
): Buffer {
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const version = wrapped(0, universal(asn1.Type.INTEGER, asn1.integerToDer(2).getBytes()));
  const tbs = sequence(
    version,
    serialNumber(random),
    algorithm,
    distinguishedName(issuer.subject),
    sequence(time(content.from), time(content.until)),
    distinguishedName(content.subject),
    asn1.fromDer(latin1(spkiOf(content.publicKey))),
    extensions(content, issuer),
  );
  const signature = sign('sha256', derOf(tbs), issuer.privateKey);
  return derOf(sequence(tbs, algorithm, bitString(0, latin1(signature))));
}

/** RFC 7468. */
export function pemOf(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
