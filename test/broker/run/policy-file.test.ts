import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPolicyFile } from '#broker/run/policy-file.ts';

let folder: string;
let path: string;
let told: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lk-policy-'));
  path = join(folder, 'plant.yaml');
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (take?: () => Promise<void>) =>
  createPolicyFile(path, async (text, unreadable) => {
    told.push(text ?? `! ${unreadable}`);
    await take?.();
  });

test('each change is told once, whatever the number of looks', async () => {
  writeFileSync(path, 'one');
  const { check } = file();
  await check();
  await check();
  writeFileSync(path, 'two, longer');
  await check();
  await check();
  expect(told).toEqual(['one', 'two, longer']);
});

test('a file that goes is told once, and again when it is back', async () => {
  writeFileSync(path, 'one');
  const { check } = file();
  await check();
  rmSync(path);
  await check();
  await check();
  writeFileSync(path, 'back');
  await check();
  expect(told).toEqual(['one', '! cannot be read (ENOENT)', 'back']);
});

test('a file that is no policy by its size is not read', async () => {
  writeFileSync(path, 'x'.repeat(3 * 1024 * 1024 + 1));
  await file().check();
  expect(told).toEqual(['! is larger than 3145728 bytes']);
});

test('looks do not overlap: a slow taking is not overtaken', async () => {
  writeFileSync(path, 'one');
  const { promise, resolve } = Promise.withResolvers<void>();
  const { check } = file(() => promise);
  const first = check();
  writeFileSync(path, 'two, longer');
  await check();
  expect(told.length).toBeLessThanOrEqual(1);
  resolve();
  await first;
  await check();
  expect(told.at(-1)).toBe('two, longer');
});

test('a change that could not be taken is told again until it is', async () => {
  writeFileSync(path, 'one');
  let busy = 2;
  const { check } = file(() =>
    busy-- > 0 ? Promise.reject(new Error('the store is busy')) : Promise.resolve(),
  );
  await expect(check()).rejects.toThrow('the store is busy');
  await expect(check()).rejects.toThrow('the store is busy');
  await check();
  await check();
  expect(told).toEqual(['one', 'one', 'one']);
});

test('a file that is saved while it is read is told whole, and only then', async () => {
  const whole = 'x'.repeat(900_000);
  writeFileSync(path, 'half');
  const { check } = file();
  const looking = check();
  // The look has begun and cannot go on before this thread is free again.
  writeFileSync(path, whole);
  await looking;
  await check();
  expect(told).toEqual([whole]);
});
