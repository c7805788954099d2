/** The page does what it shows: each command runs, in order, and prints what stands below it. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/policy-in-ten-minutes.md'), 'utf8');

interface Step {
  readonly command: string;
  /** `...` stands for the rest of a line, or for lines. */
  readonly shown: readonly string[];
}

const steps = [...PAGE.matchAll(/```console\n(.*?)```/gs)].flatMap(([, block = '']) =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((part): Step => {
      const [command = '', ...shown] = part.trimEnd().split('\n');
      return { command, shown };
    }),
);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lk-page-'));
  symlinkSync(join(ROOT, 'lockkeeper'), join(folder, 'lockkeeper'));
  mkdirSync(join(folder, 'policies'));
  mkdirSync(join(folder, 'deploy/demo'), { recursive: true });
  for (const file of ['policies/example-plant.yaml', 'deploy/demo/plant.pcap']) {
    cpSync(join(ROOT, file), join(folder, file));
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What it prints, whatever its exit code. */
const run = (command: string): Promise<string> =>
  new Promise((done) => {
    execFile('sh', ['-c', command], { cwd: folder }, (_error, out, err) => done(out + err));
  });

const escaped = (text: string): string => text.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');

/** A line of `...` alone is any number of lines. */
function expected(shown: readonly string[]): RegExp {
  const lines = shown.map((line) =>
    line === '...' ? '(?:.*\\n)*?' : `${escaped(line).replaceAll('\\.\\.\\.', '.*')}\\n`,
  );
  return new RegExp(`^${lines.join('')}$`);
}

test('the page shows each verb of a policy', () => {
  expect(steps.length).toBeGreaterThan(10);
});

test.each(steps)('$command', async ({ command, shown }) => {
  const printed = await run(command);
  expect(printed).toMatch(expected(shown));
});
