import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { withdrawPolicy } from '#broker/actions/stage-policy.ts';
import { followPolicyFile, lastApplied } from '#broker/run/policy-in-force.ts';
import { done, openSite, type Site } from '../../support/broker-context.ts';

const GOOD = readFileSync(new URL('../../../policies/example-plant.yaml', import.meta.url), 'utf8');

let site: Site;
let folder: string;
let file: string;
let told: string[];
let check: () => Promise<void>;

const follow = (change: 'two-people' | 'file'): (() => Promise<void>) =>
  followPolicyFile(
    { file, change },
    site.context,
    {
      take: async ({ plant }) => {
        site.plant = plant;
        told.push(`take ${plant.site.name}`);
      },
      policy: {
        accept: () => told.push('accept'),
        refuse: ({ message, faults }) => told.push(`refuse ${message} ${faults.length > 0}`),
      },
    },
    { info: () => undefined, fault: () => undefined },
  );

beforeEach(async () => {
  site = await openSite();
  folder = mkdtempSync(join(tmpdir(), 'lk-in-force-'));
  file = join(folder, 'plant.yaml');
  told = [];
  check = follow('file');
});
afterEach(async () => {
  await site.close();
  rmSync(folder, { recursive: true });
});

test('a file that is good is in force before that is told', async () => {
  writeFileSync(file, GOOD);
  await check();
  await check();
  expect(told).toEqual(['take Example works', 'accept']);
});

test('an edit that is refused is told with its faults, and so is the file that comes back', async () => {
  writeFileSync(file, GOOD);
  await check();
  writeFileSync(file, 'zones: [');
  await check();
  writeFileSync(file, GOOD);
  await check();
  expect(told.slice(2)).toEqual([
    'refuse the policy stays as it was true',
    'take Example works',
    'accept',
  ]);
});

test.each([
  ['is empty', () => writeFileSync(file, ''), 'refuse the policy stays as it was true'],
  [
    'holds no policy',
    () => writeFileSync(file, '# later\n'),
    'refuse the policy stays as it was true',
  ],
  ['is gone', () => rmSync(file), 'refuse `plant.yaml` cannot be read (ENOENT) false'],
])('while the broker runs, a file that %s takes nothing out of force', async (_, edit, said) => {
  writeFileSync(file, GOOD);
  await check();
  edit();
  await check();
  expect(told.slice(2)).toEqual([said]);
  // Nor does a start with it.
  expect((await lastApplied(site.context.store, file))?.text).toBe(GOOD);
});

test.each([
  ['is empty', () => writeFileSync(file, '')],
  ['is missing', () => undefined],
])('at the first start, a file that %s puts nothing into force', async (_, make) => {
  make();
  await check();
  expect(told).toEqual([expect.stringMatching(/^refuse /)]);
  expect(await lastApplied(site.context.store, file)).toBeUndefined();
});

test('a file that is gone is told by its name, without its folder', async () => {
  await check();
  expect(told).toEqual(['refuse `plant.yaml` cannot be read (ENOENT) false']);
});

describe('where two people agree to a change', () => {
  const EDIT = `${GOOD}\n# an edit\n`;
  const idOf = (text: string): string => createHash('sha256').update(text).digest('hex');
  const staged = async () => {
    const { items } = await site.context.store.policies.list({}, { limit: 10 });
    return items.filter((one) => one.staged !== undefined).map(({ text }) => text);
  };
  beforeEach(() => {
    site.plant = undefined;
    check = follow('two-people');
  });

  test('the first policy of a broker is in force at once: there is nobody who could agree', async () => {
    writeFileSync(file, GOOD);
    await check();
    expect(told).toEqual(['take Example works', 'accept']);
    expect(await staged()).toEqual([]);
  });

  test('an edit waits, and takes nothing out of force, also over a restart', async () => {
    writeFileSync(file, GOOD);
    await check();
    writeFileSync(file, EDIT);
    await check();
    expect(told.slice(2)).toEqual(['accept']);
    expect(await staged()).toEqual([EDIT]);
    expect((await lastApplied(site.context.store, file))?.text).toBe(GOOD);
    await follow('two-people')();
    expect(await staged()).toEqual([EDIT]);
  });

  test('an edit that was made while the broker did not run waits too', async () => {
    writeFileSync(file, GOOD);
    await check();
    writeFileSync(file, EDIT);
    await follow('two-people')();
    expect(await staged()).toEqual([EDIT]);
  });

  test('what a person withdrew does not come back with a restart, only with an edit', async () => {
    writeFileSync(file, GOOD);
    await check();
    writeFileSync(file, EDIT);
    await check();
    done(await withdrawPolicy(site.context, { actor: 'sam', id: idOf(EDIT) }));
    const again = follow('two-people');
    await again();
    expect(await staged()).toEqual([]);
    writeFileSync(file, GOOD);
    await again();
    writeFileSync(file, EDIT);
    await again();
    expect(await staged()).toEqual([EDIT]);
  });
});
