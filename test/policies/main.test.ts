import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { edited, SMALL_PLANT } from '../support/plant.ts';
import { policy } from './run-main.ts';

const ROOT = new URL('../..', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'policy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const good = write('good.yaml', SMALL_PLANT);
const faulty = write(
  'faulty.yaml',
  edited('via: gate', 'via: tunnel').replace('max: 4h', 'max: soon'),
);
const failing = write('failing.yaml', edited('deny: [program]', 'deny: ["modbus fc3 0"]'));
const latin = join(folder, 'latin.yaml');
writeFileSync(latin, Buffer.from(SMALL_PLANT.replace('name: ', 'name: Werk Süd '), 'latin1'));
const untested = write('untested.yaml', SMALL_PLANT.replace(/^tests:\n(?: .*\n?)*/m, ''));
const wide = write('wide.yaml', edited('quorum: 2', 'quorum: 3'));

test('it is a command of the product', async () => {
  const run = promisify(execFile)(process.execPath, ['main.ts', 'policy', 'lint', faulty], {
    cwd: ROOT,
  });
  await expect(run).rejects.toMatchObject({
    code: 1,
    stdout: expect.stringContaining('conduits[2].via') as unknown,
  });
});

const who = ['--from', 'hmi', '--to', 'plc'];
const grant = ['--from', 'vendor:acme', '--to', 'plc', '--grant', 'acme-press'];

test.each([
  [
    ['lint', good],
    0,
    'good.yaml: 4 zones, 3 assets, 3 conduits, 1 access entry, 3 people: 0 errors, 1 warning',
  ],
  [['lint', wide], 1, 'error: access entry `acme-press` needs 3 approvals'],
  [
    ['lint', faulty],
    1,
    'faulty.yaml:28:47: error: conduits[2].via: `tunnel` is none of direct, gate',
  ],
  [['test', good], 0, '1 of 1 statements hold'],
  [
    ['test', failing],
    1,
    'failing.yaml:41:5: failed: deny `modbus fc3 0`: by entry `acme-press`, on asset plc: vendor acme may read holding register 0 (40001) of unit 1',
  ],
  [['test', untested], 1, 'untested.yaml: there is nothing to test'],
  [['test', faulty], 1, 'access[0].limits.max: `soon` is no duration'],
  [
    ['explain', good, ...who, 'modbus fc6 100 value 1'],
    0,
    '[hall-cell] conduit `hall-cell` lets asset `hmi`',
  ],
  [
    ['explain', good, ...who, 'modbus', 'fc6', '110', 'value', '1'],
    1,
    'no: on plc, hmi may not: write 1 to holding register 110',
  ],
  [
    ['explain', good, ...grant, 'modbus fc6 100 value 1500'],
    0,
    'yes: on plc, to vendor acme can be granted: write 1500',
  ],
  [['explain', good, ...grant, 'modbus fc6 100 value 1501'], 1, 'values 10 to 1500'],
  [
    ['explain', good, '--from', '192.0.2.1', '--to', '10.0.1.12:502', 'modbus fc3 0'],
    1,
    'no conduit leads from 192.0.2.1, which belongs to no zone, to asset `plc`',
  ],
  [['explain', good, '--from', 'vendor:acme', '--to', 'plc', 'modbus fc43'], 0, '[dmz-cell]'],
  [['plan', good, good], 0, 'nothing changes'],
  [
    ['plan', good, wide],
    0,
    'access acme-press: approve.quorum 2 -> 3\n\n0 changes allow more, 0 allow less, 1 of other kinds',
  ],
  [['plan', good, faulty], 1, 'conduits[2].via: `tunnel` is none of direct, gate'],
  [['plan', good, wide, '--sarif'], 0, '"ruleId": "setting-changed"'],
  [['--help'], 0, 'usage: lockkeeper policy lint FILE'],
] as const)('policy %j: %i', async (args, code, out) => {
  const run = await policy(...args);
  expect(run.out).toContain(out);
  expect(run.code).toBe(code);
});

test.each([
  [['lint'], 'name the FILE'],
  [['lint', join(folder, 'missing.yaml')], 'cannot be read: no such file or directory\n'],
  [['draw', good], 'no verb `draw`'],
  [['plan', good], 'plan needs the OLD policy and the NEW one'],
  [['plan', good, join(folder, 'missing.yaml')], 'cannot be read'],
  [['lint', good, '--strict'], 'unknown option `--strict`\n'],
  [['lint', latin], 'latin.yaml` is no UTF-8 text'],
  [['explain', good, 'modbus fc3 0'], '--from and --to'],
  [['explain', good, ...who, 'write'], 'explain takes one request'],
  [['explain', good, ...who, 'modbus fc3'], 'needs its addresses'],
  [
    ['explain', good, '--from', 'nobody', '--to', 'plc', 'modbus fc3 0'],
    'no address, asset or vendor `nobody`',
  ],
  [
    ['explain', good, '--from', 'hmi', '--to', 'nothing', 'modbus fc3 0'],
    'no asset or address `nothing`',
  ],
  [['explain', good, ...who, '--grant', 'acme-press', 'modbus fc3 0'], 'is for vendor:acme'],
] as const)('policy %j cannot be done', async (args, err) => {
  const run = await policy(...args);
  expect(run.err).toContain(err);
  expect(run.code).toBe(2);
});

test('lint says faults and findings together, by line, and what waits for what', async () => {
  const text = edited('via: gate', 'via: tunnel')
    .replace('cidrs: [10.0.10.0/24], owner: it', 'cidrs: [10.0.10.0/24]')
    .replace('max: 4h', 'max: soon');
  const { code, out } = await policy('lint', write('both.yaml', text));
  expect(out.split('\n').map((line) => line.replace(/^.*both\.yaml:/, ''))).toEqual([
    '15:3: warning: zone `dmz` has no `owner`: name who answers for it [zone-without-owner]',
    expect.stringMatching(/^27:\d+: warning: conduit `hall-safety` .* \[conduit-into-safety\]$/),
    '28:47: error: conduits[2].via: `tunnel` is none of direct, gate',
    expect.stringMatching(/^39:20: error: access\[0\]\.limits\.max: `soon` is no duration/),
    ' 2 faults; of what has none: 0 errors, 2 warnings; more may come once conduits, access can be read',
    '',
  ]);
  expect(code).toBe(1);
});

test('lint says of nothing that it waits, where every section could be read', async () => {
  const { code, out } = await policy('lint', write('more.yaml', `${SMALL_PLANT}\nzonse: {}\n`));
  expect(out).toMatch(/more\.yaml: 1 fault; of what has none: 0 errors, 1 warning\n$/);
  expect(code).toBe(1);
});

test('what a program wants to read comes as JSON', async () => {
  const faults: unknown = JSON.parse((await policy('lint', faulty, '--json')).out);
  expect(faults).toMatchObject({
    faults: [{ line: 28, path: 'conduits[2].via' }, { path: 'access[0].limits.max' }],
  });
  expect(JSON.parse((await policy('test', good, '--json')).out)).toEqual({
    statements: 1,
    failures: [],
  });
});
