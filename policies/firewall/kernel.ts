/** nftables by its own program: arguments as a list, rules on standard input, and no shell that would read either. */
import { spawnSync } from 'node:child_process';
import { TABLE } from '../compile/nftables.ts';

/** A listing of a plant of the largest size has some MiB. */
const MAX_LISTING_BYTES = 64 * 1024 * 1024;
const MAX_MS = 60_000;

export type Said =
  | { readonly kind: 'said'; readonly text: string }
  /** What the program says against it, or why it cannot be run. */
  | { readonly kind: 'refused'; readonly because: string };

function run(command: string, args: readonly string[], input = ''): Said {
  const done = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    maxBuffer: MAX_LISTING_BYTES,
    timeout: MAX_MS,
  });
  if (done.error !== undefined) return { kind: 'refused', because: done.error.message };
  if (done.status === 0) return { kind: 'said', text: done.stdout };
  const [first = `\`${command}\` ended with ${done.status}`] = done.stderr.trim().split('\n');
  return { kind: 'refused', because: first };
}

/** Without what counts and times out. */
const LISTING = ['-s', 'list', 'table', 'inet', TABLE];

/** The table as it stands in the kernel. */
export const listTable = (): Said => run('nft', LISTING);

/** How the kernel would tell a ruleset, were it loaded: it is, into a network namespace that is gone afterwards. */
export function listingOf(ruleset: string): Said {
  // The words of this script are ours alone; what the policy says comes on standard input.
  const script = `nft -f - && exec nft ${LISTING.join(' ')}`;
  return run('unshare', ['--net', 'sh', '-c', script], ruleset);
}

/** Whether the kernel would take a ruleset; nothing is loaded. */
export const checkRuleset = (ruleset: string): Said => run('nft', ['-c', '-f', '-'], ruleset);
