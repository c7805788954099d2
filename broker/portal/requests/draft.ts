/** A request while it is being written. Pure: what the form holds, and what the API gets. */
import type { AllowanceView, EntryView, SubmitBody } from '../../api/views.ts';
import { duration, fromLocalInput, localInput } from '../../ui/site-time.ts';

export interface DraftOperation {
  readonly wanted: boolean;
  /** As typed, 0-based and inclusive; empty = the whole allowance. */
  readonly first: string;
  readonly last: string;
}

export interface Draft {
  readonly entry: string;
  readonly asset: string;
  readonly operations: readonly DraftOperation[];
  /** Local times of the site, as `<input type="datetime-local">` gives them. */
  readonly from: string;
  readonly until: string;
  readonly readGrace: boolean;
  readonly purpose: string;
  readonly ticket: string;
}

/** Suggested length of a visit, µs: an hour, or the entry's limit where that is less. */
const HOUR = 3_600_000_000;

export function draftFor(entry: EntryView, now: Date, timeZone: string): Draft {
  const until = new Date(now.getTime() + Math.min(HOUR, entry.limits.max) / 1000);
  return {
    entry: entry.id,
    asset: entry.targets[0]?.id ?? '',
    operations: entry.mayRequest.map((allowance) => ({
      wanted: allowance.operations.includes('read'),
      first: String(allowance.addresses?.[0]?.first ?? ''),
      last: String(allowance.addresses?.[0]?.last ?? ''),
    })),
    from: localInput(now, timeZone),
    until: localInput(until, timeZone),
    readGrace: entry.limits.readGrace > 0,
    purpose: '',
    ticket: '',
  };
}

/** What is wrong with a typed range inside `allowance`; undefined if nothing is. */
export function rangeFault(typed: DraftOperation, allowance: AllowanceView): string | undefined {
  const bounds = allowance.addresses;
  if (!typed.wanted || bounds === undefined) return undefined;
  const first = Number(typed.first);
  const last = Number(typed.last);
  if (typed.first.trim() === '' || !Number.isInteger(first) || !Number.isInteger(last)) {
    return 'a range is two whole numbers';
  }
  if (first > last) return 'the first address comes before the last';
  const inside = bounds.some((b) => b.first <= first && last <= b.last);
  return inside
    ? undefined
    : `must lie inside ${bounds.map((b) => `${b.first}-${b.last}`).join(' or ')}`;
}

/** The first thing that keeps the draft from being sent, in words; undefined if nothing does. */
export function draftFault(draft: Draft, entry: EntryView): string | undefined {
  if (!draft.operations.some((o) => o.wanted)) return 'choose at least one thing to do';
  for (const [index, allowance] of entry.mayRequest.entries()) {
    const typed = draft.operations[index];
    const fault = typed && rangeFault(typed, allowance);
    if (fault !== undefined) return `${allowance.text}: ${fault}`;
  }
  if (draft.from === '' || draft.until === '') return 'choose when it starts and ends';
  const lasts = Date.parse(`${draft.until}Z`) - Date.parse(`${draft.from}Z`);
  if (lasts <= 0) return 'it must end after it starts';
  // By the clock on the wall; where that is changed in between, the broker's answer counts.
  const most = entry.limits.max / 1000;
  if (lasts > most) return `it may last ${duration(most)} at most`;
  return draft.purpose.trim() === '' ? 'say what you are going to do' : undefined;
}

export function submission(draft: Draft, entry: EntryView, timeZone: string): SubmitBody {
  const operations = draft.operations.flatMap((typed, allowance) => {
    if (!typed.wanted) return [];
    const bounded = entry.mayRequest[allowance]?.addresses !== undefined;
    const range = { first: Number(typed.first), last: Number(typed.last) };
    return [{ allowance, ...(bounded ? { addresses: [range] } : {}) }];
  });
  return {
    entry: draft.entry,
    asset: draft.asset,
    operations,
    notBefore: fromLocalInput(draft.from, timeZone).toISOString(),
    notAfter: fromLocalInput(draft.until, timeZone).toISOString(),
    readGrace: draft.readGrace,
    purpose: draft.purpose.trim(),
    ...(draft.ticket.trim() === '' ? {} : { ticket: draft.ticket.trim() }),
  };
}

/** What the form calls the fields of the submission. */
export const labelsOf = ({ limits }: EntryView) => ({
  entry: 'Kind of work',
  asset: 'Asset',
  operations: 'What to do',
  notBefore: 'From',
  notAfter: 'Writes stop at',
  readGrace: `Let reads go on for ${duration(limits.readGrace / 1000)} after that, so that my tool can finish looking`,
  purpose: 'What are you going to do, and why',
  ticket: 'Ticket or work order',
});

/** The same of a field that the broker names: `operations.1.addresses` is the second that is wanted. */
export function labelOf(field: string, draft: Draft, entry: EntryView): string {
  const [name = '', index] = field.split('.');
  const wanted = entry.mayRequest.filter((_, i) => draft.operations[i]?.wanted === true);
  const operation =
    name === 'operations' && index !== undefined ? wanted[Number(index)] : undefined;
  const labels = new Map<string, string>(Object.entries(labelsOf(entry)));
  return operation?.text ?? labels.get(name) ?? field;
}
