import { expect, test } from 'vitest';
import { micros } from '#sensor/model/time.ts';
import { EvidenceBudget, MAX_CUTS } from '#sensor/run/evidence-budget.ts';
import { SECOND, T0 } from '../../support/exchange.ts';

test('so many slices in a second and no more; the rest is a fact, told once', () => {
  const budget = new EvidenceBudget();
  const allowed = (at: number, count: number) =>
    Array.from({ length: count }, () => budget.allows(micros(T0 + at))).filter(Boolean).length;
  expect(allowed(0, MAX_CUTS)).toBe(MAX_CUTS);
  expect(budget.takeFacts()).toEqual([]);
  expect(allowed(SECOND - 1, 2)).toBe(0);
  expect(allowed(SECOND, 1)).toBe(1);
  expect(budget.takeFacts()).toMatchObject([
    {
      name: 'sensor.evidence-skipped',
      text: expect.stringMatching(/^2 alerts have no packets/) as string,
    },
  ]);
  expect(budget.takeFacts()).toEqual([]);
});
