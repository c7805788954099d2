/**
 * The detecting half of the pipeline as one function: detectors state facts, rules decide which of
 * them are alerts, the book keeps one alert for each stream of occurrences.
 */
import type { Alert } from '#sensor/model/alert.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import type { AlertBook } from './alert-book.ts';
import { type Inspection, withFacts } from './detector.ts';
import type { RuleSet } from './sigma/rule.ts';

export interface Detection {
  /** Adds the detectors' facts, lets the rules judge, and gives the event with its facts. */
  observe(event: SensorEvent): SensorEvent;
  /** Judges by other rules from the next event on. Alerts that are open stay open. */
  judgeBy(rules: RuleSet): void;
  /** Alerts that are new since the last call, and at most `most` of those that counted further. */
  changed(most?: number): readonly Alert[];
}

export function createDetection(options: {
  readonly inspections: readonly Inspection[];
  readonly rules: RuleSet;
  readonly book: AlertBook;
}): Detection {
  const { inspections, book } = options;
  let { rules } = options;
  return {
    observe: (event) => {
      const judged = withFacts(event, inspections);
      for (const rule of rules.rules) {
        if (rule.matches(judged)) book.note(rule, judged, rules.attackVersion);
      }
      return judged;
    },
    judgeBy: (next) => {
      rules = next;
    },
    changed: (most) => book.takeChanged(most),
  };
}
