/**
 * Reads what a vendor asks for against the access entry, and reports every missing or wrong field at
 * once. An entry or asset that is not the vendor's looks like one that does not exist.
 */
import type { Allowance, Plant } from '#policies/plant.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { entitlementOf } from './entitlement.ts';
import { type Asked, misfits } from './fit.ts';
import { type Less, lessOf } from './less.ts';
import type { FieldFault } from './request.ts';
import { textFault } from './text.ts';

/** What came from outside. A missing field is a fault like a wrong one, so that all are told together. */
export interface Submission {
  readonly entry?: string | undefined;
  readonly asset?: string | undefined;
  readonly operations?: readonly AskedOperation[] | undefined;
  readonly notBefore?: Micros | undefined;
  readonly notAfter?: Micros | undefined;
  /** Whether reads may go on after `notAfter` for the entry's grace. */
  readonly readGrace?: boolean | undefined;
  readonly purpose?: string | undefined;
  readonly ticket?: string | undefined;
}

/** One allowance of the entry, perhaps with less of it. */
interface AskedOperation extends Less {
  /** Index into the entry's `mayRequest`. */
  readonly allowance: number;
}

type Drafted = Asked & {
  readonly purpose: string;
  readonly ticket?: string;
  readonly requestExpiresAt: Micros;
};

export type DraftOutcome =
  | { readonly kind: 'ok'; readonly draft: Drafted }
  | { readonly kind: 'faults'; readonly faults: readonly FieldFault[] };

/** µs that a request waits for approvals; also the end of what was asked ends the waiting. */
const REQUEST_LIFETIME = 7 * 24 * 3600 * 1_000_000;
/** µs: a form takes time to fill in, so its first instant may lie this far back. */
const START_TOLERANCE = 15 * 60 * 1_000_000;
/** µs: maintenance is planned weeks ahead; farther ahead the plant will not be the same. */
const START_HORIZON = 90 * 24 * 3600 * 1_000_000;
/** An approver reads every line; more is not read. */
export const MAX_OPERATIONS = 32;
const TICKET = /^[\p{L}\p{N} ._/#:-]{1,64}$/u;

/** What `person` of company `vendor` asks for at `now`, checked, or every fault. */
export function draftRequest(
  plant: Plant,
  who: { readonly person: string; readonly vendor: string },
  submission: Submission,
  now: Micros,
): DraftOutcome {
  const faults: FieldFault[] = [];
  const fault = (field: string, message: string): void => void faults.push({ field, message });

  faults.push(...textFaults(submission));
  const { entry: entryId, asset: assetId, notBefore, notAfter } = submission;
  if (entryId === undefined) fault('entry', 'is missing: name the access entry to ask under');
  if (assetId === undefined) fault('asset', 'is missing: name the asset to work on');
  if (notBefore === undefined) fault('notBefore', 'is missing: say when access begins');
  if (notAfter === undefined) fault('notAfter', 'is missing: say when access ends');
  faults.push(...timeFaults(notBefore, notAfter, now));

  const entitlement =
    entryId === undefined || assetId === undefined
      ? undefined
      : entitlementOf(plant, { ...who, entry: entryId, asset: assetId });
  if (entitlement?.kind === 'lost') fault('entry', 'is none that you may ask under for this asset');
  const entry = entitlement?.kind === 'entitled' ? entitlement.entry : undefined;
  const operations = readOperations(entry?.mayRequest, submission.operations, faults);

  if (
    entry === undefined ||
    assetId === undefined ||
    notBefore === undefined ||
    notAfter === undefined ||
    operations === undefined ||
    submission.purpose === undefined
  ) {
    return { kind: 'faults', faults };
  }
  const draft: Drafted = {
    requester: who.person,
    vendor: who.vendor,
    entry: entry.id,
    asset: assetId,
    operations,
    notBefore,
    notAfter,
    graceUntil: micros(notAfter + (submission.readGrace === true ? entry.limits.readGrace : 0)),
    idleTimeout: entry.limits.idle,
    requestExpiresAt: micros(Math.min(now + REQUEST_LIFETIME, notAfter)),
    purpose: submission.purpose.trim(),
    ...(submission.ticket === undefined ? {} : { ticket: submission.ticket }),
  };
  faults.push(...misfits(plant, draft).filter((found) => !faults.some(sameField(found))));
  return faults.length === 0 ? { kind: 'ok', draft } : { kind: 'faults', faults };
}

const sameField =
  (one: FieldFault) =>
  (other: FieldFault): boolean =>
    one.field === other.field || other.field.startsWith(`${one.field}.`);

function textFaults({ purpose, ticket }: Submission): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  const fault = (field: string, message: string): void => void faults.push({ field, message });
  const wrong = textFault(purpose ?? '', { required: true });
  if (wrong !== undefined) fault('purpose', wrong);
  if (ticket !== undefined && !TICKET.test(ticket)) {
    fault('ticket', 'is letters, digits, spaces and . _ / # : - only, at most 64');
  }
  return faults;
}

function timeFaults(
  notBefore: Micros | undefined,
  notAfter: Micros | undefined,
  now: Micros,
): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  if (notBefore !== undefined && notBefore < now - START_TOLERANCE) {
    faults.push({ field: 'notBefore', message: 'has passed' });
  }
  if (notBefore !== undefined && notBefore > now + START_HORIZON) {
    faults.push({ field: 'notBefore', message: 'lies more than 90 days ahead' });
  }
  if (notAfter !== undefined && notAfter <= now) {
    faults.push({ field: 'notAfter', message: 'has passed' });
  }
  return faults;
}

/** The allowances that were meant; pushes onto `faults` and gives undefined where one cannot be. */
function readOperations(
  mayRequest: readonly Allowance[] | undefined,
  asked: readonly AskedOperation[] | undefined,
  faults: FieldFault[],
): readonly Allowance[] | undefined {
  if (asked === undefined || asked.length === 0) {
    faults.push({ field: 'operations', message: 'is missing: name at least one operation' });
    return undefined;
  }
  if (asked.length > MAX_OPERATIONS) {
    faults.push({ field: 'operations', message: `at most ${MAX_OPERATIONS}` });
    return undefined;
  }
  if (mayRequest === undefined) return undefined;
  const allowances = asked.map((operation, index) => {
    const allowance = mayRequest[operation.allowance];
    if (allowance === undefined) {
      faults.push({ field: `operations.${index}.allowance`, message: 'is none of the entry' });
      return undefined;
    }
    return lessOf(allowance, operation, `operations.${index}`, faults);
  });
  return allowances.every((allowance) => allowance !== undefined) ? allowances : undefined;
}
