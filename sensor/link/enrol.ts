/**
 * Enrolment: the sensor makes its key, proves its token, and gets a certificate.
 *
 * The token pins the broker's authority. It is looked for in the handshake BEFORE the secret is said:
 * a first connection only looks at the certificates and says nothing, a second one trusts that
 * authority alone and checks the rest of TLS, the host's name included.
 */
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { Agent } from 'node:https';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { parseIp } from '#policies/address.ts';
import type { EnrolmentToken, EnrolRequest } from '#sensor/model/link.ts';
import { SensorError } from '#sensor/model/sensor-error.ts';
import { enrolledSchema, type Identity } from './identity.ts';
import { ask, failureInWords } from './request.ts';
import { readToken } from './token.ts';

const MAX_ANSWER = 65_536;
const CONNECT_TIMEOUT_MS = 10_000;
/** A chain is two certificates long here. */
const MAX_CHAIN = 5;

/** Enrols; gives what is to be kept. Rejects with `SensorError` `enrolment` that says what to do. */
export async function enrol(token: string, name: string): Promise<Identity> {
  const read = readToken(token);
  if (typeof read === 'string') throw new SensorError('enrolment', read);
  const authority = await pinnedAuthority(read);
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const agent = new Agent({ ca: authority, minVersion: 'TLSv1.3', keepAlive: false });
  const body: EnrolRequest = { token, name, publicKey };
  const answer = await ask({
    url: new URL('/sensor/v1/enrol', read.url).href,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    maxAnswer: MAX_ANSWER,
    agent,
  }).catch((error: unknown) => {
    throw unreachable(read.url, error);
  });
  if (answer.status !== 200 && answer.status !== 201) {
    const why = `the broker refused the token (${answer.status}); it is good for one enrolment within 24 h, ask for a new one`;
    throw new SensorError('enrolment', why);
  }
  return { ...enrolled(answer.body, authority, publicKey), url: read.url, privateKey };
}

/** Checks that the answer is about our key and our authority. */
function enrolled(body: Buffer, authority: string, publicKey: string) {
  try {
    const answer = enrolledSchema.parse(JSON.parse(body.toString('utf8')));
    const own = new X509Certificate(answer.certificate).publicKey;
    if (own.export({ type: 'spki', format: 'pem' }) !== publicKey) throw new Error('another key');
    if (
      spkiDigest(new X509Certificate(answer.authority)) !==
      spkiDigest(new X509Certificate(authority))
    ) {
      throw new Error('another authority');
    }
    return answer;
  } catch (cause) {
    throw badAnswer(cause);
  }
}

/** The certificate of the authority that the token pins, PEM, out of the handshake. */
async function pinnedAuthority({ url, pin }: EnrolmentToken): Promise<string> {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const { promise, resolve, reject } = Promise.withResolvers<DetailedPeerCertificate>();
  const socket = connect({
    host,
    port: Number(port === '' ? 443 : port),
    // RFC 6066, 3: an address is no server name.
    ...(parseIp(host) === undefined ? { servername: host } : {}),
    // Nothing is sent over this connection; the pin decides below.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
    timeout: CONNECT_TIMEOUT_MS,
  });
  socket.once('secureConnect', () => resolve(socket.getPeerCertificate(true)));
  socket.once('timeout', () => reject(new Error('no answer')));
  socket.once('error', reject);
  try {
    const found = chainOf(await promise).find(
      (certificate) => certificate.ca && spkiDigest(certificate) === pin,
    );
    if (found === undefined) {
      const text = `the broker at ${url} is not the one that the token was made for; do not go on, ask its admin`;
      throw new SensorError('enrolment', text);
    }
    return found.toString();
  } catch (error) {
    throw error instanceof SensorError ? error : unreachable(url, error);
  } finally {
    socket.destroy();
  }
}

function chainOf(leaf: DetailedPeerCertificate): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<string>();
  let next: DetailedPeerCertificate | undefined = leaf;
  while (next?.raw !== undefined && chain.length < MAX_CHAIN && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256);
    chain.push(new X509Certificate(next.raw));
    next = next.issuerCertificate;
  }
  return chain;
}

/** sha-256 of the SubjectPublicKeyInfo, hex. */
function spkiDigest(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('hex');
}

function unreachable(url: string, cause: unknown): SensorError {
  const text = `the broker at ${url} cannot be reached: ${failureInWords(cause)}`;
  return new SensorError('enrolment', text, { cause });
}

function badAnswer(cause: unknown): SensorError {
  const text =
    'the broker gave an answer that is no enrolment; sensor and broker may be of different versions';
  return new SensorError('enrolment', text, { cause });
}
