import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { requestId } from '#broker/model/ids.ts';
import { openSqliteStore } from '#broker/store/sqlite/open.ts';

const COMMITTER = new URL('./commit-for-ever.ts', import.meta.url).pathname;

describe('a broker that dies', () => {
  let folder: string;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lockkeeper-crash-'));
  });
  afterEach(() => {
    child?.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  /** Starts the committer; resolves with what it said when `enough` commits were done, still running. */
  async function committing(enough: number): Promise<{ said: string[]; died: Promise<unknown> }> {
    const process_ = spawn(process.execPath, [COMMITTER, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = process_;
    const said: string[] = [];
    const lines = createInterface({ input: process_.stdout });
    const died = Promise.all([once(process_, 'exit'), once(lines, 'close')]);
    await new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        said.push(line);
        if (said.length === enough) resolve();
      });
    });
    return { said, died };
  }

  test.each([1, 20, 75])(
    'killed in the midst of commits after %i, has lost none that it said was done',
    async (enough) => {
      const { said, died } = await committing(enough);
      child?.kill('SIGKILL');
      await died;
      const store = await openSqliteStore({ folder });
      for (const line of said) {
        const id = requestId(line);
        expect(id && (await store.requests.get(id))).toBeDefined();
      }
      // The one in flight is there with its leaf, or not at all.
      const size = await store.audit.size();
      expect([said.length, said.length + 1]).toContain(size);
      const subjects = (await store.audit.leaves(0, 1000)).map(({ event }) => event.subject);
      expect(subjects.slice(0, said.length)).toEqual(said);
      const last = requestId(subjects.at(-1) ?? '');
      expect(last && (await store.requests.get(last))).toBeDefined();
      await store.close();
    },
  );

  test('while it lives nobody else opens its folder; once it is dead anybody does', async () => {
    const { died } = await committing(1);
    await expect(openSqliteStore({ folder })).rejects.toMatchObject({
      code: 'store',
      message: `folder \`${folder}\` is in use by another broker; stop that one, or give this one a folder of its own`,
    });
    child?.kill('SIGKILL');
    await died;
    const store = await openSqliteStore({ folder });
    expect(await store.audit.size()).toBeGreaterThan(0);
    await store.close();
  });
});
