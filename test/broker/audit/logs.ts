/** Logs on disk, made as the broker makes them: a real store, a real export. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NoteKey, noteKey } from '#broker/audit/note.ts';
import { type Audit, openAudit } from '#broker/audit/open.ts';
import { openSqliteStore } from '#broker/store/sqlite/open.ts';
import type { Store } from '#broker/store/store.ts';
import { anEvent } from '../store/samples.ts';

export const ORIGIN = 'lockkeeper.example/site-1';

export interface Place {
  /** Holds `store`, `audit` and `copy`. */
  readonly folder: string;
  readonly audit: string;
  readonly copy: string;
  readonly privateKey: KeyObject;
  readonly key: NoteKey;
}

export function aPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-audit-'));
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    folder,
    audit: join(folder, 'audit'),
    copy: join(folder, 'copy'),
    privateKey,
    key: noteKey(ORIGIN, publicKey),
  };
}

export interface Running {
  readonly store: Store;
  readonly audit: Audit;
  readonly faults: readonly string[];
  /** What was told of the second place. */
  readonly badCopies: readonly string[];
  /** Commits a change with one leaf for each subject. */
  tell(...subjects: string[]): Promise<void>;
  stop(): Promise<void>;
}

export async function run(place: Place): Promise<Running> {
  const store = await openSqliteStore({ folder: join(place.folder, 'store') });
  const faults: string[] = [];
  const badCopies: string[] = [];
  try {
    const audit = await openAudit({
      store,
      folder: place.audit,
      copyTo: place.copy,
      key: place.privateKey,
      origin: ORIGIN,
      onFault: (message) => faults.push(message),
      onBadCopy: async (message) => {
        badCopies.push(message);
        const leaf = anEvent({ subject: 'audit', outcome: 'failed', detail: {} });
        await store.commit({ writes: [], audit: [leaf] });
      },
    });
    return {
      store,
      audit,
      faults,
      badCopies,
      tell: async (...subjects) => {
        await store.commit({
          writes: [],
          audit: subjects.map((subject) => anEvent({ subject, detail: {} })),
        });
      },
      stop: async () => {
        await audit.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
