/** Looks at the policy file once a second and hands its text on when it changed. */
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { MAX_POLICY_BYTES } from '#policies/load/document.ts';

export interface PolicyFile {
  /** Looks now. Calls do not overlap: one that comes while another runs does nothing. */
  check(): Promise<void>;
}

const stateOf = ({ mtimeMs, size, ino }: Stats): string => `${mtimeMs} ${size} ${ino}`;

/**
 * `changed` gets the text of the file, or undefined with the reason where it cannot be read. It is
 * told once for each change, not once for each look; where it rejects, again with the next look.
 */
export function createPolicyFile(
  path: string,
  changed: (text: string | undefined, unreadable?: string) => Promise<void>,
): PolicyFile {
  let last = '';
  let looking = false;

  const look = async (): Promise<void> => {
    let seen: string;
    let text: string | undefined;
    let unreadable: string | undefined;
    try {
      const before = await stat(path);
      seen = stateOf(before);
      if (seen === last) return;
      if (before.size > MAX_POLICY_BYTES) unreadable = `is larger than ${MAX_POLICY_BYTES} bytes`;
      else text = await readFile(path, 'utf8');
      // Somebody was saving it: the next look reads it whole.
      if (stateOf(await stat(path)) !== seen) return;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
      seen = code;
      if (seen === last) return;
      unreadable = `cannot be read (${code})`;
    }
    await changed(text, unreadable);
    // Not before: a change that could not be taken now is told again with the next look.
    last = seen;
  };

  return {
    async check() {
      if (looking) return;
      looking = true;
      try {
        await look();
      } finally {
        looking = false;
      }
    },
  };
}
