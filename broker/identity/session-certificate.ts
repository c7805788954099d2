/**
 * The certificate of one session: names the session in a URI, lives at most 15 minutes and never
 * past the session's last clock (docs/contracts.md, "Clocks of access"). The gate takes only the one
 * whose thumbprint stands in the session's row, so a second one, however well signed, is worth nothing.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import { type SessionId, sessionId } from '#broker/model/ids.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { type Authority, BACKDATED, type Issued } from './authority.ts';

/** µs; docs/contracts.md. */
export const SESSION_CERTIFICATE_LIFETIME = 15 * 60 * 1_000_000;

const URN = 'urn:lockkeeper:session:';

export interface SessionCertificate extends Issued {
  /** First instant at which it no longer counts. */
  readonly until: Micros;
}

/** A certificate for `session`; undefined where `graceUntil` is reached. `authority` is the one for sessions. */
export function issueSessionCertificate(
  authority: Authority,
  session: SessionId,
  publicKey: KeyObject,
  now: Micros,
  graceUntil: Micros,
): SessionCertificate | undefined {
  if (authority.purpose !== 'session') throw new TypeError(`a ${authority.purpose} authority`);
  if (now >= graceUntil) return undefined;
  const until = micros(Math.min(now + SESSION_CERTIFICATE_LIFETIME, graceUntil));
  const issued = authority.issue({
    subject: session,
    publicKey,
    from: micros(now - BACKDATED),
    until,
    names: [{ kind: 'uri', value: `${URN}${session}` }],
  });
  return { ...issued, until };
}

/** The session that a certificate names; undefined unless it names that one thing and nothing else. */
export function sessionOf(certificate: X509Certificate): SessionId | undefined {
  const prefix = `URI:${URN}`;
  const names = certificate.subjectAltName ?? '';
  return names.startsWith(prefix) ? sessionId(names.slice(prefix.length)) : undefined;
}
