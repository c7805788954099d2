/** DER as bytes, and a CMS signature by Ed25519 (RFC 8419), which the machine's `openssl` cannot make. */
import { createHash, type KeyObject, sign } from 'node:crypto';

/** One element. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const inside = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(inside.length), inside]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      septets.unshift(0x80 | (left & 0x7f));
    }
    return septets;
  });
  return der(0x06, Buffer.from(bytes));
}

const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content);
const set = (...content: readonly Uint8Array[]): Buffer => der(0x31, ...content);
const integer = (value: number): Buffer => der(0x02, Buffer.from([value]));

export interface Ed25519Wanted {
  readonly content: Uint8Array;
  readonly key: KeyObject;
  /** DER, the signer's first. */
  readonly certificates: readonly Buffer[];
  readonly issuer: Buffer;
  /** The whole INTEGER. */
  readonly serial: Buffer;
  /** RFC 8419, 3: SHA-512 it has to be. */
  readonly digest?: 'sha512' | 'sha256';
  readonly withAttributes?: boolean;
}

const DIGESTS = { sha512: '2.16.840.1.101.3.4.2.3', sha256: '2.16.840.1.101.3.4.2.1' };
const DATA = oid('1.2.840.113549.1.7.1');

export function ed25519Cms(wanted: Ed25519Wanted): Buffer {
  const {
    content,
    key,
    certificates,
    issuer,
    serial,
    digest = 'sha512',
    withAttributes = true,
  } = wanted;
  const algorithm = sequence(oid(DIGESTS[digest]));
  const hash = createHash(digest).update(content).digest();
  const attributes = [
    sequence(oid('1.2.840.113549.1.9.3'), set(DATA)),
    sequence(oid('1.2.840.113549.1.9.4'), set(der(0x04, hash))),
  ];
  const signature = sign(null, withAttributes ? set(...attributes) : content, key);
  const signer = sequence(
    integer(1),
    sequence(issuer, serial),
    algorithm,
    ...(withAttributes ? [der(0xa0, ...attributes)] : []),
    sequence(oid('1.3.101.112')),
    der(0x04, signature),
  );
  const data = sequence(
    integer(1),
    set(algorithm),
    sequence(DATA),
    der(0xa0, ...certificates),
    set(signer),
  );
  return sequence(oid('1.2.840.113549.1.7.2'), der(0xa0, data));
}
