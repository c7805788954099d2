import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { openSqliteStore } from '#broker/store/sqlite/open.ts';
import { storeContract } from '../contract.ts';

describe('the SQLite store', () => {
  storeContract(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-store-'));
    return {
      store: await openSqliteStore({ folder }),
      reopen: () => openSqliteStore({ folder }),
      remove: async () => rmSync(folder, { recursive: true }),
    };
  });
});
