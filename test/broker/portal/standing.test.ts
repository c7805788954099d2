import { describe, expect, test } from 'vitest';
import type { GrantView, RequestView } from '#broker/api/views.ts';
import { mayConnect, standing } from '#broker/portal/requests/standing.ts';

const BEGIN = '2026-11-28T10:00:00.000000Z';
const END = '2026-11-28T11:00:00.000000Z';
const GRACE_END = '2026-11-28T11:10:00.000000Z';
const at = (iso: string, plusMs = 0): number => Date.parse(iso) + plusMs;

const grantOf = (change: Partial<GrantView>): GrantView => ({
  id: 'gr_1',
  state: 'active',
  notBefore: BEGIN,
  notAfter: END,
  graceUntil: GRACE_END,
  connect: 'lockkeeper connect gr_1',
  ...change,
});

const session = { id: 'ses_1', startedAt: BEGIN };
const hindrance = (code: string) => ({ hindrance: { code, because: `because of ${code}` } });

const standingOf = (grant: GrantView, now: number) =>
  standing({ state: 'approved', grant } as RequestView, now);

describe('what a vendor with a grant is told', () => {
  test.for([
    ['ready to connect', grantOf({}), at(BEGIN), true],
    ['approved, not begun yet', grantOf(hindrance('not-yet')), at(BEGIN, -1), true],
    ['ready to connect', grantOf(hindrance('not-yet')), at(BEGIN), true],
    ['ready to connect', grantOf({}), at(END, -1), true],
    ['over', grantOf({}), at(END), false],
    ['connected', grantOf({ session }), at(END, -1), true],
    ['connected', grantOf({ session, ...hindrance('session-limit') }), at(END, -1), false],
    ['connected, reads only', grantOf({ session, ...hindrance('expired') }), at(END), false],
    ['over', grantOf({ session }), at(GRACE_END), false],
    ['blocked by the site', grantOf(hindrance('locked')), at(BEGIN), false],
    ['no longer valid: ask again', grantOf(hindrance('policy-changed')), at(BEGIN), false],
    ['cannot connect now', grantOf(hindrance('session-limit')), at(BEGIN), false],
    ['revoked', grantOf({ state: 'revoked', session }), at(BEGIN), false],
  ] as const)('%s', ([word, grant, now, enters]) => {
    expect(standingOf(grant, now).word).toBe(word);
    expect(mayConnect(grant, now)).toBe(enters);
  });

  test('a block says who and why, in the words of the site', () => {
    expect(standingOf(grantOf(hindrance('locked')), at(BEGIN)).because).toBe('because of locked');
  });
});
