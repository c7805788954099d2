/** What people do with an alert: acknowledge (assign to oneself), comment, close with a reason. */
import { NEXT } from '#broker/access/alert.ts';
import { textFault } from '#broker/access/text.ts';
import type { AlertActivity, AlertRecord, AlertStatus, CloseReason } from '#broker/model/alert.ts';
import type { Action } from '#policies/people.ts';
import type { ActionContext } from './context.ts';
import { type Outcome, type Refused, refused } from './outcome.ts';
import { actorOf, forbidden, unknown } from './permission.ts';
import { type Attempt, transact } from './transact.ts';

/** What a person saw: another version is a conflict. */
export interface SeenAlert {
  readonly actor: string;
  readonly id: string;
  readonly version: number;
}

export type Worked = Outcome<{ readonly alert: AlertRecord }>;

/** A longer history is that of an incident. */
const MAX_ACTIVITY = 500;

/** The actor takes the alert over, also from somebody else. */
export function acknowledgeAlert(context: ActionContext, seen: SeenAlert): Promise<Worked> {
  return work(context, 'acknowledge-alert', seen, (alert, at) => ({
    ...alert,
    status: 'acknowledged',
    assignee: seen.actor,
    activity: [...alert.activity, { at, person: seen.actor, action: 'acknowledged' }],
  }));
}

export function commentAlert(
  context: ActionContext,
  seen: SeenAlert & { readonly text: string },
): Promise<Worked> {
  const fault = textFault(seen.text, { required: true });
  return work(context, 'comment-alert', seen, (alert, at) =>
    fault === undefined
      ? { ...alert, activity: [...alert.activity, said(seen, at, 'commented', seen.text)] }
      : refused('invalid', 'write another comment', [{ field: 'text', message: fault }]),
  );
}

export function closeAlert(
  context: ActionContext,
  seen: SeenAlert & { readonly reason: CloseReason; readonly comment: string },
): Promise<Worked> {
  const fault = textFault(seen.comment, { required: false });
  return work(context, 'close-alert', seen, (alert, at) => {
    if (alert.status === 'closed') return refused('wrong-state', 'this alert is closed');
    if (fault !== undefined) {
      return refused('invalid', 'write another comment', [{ field: 'comment', message: fault }]);
    }
    const comment = seen.comment.trim();
    const words = comment === '' ? seen.reason : `${seen.reason}: ${comment}`;
    const closed = said(seen, at, 'closed', words);
    const activity = [...alert.activity, closed];
    return { ...alert, status: 'closed', closeReason: seen.reason, activity };
  });
}

function said(
  { actor }: SeenAlert,
  at: AlertActivity['at'],
  action: AlertActivity['action'],
  text: string,
): AlertActivity {
  return { at, person: actor, action, text: text.trim() };
}

/** `change` gives the alert as it should stand; its version is raised here. */
function work(
  context: ActionContext,
  action: Extract<Action, 'acknowledge-alert' | 'comment-alert' | 'close-alert'>,
  seen: SeenAlert,
  change: (alert: AlertRecord, at: AlertActivity['at']) => AlertRecord | Refused,
): Promise<Worked> {
  const deed = { actor: seen.actor, action, subject: seen.id };
  return transact(context, deed, async (now): Promise<Attempt<{ alert: AlertRecord }>> => {
    const who = actorOf(context, seen.actor);
    if (who.kind === 'refused') return who;
    const no = forbidden(context, who, action, { kind: 'alert' }, 'alert');
    if (no !== undefined) return no;
    const alert = await context.store.alerts.get(seen.id);
    if (alert === undefined) return unknown('alert');
    if (alert.version !== seen.version) return { kind: 'conflict' };
    if (alert.activity.length >= MAX_ACTIVITY) {
      return refused('too-many', 'too much was said about this alert: close it');
    }
    const changed = change(alert, now);
    if ('kind' in changed) return changed;
    if (!mayFollow(alert.status, changed.status)) {
      return refused('wrong-state', `this alert is ${alert.status}`);
    }
    const put: AlertRecord = { ...changed, version: alert.version + 1 };
    return {
      kind: 'done',
      result: { alert: put },
      writes: [{ noun: 'alert', expected: alert.version, put }],
      detail: {
        status: put.status,
        ...(put.closeReason === undefined ? {} : { reason: put.closeReason }),
        ...textOf(put),
      },
    };
  });
}

/** A comment is possible in every status; a closed alert stays closed. */
const mayFollow = (from: AlertStatus, to: AlertStatus): boolean =>
  from === to ? true : NEXT[from].includes(to);

function textOf({ activity }: AlertRecord): { readonly text?: string } {
  const text = activity.at(-1)?.text;
  return text === undefined ? {} : { text };
}
