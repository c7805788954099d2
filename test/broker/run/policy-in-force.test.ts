import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followPolicyFile, lastApplied } from '#broker/run/policy-in-force.ts';
import { openSite, type Site } from '../../support/broker-context.ts';

const GOOD = readFileSync(new URL('../../../policies/example-plant.yaml', import.meta.url), 'utf8');

let site: Site;
let folder: string;
let file: string;
let told: string[];
let check: () => Promise<void>;
beforeEach(async () => {
  site = await openSite();
  folder = mkdtempSync(join(tmpdir(), 'lk-in-force-'));
  file = join(folder, 'plant.yaml');
  told = [];
  check = followPolicyFile(
    file,
    site.context,
    {
      take: async ({ plant }) => void told.push(`take ${plant.site.name}`),
      policy: {
        accept: () => told.push('accept'),
        refuse: ({ message, faults }) => told.push(`refuse ${message} ${faults.length > 0}`),
      },
    },
    { info: () => undefined, fault: () => undefined },
  );
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
