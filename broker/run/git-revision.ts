/** The commit that a file comes from, where its folder is one of git's: told with the policy, and never relied on. */
import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { promisify } from 'node:util';
import type { GitRevision } from '#broker/model/policy.ts';

const run = promisify(execFile);

/** Whoever starts a broker waits for it. */
const MAX_MS = 2_000;
const COMMIT = /^[0-9a-f]{40,64}$/;

/** Undefined where there is no git, no repository, or no commit with the file. */
export async function gitRevisionOf(file: string): Promise<GitRevision | undefined> {
  // A repository may name programs to run; none of them is needed to read it.
  const git = (...args: readonly string[]) =>
    run('git', ['-c', 'core.fsmonitor=false', ...args, '--', basename(file)], {
      cwd: dirname(file),
      timeout: MAX_MS,
    });
  try {
    const { stdout: log } = await git('log', '-1', '--no-show-signature', '--format=%H');
    const commit = log.trim();
    if (!COMMIT.test(commit)) return undefined;
    const { stdout: changes } = await git('status', '--porcelain');
    return { commit, dirty: changes.trim() !== '' };
  } catch {
    return undefined;
  }
}
