/**
 * Whether what is asked fits the plant policy of this moment: entry, asset, operations, ceilings,
 * length, grace and windows. Asked at submission, at each decision and when a session is opened, so
 * that nothing which the policy stopped allowing in between slips through.
 */
import type { AccessRequest } from '#broker/model/access.ts';
import type { AccessEntry, Plant } from '#policies/plant.ts';
import { insideWindows } from '#policies/window.ts';
import { narrowedBy } from './allowance.ts';
import { entitlementOf } from './entitlement.ts';
import type { FieldFault } from './request.ts';

export type Asked = Pick<
  AccessRequest,
  | 'requester'
  | 'vendor'
  | 'entry'
  | 'asset'
  | 'operations'
  | 'notBefore'
  | 'notAfter'
  | 'graceUntil'
  | 'idleTimeout'
>;

/** Every field that does not fit; empty = it fits. */
export function misfits(plant: Plant, asked: Asked): readonly FieldFault[] {
  const entitlement = entitlementOf(plant, { ...asked, person: asked.requester });
  if (entitlement.kind === 'lost') return [{ field: 'entry', message: entitlement.because }];
  const { entry } = entitlement;
  const faults: FieldFault[] = [];
  const fault = (field: string, message: string): void => void faults.push({ field, message });

  if (asked.operations.length === 0) fault('operations', 'name at least one');
  for (const [index, allowance] of asked.operations.entries()) {
    const wrong = narrowedBy(plant, asked, allowance);
    if (wrong !== undefined) fault(`operations.${index}`, wrong);
  }
  faults.push(...clockMisfits(entry, asked));
  return faults;
}

/** The clocks stand in order, none is longer than the entry lets it be, and they lie in its windows. */
export function clockMisfits(
  { id, limits, windows }: AccessEntry,
  {
    notBefore,
    notAfter,
    graceUntil,
    idleTimeout,
  }: Pick<Asked, 'notBefore' | 'notAfter' | 'graceUntil' | 'idleTimeout'>,
): readonly FieldFault[] {
  const faults: FieldFault[] = [];
  if (notAfter <= notBefore) {
    faults.push({ field: 'notAfter', message: 'must be later than the beginning' });
  } else if (notAfter - notBefore > limits.max) {
    faults.push({
      field: 'notAfter',
      message: `at most ${minutes(limits.max)} after the beginning`,
    });
  }
  if (graceUntil < notAfter || graceUntil - notAfter > limits.readGrace) {
    faults.push({
      field: 'readGrace',
      message: `reads may go on for at most ${minutes(limits.readGrace)} after writes stop`,
    });
  }
  if (idleTimeout > limits.idle) {
    faults.push({ field: 'idleTimeout', message: `at most ${minutes(limits.idle)}` });
  }
  if (notBefore < notAfter && !insideWindows(windows, notBefore, notAfter)) {
    const message = `lies outside the windows of access entry \`${id}\``;
    faults.push({ field: 'notBefore', message });
  }
  return faults;
}

const minutes = (span: number): string => `${Math.floor(span / 60_000_000)} min`;
