/**
 * A running session asks for its next certificate, and everything that can have changed is asked again.
 * TLS never re-checks an open connection, so the gate cuts a session whose renewal is refused.
 */
import { entitlementOf } from '#broker/access/entitlement.ts';
import { lockOn } from '#broker/access/lock.ts';
import { phaseAt } from '#broker/access/session.ts';
import type { Session } from '#broker/model/access.ts';
import { sessionId } from '#broker/model/ids.ts';
import type { ActionContext } from './context.ts';
import { type Certified, type Certify, certificateEnd } from './open-session.ts';
import { type Outcome, refused } from './outcome.ts';
import { all } from './pages.ts';
import { actorOf, forbidden, grantResource, unknown } from './permission.ts';
import { type Attempt, transact } from './transact.ts';

export interface RenewedSession<C extends Certified> {
  /** Bound to the new certificate; the gate takes the old one until the new one is first used. */
  readonly session: Session;
  readonly certificate: C;
}

/**
 * A policy that allows less than at the approval does not end a session: the gate narrows it at the
 * next PDU, because a cut in the middle of a procedure is a hazard too. A person, entry or asset that
 * is gone does.
 */
export async function renewSession<C extends Certified>(
  context: ActionContext,
  asked: {
    readonly id: string;
    /** sha-256 of the certificate that the asking connection presented, hex. */
    readonly thumbprint: string;
    readonly certify: Certify<C>;
  },
): Promise<Outcome<RenewedSession<C>>> {
  const deed = { actor: 'gate', action: 'renew-session', subject: asked.id };
  return transact(context, deed, async (now): Promise<Attempt<RenewedSession<C>>> => {
    const id = sessionId(asked.id);
    const session = id && (await context.store.sessions.get(id));
    if (session === undefined) return unknown('session');
    if (session.certificate !== asked.thumbprint) {
      return refused('wrong-certificate', 'the certificate is not the one of this session');
    }
    if (session.state === 'ended') return refused('wrong-state', 'this session has ended');
    const grant = await context.store.grants.get(session.grant);
    if (grant === undefined || grant.state === 'revoked') {
      return refused('not-entitled', 'the grant was revoked');
    }
    if (phaseAt(grant, now) === 'over') return refused('expired', 'the time of the grant is over');

    const who = actorOf(context, session.person);
    if (who.kind === 'refused') return who;
    const no = forbidden(context, who, 'connect', grantResource(who.plant, grant), 'grant');
    if (no !== undefined) return no;
    const entitlement = entitlementOf(who.plant, grant);
    if (entitlement.kind === 'lost') return refused('not-entitled', entitlement.because);
    const stored = await all(context.store.locks, { active: true });
    const locks = [...stored, ...context.locks.list()];
    const lock = lockOn(who.plant, locks, { ...grant, grant: grant.id });
    if (lock !== undefined) return refused('locked', `locked: ${lock.reason}`);

    const certificateUntil = certificateEnd(grant, now);
    const certificate = await asked.certify(session.id, certificateUntil);
    const put: Session = {
      ...session,
      version: session.version + 1,
      certificate: certificate.thumbprint,
      certificateUntil,
    };
    return {
      kind: 'done',
      result: { session: put, certificate },
      writes: [{ noun: 'session', expected: session.version, put }],
      detail: { grant: grant.id, certificate: put.certificate },
    };
  });
}
