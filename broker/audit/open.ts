/**
 * The audit log as the broker keeps it: the leaves are written by `store.commit`, in the transaction
 * of what they tell; here they are exported and signed.
 */
import type { KeyObject } from 'node:crypto';
import { createPublicKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BrokerError } from '#broker/model/broker-error.ts';
import type { Store } from '#broker/store/store.ts';
import type { Checkpoint } from './checkpoint.ts';
import { LogExport } from './export.ts';
import { KEY_PEM, KEY_TEXT } from './layout.ts';
import { isKeyName, noteKey, verifierKeyText } from './note.ts';

/** What was committed longer ago than this is signed, ms. */
const EVERY_MS = 10_000;

export interface AuditOptions {
  readonly store: Pick<Store, 'audit'>;
  /** Folder of the exported log; made (0700) where it is missing. */
  readonly folder: string;
  /** Second place for the newest checkpoint, best on another machine: only with it can a cut end be found. */
  readonly copyTo?: string;
  /** Ed25519, private. */
  readonly key: KeyObject;
  /** Names this log for ever, like `lockkeeper.plant.example/site-1`; no space, no `+`. */
  readonly origin: string;
  /** Told when a checkpoint could not be written or copied. Must not throw. */
  readonly onFault?: (message: string) => void;
  /** Told when the second place does not hold what was put there, for a leaf of its own. */
  readonly onBadCopy?: (message: string) => Promise<void>;
}

export interface Audit {
  /** What tells this log's signatures from others, for people to keep elsewhere: a C2SP verifier key. */
  readonly verifierKey: string;
  /** Signs all that was committed before the call; called at each session end. */
  checkpoint(): Promise<Checkpoint>;
  /** From now on a checkpoint every 10 s in which the log grew. */
  start(): void;
  /** Signs what is left. The store must still be open. */
  close(): Promise<void>;
}

/** Throws `store` where the folder contradicts the store, `config` where the origin cannot be a name. */
export async function openAudit(options: AuditOptions): Promise<Audit> {
  const { store, folder, copyTo, key, origin, onFault = () => undefined } = options;
  const { onBadCopy = () => Promise.resolve() } = options;
  if (!isKeyName(origin)) {
    throw new BrokerError('config', `origin \`${origin}\` has a space or a plus; choose another`);
  }
  const named = noteKey(origin, key);
  const place = { store, folder, copyTo, key: named, onFault, onBadCopy };
  let log: LogExport | undefined = await LogExport.resume(place);
  const pem = createPublicKey(key).export({ type: 'spki', format: 'pem' });
  const verifierKey = verifierKeyText(named);
  await writeFile(join(folder, KEY_PEM), pem);
  await writeFile(join(folder, KEY_TEXT), `${verifierKey}\n`);

  let queue: Promise<unknown> = Promise.resolve();
  const checkpoint = (): Promise<Checkpoint> => {
    const mine = queue.then(async () => {
      log ??= await LogExport.resume(place);
      return log.checkpoint();
    });
    // A write that failed may have left half a line: what lies there is read anew.
    queue = mine.catch(() => {
      log = undefined;
    });
    return mine;
  };
  let timer: NodeJS.Timeout | undefined;
  const regularly = (): void => {
    checkpoint().catch((error: unknown) =>
      onFault(`the audit log could not be signed: ${String(error)}`),
    );
  };
  await checkpoint();
  return {
    verifierKey,
    checkpoint,
    start: () => {
      timer ??= setInterval(regularly, EVERY_MS);
    },
    close: async () => {
      clearInterval(timer);
      await checkpoint();
    },
  };
}
