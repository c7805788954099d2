import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Journal } from '#broker/gate/journal.ts';

const newFolder = (): string => mkdtempSync(join(tmpdir(), 'lockkeeper-journal-'));

test('a line is on disk when its promise says so', async () => {
  const folder = newFolder();
  const journal = new Journal(folder);
  expect(await journal.append('one')).toBe(true);
  expect(readFileSync(join(folder, '000000.ndjson'), 'utf8')).toBe('one\n');
  await journal.close();
});

test('lines keep their order, however they come', async () => {
  const folder = newFolder();
  const journal = new Journal(folder);
  const lines = Array.from({ length: 2_000 }, (_, i) => `line ${i}`);
  const done: number[] = [];
  await Promise.all(
    lines.map(async (line, i) => {
      if (i % 7 === 0) await Promise.resolve();
      await journal.append(line);
      done.push(i);
    }),
  );
  const [segment] = await journal.close();
  const written = readFileSync(join(folder, '000000.ndjson'), 'utf8').trim().split('\n');
  expect(written.toSorted()).toEqual(lines.toSorted());
  expect(written).toEqual(done.map((i) => `line ${i}`));
  expect(segment?.lines).toBe(2_000);
});

test('segments are cut at their size, and each has the hash of its bytes', async () => {
  const folder = newFolder();
  const journal = new Journal(folder, 100);
  for (let i = 0; i < 50; i++) await journal.append(`line number ${i}`);
  const segments = await journal.close();
  expect(segments.length).toBeGreaterThan(5);
  expect(readdirSync(folder).sort()).toEqual(segments.map(({ file }) => file));
  for (const { file, bytes, sha256 } of segments) {
    const content = readFileSync(join(folder, file));
    expect(content).toHaveLength(bytes);
    expect(createHash('sha256').update(content).digest('hex')).toBe(sha256);
  }
  const all = segments.map(({ file }) => readFileSync(join(folder, file), 'utf8')).join('');
  expect(all).toBe(Array.from({ length: 50 }, (_, i) => `line number ${i}\n`).join(''));
});

test('a journal that failed stays failed, and says so to everybody who waits', async () => {
  const folder = newFolder();
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'a file where the folder should be');
  const journal = new Journal(folder);
  expect(await Promise.all([journal.append('a'), journal.append('b')])).toEqual([false, false]);
  expect(journal.failure?.message).toMatch(/EEXIST|ENOTDIR/);
  rmSync(folder);
  expect(await journal.append('c')).toBe(false);
  expect(await journal.close()).toEqual([]);
});

test('a segment that stands already is never written over', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, '000000.ndjson'), 'somebody else');
  const journal = new Journal(folder);
  expect(await journal.append('a')).toBe(false);
  expect(readFileSync(join(folder, '000000.ndjson'), 'utf8')).toBe('somebody else');
});

test.each([40, 170, 390])(
  'killed after %d lines, it has every line that it called durable',
  async (after) => {
    const folder = newFolder();
    const writer = spawn(process.execPath, ['test/support/journal-writer.ts', folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    for await (const chunk of writer.stdout) {
      said += String(chunk);
      if (said.split('\n').length > after) writer.kill('SIGKILL');
    }
    const durable = said.split('\n').length - 1;
    expect(durable).toBeGreaterThanOrEqual(after);
    const written = readdirSync(folder)
      .sort()
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('')
      .split('\n')
      .slice(0, durable)
      .map((line) => (JSON.parse(line) as { number: number }).number);
    expect(written).toEqual(Array.from({ length: durable }, (_, i) => i));
  },
);
