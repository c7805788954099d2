import { expect, test } from 'vitest';
import { createLimiter, MAX_KEYS } from '#broker/api/rate-limit.ts';
import { micros } from '#sensor/model/time.ts';

const START = micros(1_000_000_000_000);
const SECOND = 1_000_000;

test('a key has its burst, then one token comes back at a time', () => {
  const take = createLimiter({ burst: 3, every: SECOND });
  expect([1, 2, 3, 4].map(() => take('a', START))).toEqual([true, true, true, false]);
  expect(take('a', micros(START + SECOND - 1))).toBe(false);
  expect(take('a', micros(START + SECOND + 1))).toBe(true);
  expect(take('a', micros(START + SECOND + 2))).toBe(false);
});

test('one key does not use up the tokens of another', () => {
  const take = createLimiter({ burst: 1, every: SECOND });
  expect([take('a', START), take('a', START), take('b', START)]).toEqual([true, false, true]);
});

test('a clock that is set back gives no tokens and takes none', () => {
  const take = createLimiter({ burst: 2, every: SECOND });
  take('a', START);
  expect(take('a', micros(START - 3_600 * SECOND))).toBe(true);
  expect(take('a', micros(START - 3_600 * SECOND))).toBe(false);
});

test('a flood of keys is refused rather than allowed to wash out the limits of others', () => {
  const take = createLimiter({ burst: 1, every: SECOND });
  take('victim', START);
  for (let i = 0; i < MAX_KEYS - 1; i += 1) take(`k${i}`, START);
  expect(take('one more', START)).toBe(false);
  expect(take('victim', START)).toBe(false);
  expect(take('one more', micros(START + SECOND))).toBe(true);
});
