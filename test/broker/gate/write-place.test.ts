import { expect, test } from 'vitest';
import { BUSY, UNPROVEN } from '#broker/gate/refusals.ts';
import { WritePlace } from '#broker/gate/write-place.ts';

test('one has it, and the next only once it is given back', () => {
  const place = new WritePlace();
  expect(place.take()).toBeUndefined();
  expect(place.take()).toBe(BUSY);
  place.giveBack();
  expect(place.take()).toBeUndefined();
});

test('after a write that was given up, only an answer to what was asked later frees it', () => {
  const place = new WritePlace();
  const [before, write, after] = [place.next(), place.next(), place.next()];
  place.gaveUp(write);
  expect(place.take()).toBe(UNPROVEN);
  place.answered(before);
  expect(place.take()).toBe(UNPROVEN);
  place.answered(after);
  expect(place.take()).toBeUndefined();
});

test('of two that were given up the later one counts', () => {
  const place = new WritePlace();
  const [first, second, third] = [place.next(), place.next(), place.next()];
  place.gaveUp(second);
  place.gaveUp(first);
  place.answered(second);
  expect(place.take()).toBe(UNPROVEN);
  place.answered(third);
  expect(place.take()).toBeUndefined();
});
