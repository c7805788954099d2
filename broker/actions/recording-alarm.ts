/** A session is not recorded whole: its alert, its leaf, and the word on the session itself. Each once. */
import type { Session } from '#broker/model/access.ts';
import { sessionId } from '#broker/model/ids.ts';
import type { Write } from '#broker/store/store.ts';
import type { Micros } from '#sensor/model/time.ts';
import { RECORDING_INCOMPLETE } from './broker-rules.ts';
import type { ActionContext } from './context.ts';
import type { Outcome } from './outcome.ts';
import { unknown } from './permission.ts';
import { alertWrite } from './raise-alert.ts';
import { type Attempt, transact } from './transact.ts';

/** The gate tells of it while the session runs. One that is known to be incomplete stays as it is. */
export async function reportIncomplete(
  context: ActionContext,
  asked: { readonly id: string; readonly because: string },
): Promise<Outcome<{ readonly session: Session }>> {
  const deed = { actor: 'gate', action: 'record-session', subject: asked.id };
  return transact(context, deed, async (now): Promise<Attempt<{ session: Session }>> => {
    const id = sessionId(asked.id);
    const session = id && (await context.store.sessions.get(id));
    if (session === undefined) return unknown('session');
    if (session.incomplete !== undefined) return { kind: 'stands', result: { session } };
    const incomplete = asked.because;
    const put: Session = { ...session, version: session.version + 1, incomplete };
    return {
      kind: 'done',
      result: { session: put },
      writes: [
        { noun: 'session', expected: session.version, put },
        ...(await alarmOf(context, session, incomplete, now)),
      ],
      outcome: 'failed',
      detail: { grant: session.grant, incomplete },
    };
  });
}

/** The alert that goes into the same commit as the first `incomplete` of `session`. */
export async function alarmOf(
  context: ActionContext,
  session: Session,
  incomplete: string | undefined,
  at: Micros,
): Promise<readonly Write[]> {
  if (incomplete === undefined || session.incomplete !== undefined) return [];
  const { id, person, vendor } = session;
  const asset = context.plant()?.assets.get(session.asset);
  const subject = {
    rule: RECORDING_INCOMPLETE,
    key: id,
    ...(asset && { asset, destination: { ip: asset.address } }),
  };
  const write = await alertWrite(context, subject, {
    at,
    message: `session ${id} of ${person} (${vendor}) on ${session.asset} is not recorded whole: ${incomplete}`,
    facts: [{ name: 'broker.recording-incomplete', text: incomplete }],
  });
  return write === undefined ? [] : [write];
}
