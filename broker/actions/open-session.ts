/**
 * A vendor connects. Everything is asked again at this moment: the grant's clocks, the request and the
 * policy that it was approved under, the person, the entry, the locks, the number of sessions.
 */
import { misfits } from '#broker/access/fit.ts';
import { mayOpenAt } from '#broker/access/grant.ts';
import { lockOn } from '#broker/access/lock.ts';
import { hashRequest } from '#broker/access/request-hash.ts';
import type { AccessRequest, Grant, Session } from '#broker/model/access.ts';
import { grantId, newId, type SessionId } from '#broker/model/ids.ts';
import type { Plant } from '#policies/plant.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import type { ActionContext } from './context.ts';
import { endSession } from './end-session.ts';
import { type Outcome, type Refused, refused } from './outcome.ts';
import { all } from './pages.ts';
import { actorOf, forbidden, grantResource, unknown } from './permission.ts';
import { type Attempt, transact } from './transact.ts';

/** µs that a session certificate lives at most; never past `graceUntil`. docs/contracts.md, "Clocks of access". */
export const CERTIFICATE_LIFETIME = 15 * 60 * 1_000_000;

/** A certificate for the session, and its sha-256 in hex, to which the session is bound. */
export interface Certified {
  readonly thumbprint: string;
}

/** Makes the certificate for `session`, valid until `notAfter`. */
export type Certify<C extends Certified> = (session: SessionId, notAfter: Micros) => Promise<C>;

export interface OpenedSession<C extends Certified> {
  readonly session: Session;
  readonly grant: Grant;
  readonly certificate: C;
}

export async function openSession<C extends Certified>(
  context: ActionContext,
  asked: { readonly actor: string; readonly grant: string; readonly certify: Certify<C> },
): Promise<Outcome<OpenedSession<C>>> {
  const id = newId<SessionId>('ses', context.random);
  const deed = { actor: asked.actor, action: 'connect', subject: asked.grant };
  // Made once, however often somebody else is first.
  let made: { readonly certificate: C; readonly until: Micros } | undefined;
  const outcome = await transact(context, deed, async (now): Promise<Attempt<OpenedSession<C>>> => {
    const allowed = await mayOpen(context, asked, now);
    if (allowed.kind === 'refused') return allowed;
    const { grant } = allowed;
    made ??= await certified(asked.certify, id, certificateEnd(grant, now));
    const { certificate, until } = made;
    const session: Session = {
      id,
      version: 1,
      state: 'active',
      grant: grant.id,
      person: grant.person,
      vendor: grant.vendor,
      asset: grant.asset,
      startedAt: now,
      certificate: certificate.thumbprint,
      certificateUntil: until,
      counts: { allowed: 0, refused: 0, writes: 0 },
    };
    // Raising the grant's version is what makes two opens at once see each other.
    const put: Grant = {
      ...grant,
      version: grant.version + 1,
      state: 'active',
      sessions: grant.sessions + 1,
    };
    return {
      kind: 'done',
      subject: id,
      result: { session, grant: put, certificate },
      writes: [
        { noun: 'grant', expected: grant.version, put },
        { noun: 'session', expected: 0, put: session },
      ],
      detail: { grant: grant.id, asset: grant.asset, certificate: session.certificate },
    };
  });
  if (outcome.kind !== 'done') return outcome;
  // A lock placed while this was committed did not see the session.
  const lockable = { ...outcome.grant, grant: outcome.grant.id };
  const lock = lockOn(context.plant(), context.locks.list(), lockable);
  if (lock === undefined) return outcome;
  await endSession(context, { actor: 'broker', id, reason: 'locked', text: lock.reason });
  return refused('locked', `locked: ${lock.reason}`);
}

async function certified<C extends Certified>(
  certify: Certify<C>,
  id: SessionId,
  until: Micros,
): Promise<{ readonly certificate: C; readonly until: Micros }> {
  return { certificate: await certify(id, until), until };
}

export const certificateEnd = ({ graceUntil }: Grant, now: Micros): Micros =>
  micros(Math.min(now + CERTIFICATE_LIFETIME, graceUntil));

async function mayOpen(
  context: ActionContext,
  asked: { readonly actor: string; readonly grant: string },
  now: Micros,
): Promise<{ readonly kind: 'may'; readonly grant: Grant } | Refused> {
  const who = actorOf(context, asked.actor);
  if (who.kind === 'refused') return who;
  const id = grantId(asked.grant);
  const grant = id && (await context.store.grants.get(id));
  if (grant === undefined || grant.person !== who.person.id) return unknown('grant');
  const no = forbidden(context, who, 'connect', grantResource(who.plant, grant), 'grant');
  if (no !== undefined) return no;

  const hindrance = await hindranceTo(context, who.plant, grant, now);
  return hindrance ?? { kind: 'may', grant };
}

/** What keeps a session from being opened under `grant` at `now`, whoever asks; undefined if nothing does. */
export async function hindranceTo(
  context: ActionContext,
  plant: Plant,
  grant: Grant,
  now: Micros,
): Promise<Refused | undefined> {
  switch (mayOpenAt(grant, now)) {
    case 'not-yet':
      return refused('not-yet', 'the time of this grant has not begun');
    case 'over':
      return refused('expired', 'the time of this grant is over');
    case 'yes':
      break;
  }
  const request = await context.store.requests.get(grant.request);
  const broken = bindingBroken(plant, grant, request);
  if (broken !== undefined) return broken;
  const stored = await all(context.store.locks, { active: true });
  const locks = [...stored, ...context.locks.list()];
  const lock = lockOn(plant, locks, { ...grant, grant: grant.id });
  if (lock !== undefined) return refused('locked', `locked: ${lock.reason}`);

  const limit = plant.access.get(grant.entry)?.limits.sessions ?? 0;
  const running = await all(context.store.sessions, {
    grant: grant.id,
    state: ['active', 'grace'],
  });
  if (running.length >= limit) {
    const all = limit === 1 ? 'one session at a time is' : `${limit} sessions at a time are`;
    return refused('session-limit', `${all} all that is allowed`);
  }
  return undefined;
}

/**
 * The grant must be, word for word, what was approved, and under this policy. A change of either
 * between the approval and now is the classic way around four eyes.
 */
function bindingBroken(
  plant: Plant,
  grant: Grant,
  request: AccessRequest | undefined,
): Refused | undefined {
  if (request?.state !== 'approved' || request.hash !== grant.requestHash) {
    return refused('request-changed', 'this grant is not what was approved: ask again');
  }
  const granted = {
    ...request,
    requester: grant.person,
    vendor: grant.vendor,
    entry: grant.entry,
    asset: grant.asset,
    operations: grant.operations,
    notBefore: grant.notBefore,
    notAfter: grant.notAfter,
    graceUntil: grant.graceUntil,
    idleTimeout: grant.idleTimeout,
    policyVersion: grant.policyVersion,
  };
  if (hashRequest(request) !== request.hash || hashRequest(granted) !== request.hash) {
    return refused('request-changed', 'this grant is not what was approved: ask again');
  }
  const wrong = misfits(plant, granted);
  if (grant.policyVersion === plant.version && wrong.length === 0) return undefined;
  return refused(
    'policy-changed',
    'the plant policy changed since this was approved: ask again',
    wrong.length > 0 ? wrong : undefined,
  );
}
