/** An approver allows less than was asked. What comes out is a new question: it has a new hash. */
import type { AccessRequest } from '#broker/model/access.ts';
import type { Allowance, Plant } from '#policies/plant.ts';
import { type Micros, micros } from '#sensor/model/time.ts';
import { misfits } from './fit.ts';
import { type Less, lessOf } from './less.ts';
import type { FieldFault } from './request.ts';
import { hashRequest } from './request-hash.ts';
import { MAX_OPERATIONS } from './submission.ts';

export interface Narrowing {
  readonly notAfter?: Micros | undefined;
  /** Operations to keep, by index into the request's, each at most once, perhaps with less of it. */
  readonly operations: readonly (Less & {
    readonly index: number;
  })[];
}

export type NarrowOutcome =
  | { readonly kind: 'narrowed'; readonly request: AccessRequest }
  /** Nothing would be less: that is an approval. */
  | { readonly kind: 'same' }
  | { readonly kind: 'faults'; readonly faults: readonly FieldFault[] };

/** `request` with less in it, re-hashed; the approvals stay listed and no longer count. */
export function narrow(
  plant: Plant,
  request: AccessRequest,
  narrowing: Narrowing,
  now: Micros,
): NarrowOutcome {
  const faults: FieldFault[] = [];
  const operations = keep(request.operations, narrowing, faults);
  const notAfter = narrowing.notAfter ?? request.notAfter;
  if (notAfter > request.notAfter) {
    faults.push({ field: 'notAfter', message: 'is later than what was asked' });
  }
  if (notAfter <= now) faults.push({ field: 'notAfter', message: 'has passed' });
  const less = {
    ...request,
    operations,
    notAfter,
    // The grace is as long as was asked; it begins earlier with the end.
    graceUntil: micros(notAfter + (request.graceUntil - request.notAfter)),
    requestExpiresAt: micros(Math.min(request.requestExpiresAt, notAfter)),
  };
  if (faults.length === 0) faults.push(...misfits(plant, less));
  if (faults.length > 0) return { kind: 'faults', faults };
  const hash = hashRequest(less);
  if (hash === request.hash) return { kind: 'same' };
  return {
    kind: 'narrowed',
    request: {
      ...less,
      hash,
      narrowedFrom: request.narrowedFrom ?? request.hash,
      asked: request.asked ?? { operations: request.operations, notAfter: request.notAfter },
    },
  };
}

function keep(
  asked: readonly Allowance[],
  { operations }: Narrowing,
  faults: FieldFault[],
): readonly Allowance[] {
  if (operations.length === 0) {
    faults.push({ field: 'operations', message: 'keep at least one, or deny the request' });
  }
  if (operations.length > MAX_OPERATIONS) {
    faults.push({ field: 'operations', message: `at most ${MAX_OPERATIONS}` });
    return [];
  }
  const seen = new Set<number>();
  return operations.flatMap((less, place) => {
    const field = `operations.${place}`;
    const allowance = asked[less.index];
    if (allowance === undefined || seen.has(less.index)) {
      faults.push({ field: `${field}.index`, message: 'is none of the request, or named twice' });
      return [];
    }
    seen.add(less.index);
    return lessOf(allowance, less, field, faults) ?? [];
  });
}
