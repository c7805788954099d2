import { expect, test } from 'vitest';
import { LearnedWriters } from '#sensor/detect/learned-writers.ts';
import { UNKNOWN_PLANT } from '#sensor/detect/plant-view.ts';
import { loadRules } from '#sensor/detect/sigma/load.ts';
import { createDetecting } from '#sensor/judge/detecting.ts';
import { readRuleFiles } from '#sensor/judge/rule-files.ts';
import { micros } from '#sensor/model/time.ts';
import { Losses } from '#sensor/run/losses.ts';

const NOW = micros(1_700_000_000_000_000);

test('accounts are of the time since the last, and count drops of the interface as packets too', () => {
  const losses = new Losses('span0');
  const counters = { received: 1000, dropped: 100, interfaceDropped: 0, delivered: 900 };
  expect(losses.health(counters, NOW, [])).toMatchObject({ received: 1000, dropped: 100 });
  const later = { received: 1500, dropped: 100, interfaceDropped: 20, delivered: 1400 };
  expect(losses.health(later, NOW, [])).toMatchObject({ received: 520, dropped: 20 });
});

test('an alert names the share that the kernel counted', () => {
  const rules = loadRules(readRuleFiles('rules'));
  if (rules.kind !== 'ok') throw new Error(JSON.stringify(rules.faults));
  const { detection } = createDetecting({
    plant: UNKNOWN_PLANT,
    rules: rules.set,
    learned: new LearnedWriters(),
    phase: () => 'judge',
    evidence: () => undefined,
  });
  const counters = { received: 1000, dropped: 500, interfaceDropped: 0, delivered: 500 };
  detection.observe(new Losses('span0').health(counters, NOW, []));
  const [alert] = detection.changed();
  expect(alert?.message).toContain('the sensor lost 500 of 1000 packets on span0');
  expect(alert?.lockkeeper.facts[0]?.text).toContain('(50.0 %)');
});
