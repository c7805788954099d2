/**
 * The broker's three certificate authorities. Each signs for one purpose and is trusted for that
 * alone: `server` (what the broker shows), `sensor` and `session` (what it demands of its clients).
 *
 * Keys are EC P-256. Private keys of authorities lie in files of their own (0600); those of clients
 * are made by the clients and never seen here.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BrokerError } from '#broker/model/broker-error.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import {
  buildCertificate,
  EXTENDED_KEY_USAGE,
  pemOf,
  type SubjectName,
  spkiDigest,
} from './certificate.ts';

export type Purpose = 'server' | 'sensor' | 'session';

interface Leaf {
  /** Common name, for people; nobody compares it. */
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly from: Micros;
  readonly until: Micros;
  readonly names: readonly SubjectName[];
}

export interface Issued {
  readonly pem: string;
  /** sha-256 of the DER, hex. */
  readonly thumbprint: string;
}

/** Why a certificate does not count. */
type CertificateFault =
  /** Not signed by this authority itself: by another, or by something that it signed. */
  | 'issuer'
  /** It says that it is an authority. */
  | 'is-authority'
  /** Not for this purpose, or for others too. */
  | 'usage'
  | 'not-yet-valid'
  | 'expired';

export interface Authority {
  readonly purpose: Purpose;
  /** PEM: what the other side must trust. */
  readonly certificate: string;
  /** sha-256 of the public key, base64url; see `spkiPin`. */
  readonly pin: string;
  issue(leaf: Leaf): Issued;
  /** Undefined iff this authority signed `certificate` for its purpose and `now` lies in its validity. */
  faultOf(certificate: X509Certificate, now: Micros): CertificateFault | undefined;
}

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
/** As long as a plant keeps a machine; a pin in a sensor or in a connect line outlives many servers. */
export const AUTHORITY_LIFETIME = 20 * 365 * DAY;
/** Clients whose clock is behind by less than this still accept a new certificate. */
export const BACKDATED = 5 * 60 * SECOND;
/** A server certificate is made anew at each start of the broker, and its key never touches a disk. */
const SERVER_LIFETIME = 825 * DAY;

/** `sha256/` and the pin is how a connect line carries it. */
export function spkiPin(certificateOrKey: X509Certificate | KeyObject | string): string {
  return spkiDigest(publicKeyOf(certificateOrKey)).toString('base64url');
}

/** As `spkiPin`, hex: how an enrolment token carries it. */
export function spkiHex(certificateOrKey: X509Certificate | KeyObject | string): string {
  return spkiDigest(publicKeyOf(certificateOrKey)).toString('hex');
}

/** sha-256 of a certificate's DER, hex: what a session or a sensor is bound to. */
export function thumbprintOf(certificate: X509Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('hex');
}

function publicKeyOf(from: X509Certificate | KeyObject | string): KeyObject {
  if (typeof from === 'string') return new X509Certificate(from).publicKey;
  return from instanceof X509Certificate ? from.publicKey : from;
}

