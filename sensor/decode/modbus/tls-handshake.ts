/**
 * What one side of a TLS connection says in clear, up to where it encrypts.
 *
 *     record     type (1), version (2), length (2), fragment
 *     handshake  type (1), length (3), body; may go on in the next record
 *
 * Up to TLS 1.2 both sides show their certificates in clear; TLS 1.3 encrypts all behind the two hellos.
 * Nothing is verified. Spec: RFC 5246, 6.2 and 7.4; RFC 8446, 4.1.3 and 5.1.
 */
import { ByteQueue } from './byte-queue.ts';

const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;

const RECORD_HEADER = 5;
/** A fragment with all that encryption may add. RFC 5246, 6.2.3. */
const MAX_FRAGMENT = 16_384 + 2048;
const MESSAGE_HEADER = 4;

const SERVER_HELLO = 2;
const CERTIFICATE = 11;
const CERTIFICATE_REQUEST = 13;

const SUPPORTED_VERSIONS = 43;
export const TLS_1_3 = 0x0304;

/** A chain of certificates has some kilobytes; a side that says more before it encrypts is not read further. */
const MAX_KEPT = 65_536;

/** Could these bytes begin a TLS stream, or go on with one? Allocates nothing. */
export function mayBeginTls(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < RECORD_HEADER) return false;
  const type = bytes[at] ?? 0;
  const length = ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0);
  const isRecord = type >= CHANGE_CIPHER_SPEC && type <= APPLICATION_DATA;
  return isRecord && bytes[at + 1] === 3 && (bytes[at + 2] ?? 0) <= 4 && length <= MAX_FRAGMENT;
}

export class TlsHandshake {
  /** Of a server: the version that it chose, `0x0303` = TLS 1.2. */
  version: number | undefined;
  /** DER of the certificates shown, that of the side itself first. */
  certificates: readonly Buffer[] = [];
  /** Of a server: it asks the client for a certificate. */
  asksCertificate = false;
  /** Number of the alert that was sent in clear. RFC 5246, 7.2. */
  alert: number | undefined;
  /** Nothing more of this side is to be read: it encrypts, or what it says is no TLS. */
  isOver = false;
  readonly #records = new ByteQueue();
  readonly #messages = new ByteQueue();

  /** Bytes of memory that it takes. */
  get cost(): number {
    const shown = this.certificates.reduce((sum, { length }) => sum + length, 0);
    return this.#records.capacity + this.#messages.capacity + shown;
  }

  read(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.#records.add(bytes);
    for (;;) {
      const kept = this.#records.bytes;
      if (this.isOver || kept.length < RECORD_HEADER) break;
      if (!mayBeginTls(kept, 0, kept.length)) {
        this.end();
        break;
      }
      const end = RECORD_HEADER + kept.readUInt16BE(3);
      if (kept.length < end) break;
      this.#record(kept.readUInt8(0), kept.subarray(RECORD_HEADER, end));
      this.#records.drop(end);
    }
    if (this.#records.length + this.#messages.length > MAX_KEPT) this.end();
  }

  /** What follows cannot be read. */
  end(): void {
    this.isOver = true;
    this.#records.clear();
    this.#messages.clear();
  }

  /** Nothing of it is needed any more. */
  forget(): void {
    this.end();
    this.certificates = [];
  }

  #record(type: number, fragment: Buffer): void {
    if (type === ALERT && fragment.length === 2) this.alert = fragment.readUInt8(1);
    else if (type === HANDSHAKE) this.#handshake(fragment);
    else this.end();
  }

  #handshake(fragment: Buffer): void {
    this.#messages.add(fragment);
    for (;;) {
      const kept = this.#messages.bytes;
      if (kept.length < MESSAGE_HEADER) return;
      const end = MESSAGE_HEADER + kept.readUIntBE(1, 3);
      if (kept.length < end) return;
      const body = kept.subarray(MESSAGE_HEADER, end);
      const type = kept.readUInt8(0);
      this.#messages.drop(end);
      if (type === SERVER_HELLO) this.version = chosenVersion(body);
      else if (type === CERTIFICATE) this.certificates = certificatesIn(body);
      else if (type === CERTIFICATE_REQUEST) this.asksCertificate = true;
    }
  }
}

/**
 * Of a ServerHello: version, random (32), session id, cipher suite (2), compression (1), extensions. TLS
 * 1.3 says 1.2 in the version field and itself in an extension. RFC 8446, 4.2.1.
 */
function chosenVersion(body: Buffer): number | undefined {
  if (body.length < 35) return undefined;
  const version = body.readUInt16BE(0);
  let at = 35 + body.readUInt8(34) + 3 + 2;
  while (at + 4 <= body.length) {
    const [type, length] = [body.readUInt16BE(at), body.readUInt16BE(at + 2)];
    if (type === SUPPORTED_VERSIONS && length === 2 && at + 6 <= body.length) {
      return body.readUInt16BE(at + 4);
    }
    at += 4 + length;
  }
  return version;
}

/** Total length (3), then each certificate behind its length (3); of TLS 1.2 and before. RFC 5246, 7.4.2. */
function certificatesIn(body: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 3; at + 3 <= body.length; ) {
    const end = at + 3 + body.readUIntBE(at, 3);
    if (end > body.length) break;
    found.push(Buffer.from(body.subarray(at + 3, end)));
    at = end;
  }
  return found;
}
