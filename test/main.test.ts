import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** The real command table, in a process of its own. */
function lockkeeper(args: readonly string[], node: readonly string[] = []) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, 'main.ts', ...args], {
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

test('it says which version it is', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(lockkeeper(['--version'])).toEqual({ code: 0, out: `lockkeeper ${version}\n`, err: '' });
});

test('a command that it does not have is answered by those that it has', () => {
  const { code, err } = lockkeeper(['frobnicate']);
  expect(code).toBe(2);
  expect(err).toContain('no command `frobnicate`');
  expect(err).toContain('sensor read|run|enrol');
});

test('a bug of ours exits 3 with a sentence before its stack', () => {
  const broken =
    'data:text/javascript,Array.prototype.includes=()=>{throw new TypeError("broken")}';
  const { code, out, err } = lockkeeper(['audit', 'verify'], ['--import', broken]);
  expect([code, out]).toEqual([3, '']);
  expect(err).toMatch(/^lockkeeper audit: stopped by a fault of its own: broken\n(.*\n)+ +at /);
});

test.for([
  [],
  ['sensor'],
  ['sensor', 'read'],
  ['sensor', 'run'],
  ['policy'],
  ['rules'],
  ['audit', 'verify'],
])('it is asked for help by -h as by --help: %j', (words) => {
  const short = lockkeeper([...words, '-h']);
  expect(short).toEqual(lockkeeper([...words, '--help']));
  expect(short).toMatchObject({ code: 0, err: '' });
  expect(short.out).toContain('usage: lockkeeper');
});
