import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAX_REASONS, receiveRelease } from '#broker/actions/receive-release.ts';
import { newId, type ReleaseId } from '#broker/model/ids.ts';
import { reason } from '#sbom/reason.ts';
import { codeOf, done, openSite, type Site } from '../../support/broker-context.ts';

let site: Site;
beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const brought = (actor: string) => ({
  actor,
  id: newId<ReleaseId>('rel', randomBytes),
  received: { fileName: 'a.tar', size: 1 },
});

const denied = (extra: number) => ({
  verdict: 'deny' as const,
  reasons: [
    ...Array.from({ length: extra }, (_, n) => reason('file-extra', `\`${n}\` is extra`)),
    reason('file-missing', '`a` is missing'),
  ],
  claimed: undefined,
  notChecked: [],
});

test.for([MAX_REASONS - 1, MAX_REASONS, 1_500])(
  'of %i reasons and one of another code that one is kept, and the others are counted',
  async (extra) => {
    const { release } = done(await receiveRelease(site.context, brought('susi'), denied(extra)));
    if (release.verdict !== 'deny') throw new Error(release.verdict);
    expect(release.reasons).toHaveLength(Math.min(extra + 1, MAX_REASONS));
    expect(release.reasons.map(({ code }) => code)).toContain('file-missing');
    expect(release.reasonsLeftOut).toBe(extra + 1 - release.reasons.length);
    expect(await site.context.store.releases.get(release.id)).toEqual(release);
    expect((await site.leaves()).at(-1)?.detail).toMatchObject({
      reasons: ['file-extra', 'file-missing'],
    });
  },
);

test.for(['otto', 'vera', 'sam', 'mallory'])('%s may not, and a leaf says so', async (actor) => {
  const outcome = await receiveRelease(site.context, brought(actor), denied(0));
  expect(codeOf(outcome)).toBe(actor === 'vera' ? 'unknown' : 'forbidden');
  expect((await site.context.store.releases.list({}, { limit: 1 })).items).toEqual([]);
  expect(await site.leaves()).toMatchObject([{ actor, outcome: 'denied' }]);
});
