import { expect, test } from 'vitest';
import { OpeningCertificates } from '#broker/gate/opening-certificates.ts';

const issued = (count: number): OpeningCertificates => {
  const certificates = new OpeningCertificates('c0');
  for (let i = 1; i <= count; i += 1) certificates.issued(`c${i}`);
  return certificates;
};

test('the one in use opens, however often another was issued', () => {
  const certificates = issued(3);
  expect(certificates.opensWith('c0')).toBe(true);
  expect(certificates.opensWith('c0')).toBe(true);
  expect(certificates.opensWith('none')).toBe(false);
});

test.for([
  ['c1', ['c0']],
  ['c2', ['c0', 'c1']],
  ['c3', ['c0', 'c1', 'c2']],
] as const)('once %s was used, those before it open nothing', ([used, over]) => {
  const certificates = issued(3);
  expect(certificates.opensWith(used)).toBe(true);
  for (const old of over) expect(certificates.opensWith(old)).toBe(false);
  expect(certificates.opensWith(used)).toBe(true);
  expect(certificates.opensWith('c3')).toBe(true);
});

test('whoever holds one that opens asks in the name of the newest', () => {
  const certificates = issued(2);
  for (const each of ['c0', 'c1', 'c2']) expect(certificates.newestFor(each)).toBe('c2');
  expect(certificates.newestFor('none')).toBeUndefined();
  certificates.opensWith('c1');
  expect(certificates.newestFor('c0')).toBeUndefined();
  expect(issued(0).newestFor('c0')).toBe('c0');
});

test('of those that nobody used, the last eight open', () => {
  for (const [count, opens] of [
    [7, true],
    [8, true],
    [9, false],
  ] as const) {
    expect(issued(count).opensWith('c1')).toBe(opens);
    expect(issued(count).opensWith('c0')).toBe(true);
  }
});
