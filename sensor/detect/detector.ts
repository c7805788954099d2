/**
 * What a detector is: it looks at one event after the other and states facts. It decides nothing:
 * only a rule in `rules/` makes an alert of a fact.
 *
 *     const inspections = [start(conduitDetector(allowed)), start(burstDetector())];
 *     const event = withFacts(exchange, inspections);
 */
import { MAX_FACT_TEXT, shorten } from '#sensor/model/bounds.ts';
import type { SensorEvent } from '#sensor/model/event.ts';
import type { Fact } from '#sensor/model/fact.ts';
import type { Micros } from '#sensor/model/time.ts';

export interface Detector<Memory> {
  readonly name: string;
  /** An empty memory. Whatever is kept in it is bounded by named constants. */
  readonly remember: () => Memory;
  /** Pure but for `memory`: the same events in the same order give the same facts. Never throws. */
  readonly inspect: (event: SensorEvent, now: Micros, memory: Memory) => readonly Fact[];
}

/** A detector with its memory. */
export type Inspection = (event: SensorEvent, now: Micros) => readonly Fact[];

export function start<Memory>(detector: Detector<Memory>): Inspection {
  const memory = detector.remember();
  return (event, now) => detector.inspect(event, now, memory);
}

/** Of nearly every event there is nothing to state. */
export const NO_FACTS: readonly Fact[] = [];

/** The event with what the detectors state about it; the same object where they state nothing. */
export function withFacts(
  event: SensorEvent,
  inspections: readonly Inspection[],
  now: Micros = event.at,
): SensorEvent {
  let stated: Fact[] | undefined;
  for (const inspect of inspections) {
    const facts = inspect(event, now);
    if (facts.length > 0) stated = [...(stated ?? []), ...facts];
  }
  if (stated === undefined) return event;
  const facts = stated.map((fact) => ({ ...fact, text: shorten(fact.text, MAX_FACT_TEXT) }));
  return { ...event, facts: [...event.facts, ...facts] };
}
