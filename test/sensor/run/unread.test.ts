import { expect, test } from 'vitest';
import { Unread } from '#sensor/run/unread.ts';

test('what was not read is told once, by reason', () => {
  let counts: Record<string, number> = {};
  const unread = new Unread(() => new Map(Object.entries(counts)));
  const facts = (now: Record<string, number>) => {
    counts = now;
    return unread.takeFacts().map(({ text }) => text);
  };
  expect(facts({ 'link-type': 0, 'ipv4-short': 0 })).toEqual([]);
  expect(facts({ 'link-type': 3, 'ipv4-short': 2 })).toEqual([
    '5 packets were not read: link-type 3, ipv4-short 2',
  ]);
  expect(facts({ 'link-type': 3, 'ipv4-short': 2 })).toEqual([]);
  expect(facts({ 'link-type': 3, 'ipv4-short': 6 })).toEqual([
    '4 packets were not read: ipv4-short 4',
  ]);
});
