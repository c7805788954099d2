import { expect, test } from 'vitest';
import { conduitDetector, NOT_ALLOWED, UNDECIDED } from '#sensor/detect/conduit.ts';
import { start } from '#sensor/detect/detector.ts';
import type { PolicyAnswer } from '#sensor/detect/plant-view.ts';
import { exchange, health } from '../../support/exchange.ts';

const because = [
  { rule: 'hall', at: { file: 'plant.yaml', line: 7 }, text: 'it lets only this' },
  { rule: 'default-deny', text: 'nothing leads there' },
  { rule: 'other', text: 'leads elsewhere', aside: true },
] as const;
const said = 'it lets only this (hall, line 7); nothing leads there (default-deny)';

test.each<[string, PolicyAnswer | undefined, readonly string[]]>([
  ['allowed', { allowed: true, because }, []],
  ['forbidden', { allowed: false, because }, [NOT_ALLOWED, said]],
  ['undecided', { allowed: false, undecided: true, because }, [UNDECIDED, said]],
  ['not judged', undefined, []],
])('what the policy says is a fact where it is not allowed: %s', (_, answer, facts) => {
  const inspect = start(conduitDetector({ allowed: () => answer }));
  const event = exchange();
  expect(inspect(event, event.at).flatMap(({ name, text }) => [name, text])).toEqual(facts);
  const account = health();
  expect(inspect(account, account.at)).toEqual([]);
});
