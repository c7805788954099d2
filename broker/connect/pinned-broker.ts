/**
 * Finds the authority that the connect line pins, in the handshake and before anything is said: from
 * then on that authority alone is trusted.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { ConnectError, unreachable } from './connect-error.ts';

const CONNECT_TIMEOUT_MS = 10_000;
/** A chain is two certificates long here. */
const MAX_CHAIN = 5;

/** The certificate (PEM) of the authority whose public key has the digest `pin` (base64url). */
export async function pinnedAuthority(broker: string, pin: string): Promise<string> {
  const { hostname, port } = new URL(broker);
  const host = hostname.replace(/^\[|\]$/g, '');
  const { promise, resolve, reject } = Promise.withResolvers<DetailedPeerCertificate>();
  const socket = connect({
    host,
    port: Number(port === '' ? 443 : port),
    // RFC 6066, 3: an address is no server name.
    ...(isIP(host) === 0 && { servername: host }),
    // Nothing is sent over this connection; the pin decides below.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
    timeout: CONNECT_TIMEOUT_MS,
  });
  socket.once('secureConnect', () => resolve(socket.getPeerCertificate(true)));
  socket.once('timeout', () => reject(new Error('no answer')));
  socket.once('error', reject);
  try {
    const chain = chainOf(await promise);
    const found = chain.find((certificate) => certificate.ca && spkiDigest(certificate) === pin);
    if (found !== undefined) return found.toString();
  } catch (cause) {
    throw unreachable(broker, cause);
  } finally {
    socket.destroy();
  }
  throw new ConnectError(
    'pin',
    `whoever answers at ${broker} is not the broker of this connect line; do not go on, and tell the site`,
  );
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

function spkiDigest(certificate: X509Certificate): string {
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(spki).digest('base64url');
}
