/**
 * What the sensor shows of a certificate: its thumbprint, subject, issuer, validity, key, signature, and the
 * application URI that OPC UA puts into the subject alternative name. Nothing is verified.
 *
 *     Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature }
 *     TBSCertificate ::= SEQUENCE { [0] version, serialNumber, signature, issuer,
 *                                   validity, subject, subjectPublicKeyInfo, .. [3] extensions }
 *
 * Spec: RFC 5280, 4.1; OPC 10000-6, 6.2.2. `node:crypto` has a parser too; it is a large piece of C that
 * would then stand in front of every byte of a hostile wire, and gives alternative names as one text
 * that must be taken apart again. Only the digest is taken from it.
 */
import { createHash } from 'node:crypto';
import type { OpcuaCertificate } from '#sensor/model/opcua.ts';
import {
  BIT_STRING,
  type Element,
  GENERALIZED_TIME,
  OBJECT_ID,
  OCTET_STRING,
  objectId,
  readElement,
  readElements,
  SEQUENCE,
  SET,
  UTC_TIME,
} from './der.ts';

/** Short names of attribute types. RFC 4514, 3. */
const ATTRIBUTES: ReadonlyMap<string, string> = new Map([
  ['2.5.4.3', 'CN'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
]);

/** Algorithms of signatures. RFC 8017, A.2; RFC 5758, 3.2; RFC 8410, 3. */
const SIGNATURES: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.4', 'md5WithRSAEncryption'],
  ['1.2.840.113549.1.1.5', 'sha1WithRSAEncryption'],
  ['1.2.840.113549.1.1.10', 'rsassaPss'],
  ['1.2.840.113549.1.1.11', 'sha256WithRSAEncryption'],
  ['1.2.840.113549.1.1.12', 'sha384WithRSAEncryption'],
  ['1.2.840.113549.1.1.13', 'sha512WithRSAEncryption'],
  ['1.2.840.10045.4.1', 'ecdsa-with-SHA1'],
  ['1.2.840.10045.4.3.2', 'ecdsa-with-SHA256'],
  ['1.2.840.10045.4.3.3', 'ecdsa-with-SHA384'],
  ['1.2.840.10045.4.3.4', 'ecdsa-with-SHA512'],
  ['1.3.101.112', 'Ed25519'],
  ['1.3.101.113', 'Ed448'],
]);

const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';

/** Name and bits. RFC 5480, 2.1.1.1; RFC 5639, 4.1; RFC 8410, 3. */
const CURVES: ReadonlyMap<string, readonly [string, number]> = new Map([
  ['1.2.840.10045.3.1.7', ['nistP256', 256]],
  ['1.3.132.0.34', ['nistP384', 384]],
  ['1.3.132.0.35', ['nistP521', 521]],
  ['1.3.36.3.3.2.8.1.1.7', ['brainpoolP256r1', 256]],
  ['1.3.36.3.3.2.8.1.1.11', ['brainpoolP384r1', 384]],
  ['1.3.101.112', ['curve25519', 256]],
  ['1.3.101.113', ['curve448', 448]],
]);

const SUBJECT_ALT_NAME = '2.5.29.17';
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
/** GeneralName: uniformResourceIdentifier. */
const URI = 0x86;

/** Certificates of a chain that are counted; those of plants have two or three. */
const MAX_CHAIN = 16;

/** Characters of a subject or URI that are shown. */
const MAX_TEXT = 300;

/** Reads the first certificate of `bytes`, which may be followed by its chain. Never throws. */
export function readCertificate(bytes: Buffer): OpcuaCertificate | undefined {
  if (bytes.length === 0) return undefined;
  const certificate = readElement(bytes);
  const der = certificate?.whole ?? bytes;
  const thumbprint = createHash('sha1').update(der).digest('hex');
  const fields = certificate && readFields(certificate);
  const chain = certificate === undefined ? 1 : countChain(bytes);
  return { thumbprint, ...fields, ...(chain > 1 ? { chain } : {}) };
}

/** How many certificates `bytes` hold, one behind the other, as far as they are whole. */
function countChain(bytes: Buffer): number {
  let count = 0;
  for (let rest = bytes; count < MAX_CHAIN; count++) {
    const next = readElement(rest);
    if (next === undefined) break;
    rest = rest.subarray(next.whole.length);
  }
  return count;
}

function readFields(certificate: Element): Omit<OpcuaCertificate, 'thumbprint'> | undefined {
  const [signed] = sequence(certificate) ?? [];
  const fields = signed && sequence(signed);
  if (fields === undefined) return undefined;
  const rest = fields[0]?.tag === VERSION ? fields.slice(1) : fields;
  // serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo
  const [, signature, issuer, validity, subject, publicKey] = rest;
  const [notBefore, notAfter] = (validity && sequence(validity)) ?? [];
  const extensions = rest.find(({ tag }) => tag === EXTENSIONS);
  const key = publicKey && readKey(publicKey);
  const texts = known({
    subject: subject && nameText(subject),
    issuer: issuer && nameText(issuer),
    notBefore: notBefore && timeText(notBefore),
    notAfter: notAfter && timeText(notAfter),
    applicationUri: extensions && applicationUri(extensions),
    signatureAlgorithm: signature && algorithmName(signature),
  });
  return { ...texts, ...(key === undefined ? {} : { key }) };
}

