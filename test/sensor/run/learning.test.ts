import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLearning } from '#sensor/run/learning.ts';
import { T0 } from '../../support/exchange.ts';

test('a baseline that the disk does not take is told once, and written when it can be', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lk-learning-'));
  const told: string[] = [];
  const { learned, save } = openLearning({
    folder,
    learnFor: 0,
    now: T0,
    policyKnown: () => false,
    failed: (why) => told.push(why),
  });
  const obstacle = join(folder, 'baseline.json.next');
  mkdirSync(obstacle);
  learned.learn('127.20.2.10', { ip: '127.20.1.12', port: 5020 }, T0);
  save();
  save();
  expect(told).toHaveLength(1);
  rmSync(obstacle, { recursive: true });
  save();
  expect(readFileSync(join(folder, 'baseline.json'), 'utf8')).toContain('127.20.2.10');
  rmSync(folder, { recursive: true });
});
