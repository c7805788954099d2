import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ReleaseView } from '#broker/api/views-releases.ts';
import { contents, manifestOf } from '../../support/firmware/package.ts';
import { aVendor, openReleaseSite, type ReleaseSite, type Vendor } from './release-site.ts';

let vendor: Vendor;
let site: ReleaseSite;
beforeAll(() => {
  vendor = aVendor();
});
afterAll(() => vendor.remove());
beforeEach(async () => {
  site = await openReleaseSite(vendor);
});
afterEach(() => site.close());

describe('of a product of which release 21 was let in', () => {
  const verdictOf = async (change: object) => {
    const body = site.signed(contents({ ...manifestOf(), ...change }));
    const answer = await site.send('susi', body);
    const { verdict, codes } = (await answer.json()) as ReleaseView;
    return [verdict, ...codes];
  };

  test.for<[string, object, readonly string[]]>([
    ['an older one is held', { releaseCounter: 20 }, ['hold', 'release-older']],
    [
      'an older one is held, however the product is written',
      { product: 'plc-100', releaseCounter: 20 },
      ['hold', 'release-older'],
    ],
    [
      'another one with its counter is held',
      { version: '2.1.0-b' },
      ['hold', 'release-counter-reused'],
    ],
    ['the same one is let in again', {}, ['allow']],
    ['a later one is let in', { releaseCounter: 22 }, ['allow']],
    ['another product is none of it', { product: 'PLC-200', releaseCounter: 1 }, ['allow']],
  ])('%s', async ([, change, expected]) => {
    expect(await verdictOf({})).toEqual(['allow']);
    expect(await verdictOf(change)).toEqual(expected);
  });

  test('what was only held does not count', async () => {
    await verdictOf({});
    await verdictOf({ releaseCounter: 19 });
    expect(await verdictOf({ releaseCounter: 22 })).toEqual(['allow']);
    expect(await verdictOf({ releaseCounter: 21 })).toEqual(['hold', 'release-older']);
    const { detail } = (await site.leaves()).at(-1) ?? {};
    expect(detail).toMatchObject({ verdict: 'hold', reasons: ['release-older'] });
  });
});
