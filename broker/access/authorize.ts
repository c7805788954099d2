/**
 * The decision that the gate asks for each PDU: clocks, locks, the person's role, and the compiled
 * grant, all as of this moment. What it needs to look up, it looked up when it was made; make a new
 * one when the plant object changes.
 */
import type { EndReason, Grant, Lock } from '#broker/model/access.ts';
import { type CompiledGrant, compileGrant } from '#policies/compile/table.ts';
import type { Plant, Reason } from '#policies/plant.ts';
import { changesSomething, type ModbusOperation } from '#sensor/model/operation.ts';
import type { Micros } from '#sensor/model/time.ts';
import { entitlementOf } from './entitlement.ts';
import { clockMisfits } from './fit.ts';
import { lockOn } from './lock.ts';
import { phaseAt } from './session.ts';

export type Authorization =
  | { readonly kind: 'allow'; readonly rule: string; readonly because: Reason }
  | {
      readonly kind: 'refuse';
      /** `function`, `address`, `value`: docs/contracts.md, "Refusals". */
      readonly refusal: 'function' | 'address' | 'value' | 'read-only-grace' | 'ended';
      readonly because: Reason;
      /** Valid iff the session is over for good: end it with this reason. */
      readonly end?: EndReason;
    };

/** `operations` are all that the PDU with `functionCode` does; none means it is not understood, and is refused. */
export type Authorizer = (
  now: Micros,
  functionCode: number,
  operations: readonly ModbusOperation[],
) => Authorization;

export interface AuthorizerParts {
  /** Undefined = no policy, and nothing passes. */
  readonly plant: Plant | undefined;
  readonly grant: Grant;
  /** Locks in force, read anew at each decision. */
  readonly locks: () => readonly Lock[];
  /** Address of the gate that will emit: only conduits from there let it. */
  readonly gate: string;
}

export function createAuthorizer({ plant, grant, locks, gate }: AuthorizerParts): Authorizer {
  if (plant === undefined) {
    const never = refuse('ended', 'default-deny', 'there is no plant policy', 'policy-changed');
    return () => never;
  }
  const entitlement = entitlementOf(plant, grant);
  if (entitlement.kind === 'lost') {
    const never = refuse('ended', grant.entry, entitlement.because, entitlement.reason);
    return () => never;
  }
  // The windows and limits of this moment hold, as they do when a session is opened.
  const [late] = clockMisfits(entitlement.entry, grant);
  if (late !== undefined) {
    const text = `access entry \`${grant.entry}\` no longer lets the time of this grant be asked: ${late.field} ${late.message}`;
    const never = refuse('ended', grant.entry, text, 'policy-changed');
    return () => never;
  }
  return decider(compileGrant(plant, grant, [gate]), { plant, grant, locks });
}

function decider(
  compiled: CompiledGrant,
  { plant, grant, locks }: Pick<AuthorizerParts, 'grant' | 'locks'> & { readonly plant: Plant },
): Authorizer {
  const lockable = { ...grant, grant: grant.id };
  const over = refuse('ended', grant.id, 'the time of the grant is over', 'deadline');
  const early = refuse('ended', grant.id, 'the time of the grant has not begun');
  const readOnly = refuse(
    'read-only-grace',
    grant.id,
    'writes have ended, reads go on for a while',
  );
  const revoked = refuse('ended', grant.id, 'the grant was revoked', 'grant-revoked');
  // A clock that is set back neither reopens what has ended nor brings writes back.
  let latest = 0 as Micros;

  return (now, functionCode, operations) => {
    if (now > latest) latest = now;
    if (grant.state === 'revoked') return revoked;
    const inForce = locks();
    if (inForce.length > 0) {
      const lock = lockOn(plant, inForce, lockable);
      if (lock !== undefined) return refuse('ended', lock.id, `locked: ${lock.reason}`, 'locked');
    }
    const phase = phaseAt(grant, latest);
    switch (phase) {
      case 'over':
        return over;
      case 'early':
        return early;
      case 'grace':
        if (changesSomething(operations)) return readOnly;
        break;
      case 'open':
        break;
      default:
        return phase satisfies never;
    }
    return compiled.decide(functionCode, operations);
  };
}

function refuse(
  refusal: 'read-only-grace' | 'ended',
  rule: string,
  text: string,
  end?: EndReason,
): Authorization {
  return {
    kind: 'refuse',
    refusal,
    because: { rule, text },
    ...(end === undefined ? {} : { end }),
  };
}
