/** Where a request stands, as its vendor needs to know it. */
import type { GrantView, RequestView } from '../../api/views.ts';

export interface Standing {
  readonly word: string;
  readonly status: 'success' | 'warning' | 'danger' | 'info';
  /** What the word alone does not tell, such as who blocked it and why. */
  readonly because?: string;
}

/** `now` in ms since 1970: the clocks of a grant go on while a page stands open. */
export function standing(request: RequestView, now: number): Standing {
  switch (request.state) {
    case 'pending': {
      const given = request.approvals.filter((a) => a.counts).length;
      return { word: `waits: ${given} of ${request.quorum} approvals`, status: 'warning' };
    }
    case 'denied':
      return { word: 'denied', status: 'danger' };
    case 'withdrawn':
      return { word: 'withdrawn', status: 'info' };
    case 'expired':
      return { word: 'not decided in time', status: 'info' };
    case 'approved':
      return request.grant === undefined
        ? { word: 'over', status: 'info' }
        : grantStanding(request.grant, now);
    default:
      return request.state satisfies never;
  }
}

function grantStanding(grant: GrantView, now: number): Standing {
  if (grant.state === 'revoked') return { word: 'revoked', status: 'danger' };
  const isOver = Date.parse(grant.graceUntil) <= now;
  if (grant.state === 'expired' || isOver) return { word: 'over', status: 'info' };
  const writesStopped = Date.parse(grant.notAfter) <= now;
  if (grant.session !== undefined) {
    return writesStopped
      ? { word: 'connected, reads only', status: 'warning' }
      : { word: 'connected', status: 'success' };
  }
  if (writesStopped) return { word: 'over', status: 'info' };
  const { code, because = '' } = grant.hindrance ?? {};
  switch (code) {
    case undefined:
      return { word: 'ready to connect', status: 'success' };
    case 'not-yet':
      // Its time may have come since the page was loaded.
      return Date.parse(grant.notBefore) <= now
        ? { word: 'ready to connect', status: 'success' }
        : { word: 'approved, not begun yet', status: 'success' };
    case 'expired':
      return { word: 'over', status: 'info' };
    case 'locked':
      return { word: 'blocked by the site', status: 'danger', because };
    case 'policy-changed':
    case 'request-changed':
      return { word: 'no longer valid: ask again', status: 'danger', because };
    default:
      return { word: 'cannot connect now', status: 'warning', because };
  }
}

/** Whether the command would let this person in, now or at the beginning of the window. */
export function mayConnect(grant: GrantView, now: number): boolean {
  if (grant.state === 'revoked' || Date.parse(grant.notAfter) <= now) return false;
  return grant.hindrance === undefined || grant.hindrance.code === 'not-yet';
}
