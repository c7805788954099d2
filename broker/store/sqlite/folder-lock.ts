/**
 * One broker for one folder. The lock is SQLite's own on an empty file, held for as long as the
 * process lives: it ends with the process however that dies, so there is no stale lock to remove.
 */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BrokerError } from '#broker/model/broker-error.ts';

const inUse = (folder: string, cause: unknown): BrokerError =>
  new BrokerError(
    'store',
    `folder \`${folder}\` is in use by another broker; stop that one, or give this one a folder of its own`,
    { cause },
  );

/** Throws `store` where another broker holds the folder. */
export function lockFolder(folder: string): { release(): void } {
  const lock = new DatabaseSync(join(folder, 'in-use.lock'));
  try {
    lock.exec('begin exclusive');
    return { release: () => lock.close() };
  } catch (error) {
    lock.close();
    throw inUse(folder, error);
  }
}
