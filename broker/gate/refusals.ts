/** What a vendor's tool is answered when its request does not pass. docs/contracts.md, "Refusals". */
import type { Authorization } from '#broker/access/authorize.ts';
import { describeOperation } from '#policies/words.ts';
import type { Ask, Refusal } from './desk.ts';

/** MODBUS Application Protocol V1.1b3, 7. */
export const EXCEPTION = {
  illegalFunction: 1,
  illegalDataAddress: 2,
  illegalDataValue: 3,
  serverDeviceBusy: 6,
  gatewayTargetFailedToRespond: 11,
} as const;

export const BUSY: Refusal = {
  rule: 'one-write',
  because: 'another write is still under way',
  exception: EXCEPTION.serverDeviceBusy,
};

export const UNPROVEN: Refusal = {
  rule: 'one-write',
  because: 'the asset did not answer the last write; read something from it first',
  exception: EXCEPTION.serverDeviceBusy,
};

export const STUCK: Refusal = {
  rule: 'one-write',
  because: 'the asset does not take what was sent before',
  exception: EXCEPTION.serverDeviceBusy,
};

export const NOT_RECORDED: Refusal = {
  rule: 'recording',
  because: 'it could not be recorded',
  exception: EXCEPTION.serverDeviceBusy,
};

export const NOT_UNDERSTOOD: Refusal = {
  rule: 'default-deny',
  because: 'this function is not understood',
  exception: EXCEPTION.illegalFunction,
};

export const OVER: Refusal = {
  rule: 'session',
  because: 'the session is over',
  exception: EXCEPTION.gatewayTargetFailedToRespond,
};

/** `because` is the reason alone: what was asked is told beside it. */
export function refusalOf(
  { operations }: Ask,
  decided: Extract<Authorization, { kind: 'refuse' }>,
): Refusal {
  const { rule, text } = decided.because;
  // `describeRefusal` ends with the operation that it speaks of.
  const asked = operations
    .map((operation) => `; not: ${describeOperation(operation)}`)
    .find((end) => text.endsWith(end));
  const because = asked === undefined ? text : text.slice(0, -asked.length);
  return { rule, because, exception: exceptionFor(decided) };
}

function exceptionFor({ refusal }: Extract<Authorization, { kind: 'refuse' }>): number {
  switch (refusal) {
    case 'function':
      return EXCEPTION.illegalFunction;
    case 'address':
      return EXCEPTION.illegalDataAddress;
    case 'value':
      return EXCEPTION.illegalDataValue;
    // AP 7: "could also indicate that the server is in the wrong state to process a request of this type".
    case 'read-only-grace':
      return EXCEPTION.illegalFunction;
    case 'ended':
      return EXCEPTION.gatewayTargetFailedToRespond;
    default:
      return refusal satisfies never;
  }
}
