/** The audit log of a real broker, verified offline by the command, and after each kind of tampering. */
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runToEnd } from '../../deploy/demo/child.ts';
import { grantFor } from './person.ts';
import { MAIN, type Site, startSite, until } from './site.ts';

describe('the audit log of a broker', { timeout: 60_000 }, () => {
  let site: Site;
  let folder: string;
  let early: string;
  /** The key as an auditor has it: from somewhere else than the log. */
  let key: string;
  const leaves = (at: string): string[] =>
    readFileSync(join(at, 'leaves-000000.ndjson'), 'utf8').trimEnd().split('\n');

  const work = async (): Promise<void> => {
    const [vera, otto, petra] = await Promise.all(['vera', 'otto', 'petra'].map((p) => site.as(p)));
    if (!vera || !otto || !petra) throw new Error('nobody there');
    await grantFor({ vera, otto, petra }, 60);
  };
  /** Waits until everything done so far is exported and under a checkpoint. */
  const exported = (least: number): Promise<true> =>
    until('the checkpoint', 30_000, () => {
      const size = Number(
        readFileSync(join(site.auditFolder, 'checkpoint'), 'utf8').split('\n')[1],
      );
      return size >= least || undefined;
    });

  beforeAll(async () => {
    site = await startSite({ hears: false });
    folder = mkdtempSync(join(tmpdir(), 'lockkeeper-audit-'));
    await work();
    await exported(6);
    early = join(folder, 'early');
    cpSync(site.auditFolder, early, { recursive: true });
    key = join(folder, 'key.pem');
    copyFileSync(join(early, 'audit-key.pem'), key);
    const before = leaves(early).length;
    await work();
    await exported(before + 5);
  }, 120_000);

  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await site?.end();
  });

  /** Verifies a copy of the log after `tamper` had its way with it. */
  async function verified(
    tamper: (at: string) => void,
    checkpoint?: string,
  ): Promise<{ code: number; output: string }> {
    const at = mkdtempSync(join(folder, 'copy-'));
    cpSync(site.auditFolder, at, { recursive: true });
    tamper(at);
    const extra = checkpoint === undefined ? [] : ['--checkpoint', checkpoint];
    return runToEnd([MAIN, 'audit', 'verify', at, '--key', key, ...extra]);
  }

  const rewrite =
    (change: (lines: string[]) => string[]) =>
    (at: string): void =>
      writeFileSync(join(at, 'leaves-000000.ndjson'), `${change(leaves(at)).join('\n')}\n`);

  test('as it is, it verifies, and says what it could not check alone', async () => {
    const { code, output } = await verified(() => undefined);
    expect(output).toMatch(/could not be (checked|told)|cannot be (checked|told)|not checked/);
    expect(code).toBe(0);
  });

  test('with the checkpoint of the second place, everything verifies', async () => {
    const { code } = await verified(() => undefined, join(site.secondPlace, 'checkpoint'));
    expect(code).toBe(0);
  });

  test.for([
    [
      'an edited leaf',
      (lines: string[]) => lines.map((l, i) => (i === 3 ? l.replace('allowed', 'denied!') : l)),
    ],
    ['a deleted leaf', (lines: string[]) => lines.filter((_, i) => i !== 3)],
    [
      'two leaves swapped',
      (lines: string[]) => [
        ...lines.slice(0, 2),
        lines[3] ?? '',
        lines[2] ?? '',
        ...lines.slice(4),
      ],
    ],
    [
      'a leaf put in',
      (lines: string[]) => [...lines.slice(0, 3), lines[2] ?? '', ...lines.slice(3)],
    ],
  ] as const)('%s is found without anything from outside', async ([, change]) => {
    const { code } = await verified(rewrite(change));
    expect(code).toBe(1);
  });

  test('a log that was cut short, with its checkpoint, needs one from outside to be found', async () => {
    const cut = (at: string): void => {
      rmSync(at, { recursive: true });
      cpSync(early, at, { recursive: true });
    };
    expect((await verified(cut)).code).toBe(0);
    const { code, output } = await verified(cut, join(site.secondPlace, 'checkpoint'));
    expect(code).toBe(1);
    expect(output).toMatch(/cut|truncat|missing|shorter|roll/i);
  });

  test('another broker’s key does not verify it', async () => {
    const other = await startSite({ hears: false });
    const foreign = join(folder, 'foreign.pem');
    await until('its key', 20_000, () => {
      try {
        copyFileSync(join(other.auditFolder, 'audit-key.pem'), foreign);
        return true;
      } catch {
        return undefined;
      }
    });
    await other.end();
    const { code } = await runToEnd([MAIN, 'audit', 'verify', site.auditFolder, '--key', foreign]);
    expect(code).toBe(1);
  });
});