/** `AlgorithmIdentifier ::= SEQUENCE { algorithm, parameters }` */
function algorithmName(algorithm: Element): string | undefined {
  const [id] = sequence(algorithm) ?? [];
  return id?.tag === OBJECT_ID ? nameOf(SIGNATURES, objectId(id)) : undefined;
}

/**
 * `SubjectPublicKeyInfo ::= SEQUENCE { AlgorithmIdentifier, BIT STRING }`; the bits of an RSA key are
 * `SEQUENCE { modulus, exponent }`. RFC 3279, 2.3; RFC 5480, 2.1; RFC 8410, 3.
 */
function readKey(info: Element): OpcuaCertificate['key'] {
  const [algorithm, bits] = sequence(info) ?? [];
  const [id, parameter] = (algorithm && sequence(algorithm)) ?? [];
  if (id?.tag !== OBJECT_ID || bits?.tag !== BIT_STRING) return undefined;
  const type = objectId(id);
  if (type === RSA) {
    const key = readElement(bits.content.subarray(1));
    const [modulus] = (key && sequence(key)) ?? [];
    return { type: 'RSA', ...(modulus === undefined ? {} : { size: bitLength(modulus.content) }) };
  }
  const curve = type === EC && parameter?.tag === OBJECT_ID ? objectId(parameter) : type;
  const known = CURVES.get(curve);
  return known === undefined ? { type: curve } : { type: known[0], size: known[1] };
}

/** Of a number in big-endian, without leading zeros. */
function bitLength(number: Buffer): number {
  const from = number.findIndex((byte) => byte !== 0);
  return from < 0 ? 0 : (number.length - from) * 8 - (Math.clz32(number[from] ?? 0) - 24);
}

const nameOf = (names: ReadonlyMap<string, string>, id: string): string =>
  (names.get(id) ?? id).slice(0, MAX_TEXT);

const sequence = ({ tag, content }: Element): readonly Element[] | undefined =>
  tag === SEQUENCE ? readElements(content) : undefined;

/** `CN=UaServer,O=Acme`, in the order of the certificate. */
function nameText(name: Element): string | undefined {
  const parts = sequence(name)?.flatMap((relative) =>
    relative.tag === SET ? (readElements(relative.content) ?? []).flatMap(attributeText) : [],
  );
  return parts && clean(parts.join(','));
}

function attributeText(attribute: Element): string[] {
  const [type, value] = sequence(attribute) ?? [];
  if (type?.tag !== OBJECT_ID || value === undefined) return [];
  const id = objectId(type);
  // BMPString is big-endian UTF-16; the others are UTF-8 or a part of it.
  const text =
    value.tag === 0x1e && value.content.length % 2 === 0
      ? Buffer.from(value.content).swap16().toString('utf16le')
      : value.content.toString('utf8');
  const escaped = text.replace(/[,+"\\<>;=]/g, (character) => `\\${character}`);
  return [`${ATTRIBUTES.get(id) ?? id}=${escaped}`];
}

/** `YYMMDDHHMMSSZ` and `YYYYMMDDHHMMSSZ`; years of two digits are 1950 to 2049. RFC 5280, 4.1.2.5. */
function timeText({ tag, content }: Element): string | undefined {
  const text = content.toString('latin1');
  const long = tag === UTC_TIME ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text;
  if (tag !== UTC_TIME && tag !== GENERALIZED_TIME) return undefined;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(long);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  return Number.isNaN(Date.parse(iso)) ? undefined : iso;
}

/** The first URI of the subject alternative name. OPC 10000-6, 6.2.2, table 43. */
function applicationUri({ content }: Element): string | undefined {
  const list = readElement(content);
  for (const extension of (list && sequence(list)) ?? []) {
    const parts = sequence(extension) ?? [];
    const [id] = parts;
    const value = parts.at(-1);
    if (id?.tag !== OBJECT_ID || objectId(id) !== SUBJECT_ALT_NAME) continue;
    if (value?.tag !== OCTET_STRING) continue;
    const names = readElement(value.content);
    const uri = ((names && sequence(names)) ?? []).find(({ tag }) => tag === URI);
    return uri && clean(uri.content.toString('utf8'));
  }
  return undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they would move the cursor of a terminal
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

const clean = (text: string): string => text.replace(CONTROL, '?').slice(0, MAX_TEXT);

function known<T extends Readonly<Record<string, string | undefined>>>(
  fields: T,
): { readonly [K in keyof T]?: string } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { readonly [K in keyof T]?: string };
}
