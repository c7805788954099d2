import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRuleFiles } from '#sensor/judge/rule-files.ts';

test('a rule that is too long is refused, not left out', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockkeeper-rules-'));
  try {
    writeFileSync(join(folder, 'a.yaml'), ' '.repeat(262_144));
    expect(readRuleFiles(folder)).toHaveLength(1);
    writeFileSync(join(folder, 'b.yaml'), ' '.repeat(262_145));
    expect(() => readRuleFiles(folder)).toThrow(/b\.yaml` has more than 262144 bytes/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
