import { describe, expect, test } from 'vitest';
import { AlertBook } from '#sensor/detect/alert-book.ts';
import { conduitDetector, NOT_ALLOWED } from '#sensor/detect/conduit.ts';
import { createDetection } from '#sensor/detect/detection.ts';
import { start, withFacts } from '#sensor/detect/detector.ts';
import { UNKNOWN_PLANT } from '#sensor/detect/plant-view.ts';
import type { Rule, RuleSet } from '#sensor/detect/sigma/rule.ts';
import { MAX_FACT_TEXT } from '#sensor/model/bounds.ts';
import { exchange, health, write } from '../../support/exchange.ts';

const because = [{ rule: 'default-deny', text: 'no conduit leads there' }];

describe('an exchange that the policy does not allow', () => {
  const see = (allowed: boolean | undefined) => {
    const answer = allowed === undefined ? undefined : { allowed, because };
    return start(conduitDetector({ allowed: () => answer }));
  };
  test('is a fact with the reasons', () => {
    const event = write();
    expect(see(false)(event, event.at)).toEqual([
      { name: NOT_ALLOWED, text: 'no conduit leads there (default-deny)' },
    ]);
  });
  test('is none where it is allowed, where there is no policy, and of the sensor itself', () => {
    const event = write();
    expect(see(true)(event, event.at)).toEqual([]);
    expect(see(undefined)(event, event.at)).toEqual([]);
    expect(see(false)(health(), health().at)).toEqual([]);
  });
});

describe('facts are added', () => {
  test('behind those of the decoder, and nothing is added to what is clean', () => {
    const event = { ...write(), facts: [{ name: 'modbus.surplus', text: 'x' }] };
    const inspect = () => [{ name: 'a.b', text: 'y' }];
    expect(withFacts(event, [inspect]).facts.map(({ name }) => name)).toEqual([
      'modbus.surplus',
      'a.b',
    ]);
    expect(withFacts(event, [() => []])).toBe(event);
  });
  test('with a text that people can read', () => {
    const inspect = () => [{ name: 'a.b', text: 'x'.repeat(MAX_FACT_TEXT + 1) }];
    const [fact] = withFacts(write(), [inspect]).facts;
    expect(fact?.text).toHaveLength(MAX_FACT_TEXT);
    expect(fact?.text.endsWith('…')).toBe(true);
  });
});

test('other rules judge from the next event on, and open alerts stay open', () => {
  const rule = (action: string, matches: boolean): Rule => ({
    id: action,
    title: action,
    description: '',
    level: 'low',
    version: '1',
    action,
    why: '',
    steps: [],
    techniques: [],
    tactics: [],
    matches: () => matches,
    dedupKey: () => '',
    message: (_, { what }) => what,
    at: { file: 'x', line: 1 },
  });
  const set = (...rules: Rule[]): RuleSet => ({ rules, attackVersion: '19.1' });
  const book = new AlertBook({
    plant: UNKNOWN_PLANT,
    describe: () => ({}),
    evidence: () => undefined,
  });
  const detection = createDetection({ inspections: [], rules: set(rule('a', true)), book });
  detection.observe(exchange());
  detection.judgeBy(set(rule('b', true), rule('c', false)));
  detection.observe(exchange({ at: 1 }));
  expect(detection.changed().map(({ event }) => event.action)).toEqual(['a', 'b']);
});
