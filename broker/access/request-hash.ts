/**
 * The hash that an approval is bound to: exactly what is asked, for whom, its clocks, and the policy
 * under which it was checked. Change any of them and the approvals given so far are void.
 */
import { createHash } from 'node:crypto';
import type { AccessRequest } from '#broker/model/access.ts';
import { canonical } from '#broker/model/canonical.ts';
import type { Allowance } from '#policies/plant.ts';

export type Hashed = Omit<
  AccessRequest,
  'version' | 'state' | 'hash' | 'approvals' | 'narrowedFrom'
>;

/** Keeps this hash apart from every other sha-256 in the product. */
const PURPOSE = 'lockkeeper-access-request/1\n';

/** sha-256, hex. */
export function hashRequest(request: Hashed): string {
  const text = canonical({
    id: request.id,
    requester: request.requester,
    vendor: request.vendor,
    entry: request.entry,
    asset: request.asset,
    operations: request.operations.map(plainAllowance),
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    graceUntil: request.graceUntil,
    idleTimeout: request.idleTimeout,
    requestExpiresAt: request.requestExpiresAt,
    purpose: request.purpose,
    ticket: request.ticket,
    submittedAt: request.submittedAt,
    policyVersion: request.policyVersion,
  });
  return createHash('sha256').update(PURPOSE).update(text).digest('hex');
}

/** All of an allowance but its place in the policy file, which says nothing about what it allows. */
function plainAllowance(allowance: Allowance): object {
  if (allowance.protocol === 'opcua') {
    const { protocol, operations, nodes, methods } = allowance;
    return { protocol, operations, nodes, methods };
  }
  const { protocol, operations, functions, units, table, addresses, value } = allowance;
  return {
    protocol,
    operations,
    functions,
    units,
    table,
    addresses: addresses?.map(({ first, last }) => ({ first, last })),
    value: value && { min: value.min, max: value.max },
  };
}
