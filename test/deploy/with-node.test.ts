import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

function run(program: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return { code: status, out: stdout.trim(), err: stderr };
}

describe('deploy/with-node', () => {
  test('runs a command with a Node that is new enough, wherever it is called from', () => {
    const { code, out } = run(
      'sh',
      '-c',
      'root=$PWD; cd /; "$root"/deploy/with-node node --version',
    );
    const [major = 0, minor = 0] = out.slice(1).split('.').map(Number);
    expect(code).toBe(0);
    expect(major * 100 + minor).toBeGreaterThanOrEqual(2420);
  });

  test('finds the tools of the project, and gives their exit code', () => {
    expect(run('deploy/with-node', 'sh', '-c', 'command -v tsc; exit 7')).toMatchObject({
      code: 7,
      out: expect.stringMatching(/node_modules\/\.bin\/tsc$/) as string,
    });
  });
});

test('deploy/setup refuses a mode that it does not have', () => {
  expect(run('deploy/setup', 'everything')).toEqual({
    code: 2,
    out: '',
    err: 'usage: deploy/setup [run|test]\n',
  });
});
