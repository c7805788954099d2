import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

function doctor(...args: string[]) {
  const options = { encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['main.ts', 'doctor', ...args],
    options,
  );
  return { code: status, lines: stdout.trimEnd().split('\n'), err: stderr };
}

test('the doctor says which version this is, and what it looked at', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const { code, lines } = doctor();
  const missing = lines.some((line) => line.startsWith('MISSING'));
  expect(code).toBe(missing ? 1 : 0);
  expect(lines[0]).toMatch(new RegExp(`^ok +lockkeeper +${version}$`));
  for (const subject of ['runtime', 'libpcap', 'capture', 'ports', 'disk', 'clock']) {
    expect(lines.some((line) => line.includes(` ${subject} `))).toBe(true);
  }
});

test('a folder with a space in its name is no fault', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lk doctor '));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const needed = [
    'main.ts',
    'package.json',
    'deploy/doctor',
    'deploy/demo/plan.ts',
    'sensor/model',
  ];
  for (const path of needed) cpSync(path, join(folder, path), { recursive: true });
  const main = join(folder, 'main.ts');
  const { stdout, stderr } = spawnSync(process.execPath, [main, 'doctor'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^ok +lockkeeper /);
});

test('an interface that is not there is missing, with the command that shows those that are', () => {
  const { code, lines } = doctor('--interface', 'nosuch0');
  expect(code).toBe(1);
  expect(lines.join('\n')).toMatch(/MISSING .*nosuch0/);
});

test('its usage is asked for, or told with the fault', () => {
  expect(doctor('-h')).toMatchObject({ code: 0, lines: [expect.stringMatching(/^usage: /)] });
  expect(doctor('--frobnicate')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/usage: /) as string,
  });
});