export const newKeyPair = (): { readonly privateKey: KeyObject; readonly publicKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' });

const isP256 = (key: KeyObject): boolean =>
  key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';

/** A client's public key, SPKI PEM; undefined where it is no EC P-256 key and nothing else. */
export function readPublicKey(pem: string): KeyObject | undefined {
  // Node would also take a private key or a certificate here.
  if (
    !/^-----BEGIN PUBLIC KEY-----\r?\n[A-Za-z0-9+/=\r\n]+-----END PUBLIC KEY-----\s*$/.test(pem)
  ) {
    return undefined;
  }
  try {
    const key = createPublicKey({ key: pem, format: 'pem' });
    return isP256(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

interface Identity {
  readonly privateKey: KeyObject;
  readonly certificate: X509Certificate;
}

interface AuthorityParts extends Identity {
  readonly purpose: Purpose;
  /** Bytes that nobody can guess. */
  readonly random: (bytes: number) => Buffer;
}

function createAuthority(parts: AuthorityParts): Authority {
  const { purpose, privateKey, certificate, random } = parts;
  const { publicKey } = certificate;
  const usage = purpose === 'server' ? 'server' : 'client';
  const subject = commonName(certificate);
  return {
    purpose,
    certificate: certificate.toString(),
    pin: spkiPin(publicKey),
    issue(leaf) {
      const der = buildCertificate({ ...leaf, usage }, { subject, publicKey, privateKey }, random);
      return { pem: pemOf(der), thumbprint: createHash('sha256').update(der).digest('hex') };
    },
    faultOf(leaf, now) {
      if (!leaf.checkIssued(certificate) || !leaf.verify(publicKey)) return 'issuer';
      if (leaf.ca) return 'is-authority';
      // Node calls the extended key usages `keyUsage`.
      const uses = leaf.keyUsage ?? [];
      if (uses.length !== 1 || uses[0] !== EXTENDED_KEY_USAGE[usage]) return 'usage';
      if (now < leaf.validFromDate.getTime() * 1000) return 'not-yet-valid';
      // The last second counts whole: RFC 5280, 4.1.2.5.
      return now >= leaf.validToDate.getTime() * 1000 + SECOND ? 'expired' : undefined;
    },
  };
}

const commonName = (certificate: X509Certificate): string =>
  certificate.subject.replace(/^CN=/, '');

/** A new authority in memory; `label` is for people, as a certificate viewer shows it. */
export function newAuthority(
  purpose: Purpose,
  label: string,
  now: Micros,
  random: (bytes: number) => Buffer,
): Authority & { readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = newKeyPair();
  const subject = label;
  const der = buildCertificate(
    {
      subject,
      publicKey,
      from: micros(now - BACKDATED),
      until: micros(now + AUTHORITY_LIFETIME),
      usage: 'authority',
      names: [],
    },
    { subject, publicKey, privateKey },
    random,
  );
  const certificate = new X509Certificate(der);
  return { ...createAuthority({ purpose, privateKey, certificate, random }), privateKey };
}

/** Rights of group and others. */
const OTHERS = 0o077;

/**
 * Opens the authority for `purpose` in `folder`, or makes one there. Throws `key` where a file is
 * damaged, the two do not belong together, or others can read the key.
 */
export function openAuthority(
  folder: string,
  purpose: Purpose,
  now: Micros,
  random: (bytes: number) => Buffer,
): Authority {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // One file, so that a crash can never leave a key without its certificate.
  const path = join(folder, `${purpose}-authority.pem`);
  const written = readIfThere(path);
  if (written !== undefined) {
    if ((statSync(path).mode & OTHERS) !== 0) {
      throw new BrokerError(
        'key',
        `\`${path}\` can be read by others; replace the key: rm ${path}`,
      );
    }
    return createAuthority({ ...readIdentity(path, written), purpose, random });
  }
  const label = `Lockkeeper ${purpose} authority`;
  const { privateKey, ...authority } = newAuthority(purpose, label, now, random);
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(path, `${key}${authority.certificate}`, { flag: 'wx', mode: 0o600, flush: true });
  return authority;
}

const keyError = (message: string, cause: unknown): BrokerError =>
  new BrokerError('key', message, { cause });

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw keyError(`\`${path}\` cannot be read; give it to the broker's user`, error);
  }
}

function readIdentity(path: string, written: string): Identity {
  const damaged = (cause?: unknown): BrokerError =>
    keyError(`\`${path}\` is damaged; restore it from a backup`, cause);
  try {
    const privateKey = createPrivateKey(written);
    const start = written.indexOf('-----BEGIN CERTIFICATE-----');
    const certificate = new X509Certificate(written.slice(Math.max(start, 0)));
    const whole =
      isP256(privateKey) &&
      certificate.ca &&
      certificate.checkPrivateKey(privateKey) &&
      certificate.verify(certificate.publicKey);
    if (whole) return { privateKey, certificate };
  } catch (error) {
    throw damaged(error);
  }
  throw damaged();
}

/** What a TLS listener of the broker needs: PEM. */
export interface ServerCertificate {
  readonly key: string;
  /** The leaf, then its authority, so that a client can check a pin before it trusts anything. */
  readonly cert: string;
}

/** A key and a certificate for a listener that clients reach under `names` (host names and addresses). */
export function issueServerCertificate(
  authority: Authority,
  names: readonly string[],
  now: Micros,
): ServerCertificate {
  const { publicKey, privateKey } = newKeyPair();
  const { pem } = authority.issue({
    subject: 'Lockkeeper',
    publicKey,
    from: micros(now - BACKDATED),
    until: micros(now + SERVER_LIFETIME),
    names: names.map((value) => ({ kind: isAddress(value) ? 'ip' : 'dns', value })),
  });
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `${pem}${authority.certificate}`,
  };
}

const isAddress = (name: string): boolean => name.includes(':') || /^[\d.]+$/.test(name);
