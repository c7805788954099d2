/** What the gate asks of the rest of the broker: the actions, each one transaction with its audit leaf. */
import type { ActionContext } from '#broker/actions/context.ts';
import { endSession, type Tallied } from '#broker/actions/end-session.ts';
import { reportIncomplete } from '#broker/actions/recording-alarm.ts';
import { renewSession } from '#broker/actions/renew-session.ts';
import { enterGrace } from '#broker/actions/session-phase.ts';
import type { EndReason, Grant, Session } from '#broker/model/access.ts';
import type { SessionId } from '#broker/model/ids.ts';
import type { Emission } from '#broker/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';

export interface Renewal {
  /** PEM. */
  readonly certificate: string;
  readonly thumbprint: string;
  readonly until: Micros;
}

export interface GateActions {
  /** The session and its grant as they stand in the store. */
  load(id: SessionId): Promise<{ readonly session: Session; readonly grant: Grant } | undefined>;
  /** Committed when it resolves: the death of the broker leaves it, that of the machine perhaps not. */
  recordEmission(emission: Emission): Promise<void>;
  /** A recorded emission was held back at the last moment: no sensor will ever hear it. */
  withdrawEmission(id: string): Promise<void>;
  /** Something of it could not be recorded: the plant is alarmed, once. */
  reportIncomplete(id: SessionId, because: string): Promise<void>;
  /** Somebody with a certificate of this session was turned away at the door: a leaf. */
  turnedAway(id: SessionId, because: string): Promise<void>;
  enterGrace(id: SessionId): Promise<void>;
  /** Ends it, or seals the recording of one that somebody ended. */
  end(id: SessionId, reason: EndReason, tallied: Tallied): Promise<void>;
  /** The next certificate for a session that presented `thumbprint`; or why there is none. */
  renew(
    id: SessionId,
    thumbprint: string,
    publicKey: string,
  ): Promise<
    | { readonly kind: 'renewed'; readonly renewal: Renewal }
    | { readonly kind: 'refused'; readonly because: string }
  >;
}

/** A certificate for `session` and `publicKey` (SPKI PEM); undefined where that is no key we take. */
export type CertifySession = (
  session: SessionId,
  publicKey: string,
  until: { readonly from: Micros; readonly to: Micros },
) => { readonly certificate: string; readonly thumbprint: string } | undefined;

/** The key was one that nobody can certify; thrown through an action, caught beside it. */
class UnusableKey extends Error {}

export function createGateActions(context: ActionContext, certify: CertifySession): GateActions {
  const { store } = context;
  return {
    async load(id) {
      const session = await store.sessions.get(id);
      const grant = session && (await store.grants.get(session.grant));
      return session === undefined || grant === undefined ? undefined : { session, grant };
    },
    recordEmission: (emission) => store.history.appendEmissions([emission]),
    withdrawEmission: (id) => store.history.settleEmission(id, 'not-sent'),
    async reportIncomplete(id, because) {
      const outcome = await reportIncomplete(context, { id, because });
      if (outcome.kind !== 'done') throw new Error(`the alarm of ${id} was not taken`);
    },
    async turnedAway(id, because) {
      const leaf = {
        at: context.clock(),
        actor: 'gate',
        action: 'enter-gate',
        subject: id,
      } as const;
      const denied = { ...leaf, outcome: 'denied', detail: { message: because } } as const;
      await store.commit({ writes: [], audit: [denied] });
    },
    async enterGrace(id) {
      await enterGrace(context, { actor: 'gate', id });
    },
    async end(id, reason, tallied) {
      const outcome = await endSession(context, { actor: 'gate', id, reason, tallied });
      if (outcome.kind !== 'done') throw new Error(`the end of ${id} was not taken`);
    },
    async renew(id, thumbprint, publicKey) {
      const outcome = await renewSession(context, {
        id,
        thumbprint,
        certify: async (session, until) => {
          const made = certify(session, publicKey, { from: context.clock(), to: until });
          if (made === undefined) throw new UnusableKey();
          return { ...made, until };
        },
      }).catch((error: unknown) => {
        if (error instanceof UnusableKey) return error;
        throw error;
      });
      if (outcome instanceof UnusableKey) return { kind: 'refused', because: 'not a P-256 key' };
      if (outcome.kind === 'done') return { kind: 'renewed', renewal: outcome.certificate };
      const because = outcome.kind === 'refused' ? outcome.message : 'somebody else was first';
      return { kind: 'refused', because };
    },
  };
}
