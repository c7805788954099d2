import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeDataFolder } from '#sensor/run/data-folder.ts';

test('a data folder is made with those above it, for its user alone, and again without harm', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-data-'));
  try {
    const path = join(folder, 'a/b');
    makeDataFolder(path);
    makeDataFolder(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    writeFileSync(join(folder, 'file'), '');
    expect(() => makeDataFolder(join(folder, 'file/b'))).toThrow(/cannot be made/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.runIf(existsSync('/proc/self'))('where none can be made it says so, and comes back', () => {
  expect(() => makeDataFolder('/proc/lockkeeper/data')).toThrow(
    /the data folder `\/proc\/lockkeeper\/data` cannot be made/,
  );
});
