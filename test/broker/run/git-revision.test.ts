import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { gitRevisionOf } from '#broker/run/git-revision.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lk-git-'));
  file = join(folder, 'plant.yaml');
  writeFileSync(file, 'version: 1\n');
});
afterEach(() => rmSync(folder, { recursive: true }));

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

test('outside of a repository there is none, nor for a file that was never committed', async () => {
  expect(await gitRevisionOf(file)).toBeUndefined();
  git('init', '-q');
  expect(await gitRevisionOf(file)).toBeUndefined();
});

test('names the commit of the file, and whether the file is what was committed', async () => {
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'first');
  const commit = git('rev-parse', 'HEAD');
  writeFileSync(join(folder, 'other'), 'x');
  git('add', '.');
  git('commit', '-qm', 'another file');
  expect(await gitRevisionOf(file)).toEqual({ commit, dirty: false });
  writeFileSync(file, 'version: 2\n');
  expect(await gitRevisionOf(file)).toEqual({ commit, dirty: true });
});

test('a name that looks like an option is a name', async () => {
  git('init', '-q');
  const odd = join(folder, '--output=owned');
  writeFileSync(odd, 'version: 1\n');
  git('add', '.');
  git('commit', '-qm', 'first');
  expect(await gitRevisionOf(odd)).toMatchObject({ dirty: false });
});
